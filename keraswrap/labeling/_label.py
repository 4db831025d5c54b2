"""Label texts by annotators, as far as people's random rows show them to be right."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
from numpy.typing import ArrayLike

from keraswrap._settings import change_settings
from keraswrap._targets import check_labels
from keraswrap.exceptions import InputError, LabelVariantsWarning, warn_user
from keraswrap.issues.corrections._variants import find_variants
from keraswrap.labeling._annotators import Annotator, read_annotators
from keraswrap.labeling._asking import Answers, Round, ask_all, warn_of_problems
from keraswrap.labeling._job import Job
from keraswrap.labeling._people import People, read_people
from keraswrap.labeling._rows import read_rows
from keraswrap.labeling._settings import LabelingSettings
from keraswrap.labeling._table import LabelTable
from keraswrap.llm._query import check_cost
from keraswrap.selective._bounds import check_share

__all__ = ["label_texts"]


def label_texts(
    X: object,
    annotators: object,
    people: object = None,
    target_error: float = 0.05,
    confidence: float = 0.9,
    max_cost: float | None = None,
    *,
    audit: ArrayLike | None = None,
    settings: LabelingSettings | None = None,
    **changes: object,
) -> LabelTable:
    """Label texts by several annotators, and leave open the rows they may get wrong.

    Models and prompts make the same mistakes, so their agreement proves nothing. Labels that
    people gave to rows drawn at random do: they weight and measure the annotators, and a
    label is accepted only where an exact test on these rows keeps the promise.

    Parameters
    ----------
    X : list, array, Series or DataFrame with one column, of shape (n,)
        Texts. Rows with a missing text stay open.
    annotators : dict by name, list, or DataFrame with a column of labels for each
        Each is a classifier fitted on *other* rows; an unfitted classifier with
        ``predict_proba``, which is fitted on people's labels, out of fold; a
        `ZeroShotClassifier`; a function from a list of texts to labels or probabilities of
        shape (b, k); or labels or probabilities of all rows. None or NaN is no answer.
    people : DataFrame of shape (n, p), Series or array-like of shape (n,), optional
        Labels by people, a column for each person, None or NaN where there is none. They
        count as right: the most frequent label is taken, and a tie leaves the row open. If
        their index has X's values in another order, they are reordered. Without them,
        nothing can be promised, and all rows are open.
    target_error : float in (0, 1), default=0.05
        Largest share of accepted labels that may be wrong; see also `promise` in
        `LabelingSettings`.
    confidence : float in (0, 1), default=0.9
        Probability, over draws of the audit rows, that the promise holds.
    max_cost : float, optional
        Largest total cost of the annotators. Rows that people labeled are asked about
        first, then the others in random order; rows beyond the budget stay open.
    audit : array-like of shape (n,), bool, optional
        Rows that people labeled because they were drawn at random. By default all that
        people labeled: **if some were chosen, for example because they are hard, pass
        this**, or the promise does not hold. The annotators learn from chosen rows, but are
        not measured on them.
    settings : LabelingSettings, optional
        How annotators are asked and combined.
    **changes : object
        Single settings by name, such as ``promise="all"``; they take precedence over those
        of `settings`.

    Returns
    -------
    LabelTable

    Raises
    ------
    InputError
        If texts, labels or the audit cannot be used or matched, a person's label is outside
        the classes, or there are fewer than two classes.
    InputTypeError
        If an annotator has an unsupported type.
    ParameterError
        If a number is out of range, or a setting is unknown.

    Warns
    -----
    UserWarning
        If an annotator fails: its answers so far are kept, and it has no vote as long as
        others have one. If an annotator's confidence on the audit rows differs from that on
        the others.
    LabelVariantsWarning
        If classes differ only in case, blanks or Unicode form.

    See Also
    --------
    ask_people : Draw rows for people to label.
    estimate_share : Estimate how many rows are of each class.

    Notes
    -----
    The annotators are combined by a logarithmic opinion pool, whose weights are learned from
    people's labels in folds; annotators of one family start with one shared vote. The
    probability of the likeliest class is compared with a threshold that is tested on the
    audit rows, each combined without its own label; see
    `keraswrap.selective.find_score_threshold`. A person's mistakes count against the
    annotators. A promise is for one table: adding labels until the result looks good means
    testing several times, and weakens it.

    Examples
    --------
    >>> from keraswrap.labeling import label_texts
    >>> texts = [f"{word} {n}" for n in range(100) for word in ("fine", "broke")]
    >>> rule = lambda texts: ["good" if "fine" in text else "bad" for text in texts]
    >>> people = ["good", "bad"] * 50 + [None] * 100
    >>> label_texts(texts, [rule], people, audit=[True] * 100 + [False] * 100)
    LabelTable(200 rows: 100 by people, 100 by machine, 0 open)
    """
    changed = change_settings(settings, changes, LabelingSettings, "label_texts")
    asked = check_share(target_error, "target_error"), check_share(confidence, "confidence")
    if max_cost is not None:
        check_cost(max_cost)
    rows = read_rows(X)
    labeled = read_people(rows, people, audit)
    named = read_annotators(rows, annotators)
    changed.check_names([who.name for who in named])
    classes = find_classes(changed.classes, labeled, named)
    warn_of_forms(classes)
    named = [who.prepare(classes) for who in named]
    answers = Answers.none(len(rows.texts), len(named), len(classes))
    what = Round(rows, classes, changed.prices or {}, max_cost, answers, changed.progress)
    ask_all(what, named, labeled.there, changed.batch_size, changed.random_state)
    warn_of_problems(answers)
    return Job(rows, classes, named, labeled, answers, asked, changed, max_cost).finish()


def find_classes(given: object, people: People, annotators: list[Annotator]) -> np.ndarray:
    """Return the classes: those given, or all that people and annotators are known to use.

    Raises
    ------
    InputError
        If there are fewer than two, they have mixed types, or people use others.
    """
    named = [label for label in people.labels.to_numpy().ravel().tolist() if label is not None]
    if given is None:
        known: list[Hashable] = [*named, *(label for who in annotators for label in who.classes)]
    else:
        known = check_labels(given).tolist()
        outside = [label for label in dict.fromkeys(named) if label not in set(known)]
        if outside:
            raise InputError(
                f"Expected people's labels to be among the classes {known[:20]!r:.200}, got "
                f"{outside[:5]!r:.100}. Correct them, or pass these classes too."
            )
    classes = np.unique(check_labels(list(dict.fromkeys(known)))) if known else np.empty(0)
    if len(classes) < 2:
        raise InputError(
            f"Expected at least two classes, got {classes.tolist()!r:.60}, which are all that "
            "people's labels and the annotators name. Pass classes=[...]."
        )
    return classes


def warn_of_forms(classes: np.ndarray) -> None:
    """Warn of classes that differ in form only, since they never count as equal."""
    found = [[label for label, _ in forms] for forms in find_variants(classes)]
    if found:
        warn_user(
            "Classes that differ only in case, blanks or Unicode form count as different: "
            f"{found!r:.200}. Merge such labels first, with keraswrap.issues.merge_variants.",
            LabelVariantsWarning,
        )
