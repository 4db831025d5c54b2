"""Check synthetic texts: copies, closeness, variety, labels, personal data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, clone
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize

from keraswrap._texts import check_texts
from keraswrap._versions import find_version
from keraswrap._wording import counted
from keraswrap.exceptions import InputError, InputTypeError
from keraswrap.issues import Finding
from keraswrap.issues.rows._results import SEVERITIES
from keraswrap.synthetic._check_result import Copying, LabelNoise, SyntheticCheck
from keraswrap.synthetic._copies import Run, RunIndex, words_of
from keraswrap.synthetic._diversity import measure_diversity
from keraswrap.synthetic._findings import (
    find_copied_texts,
    find_personal_texts,
    find_runs,
    tell_disputed,
    tell_diversity,
    tell_nearest,
)
from keraswrap.synthetic._judge import default_judge, is_fittable
from keraswrap.synthetic._label_noise import dispute, why_no_labels
from keraswrap.synthetic._nearest import nearest_share
from keraswrap.synthetic._table import SyntheticTexts
from keraswrap.synthetic._training_rows import check_whole, read_rows

__all__ = ["check_synthetic"]

_PACKAGES = ("keraswrap", "numpy", "scipy", "scikit-learn", "cleanlab")


@dataclass(frozen=True, eq=False)
class _Side:
    """Texts with their labels, or without."""

    texts: list[str]
    labels: np.ndarray | None


def check_synthetic(
    made: object,
    train: object,
    holdout: object,
    y_train: object = None,
    y_holdout: object = None,
    *,
    embedder: BaseEstimator | None = None,
    estimator: BaseEstimator | None = None,
    random_state: int = 0,
) -> SyntheticCheck:
    """Check synthetic texts against the rows they are made from, and rows held out.

    Parameters
    ----------
    made : SyntheticTexts, or array-like of str
        Of a table, the accepted texts.
    train : array-like of str
        Real rows that the generator was given.
    holdout : array-like of str
        Real rows from the same source that it was not given.
    y_train, y_holdout : array-like, optional
        Labels of both. With them, texts are compared with rows of their class only, and
        labels of a table are judged.
    embedder : transformer of texts, optional
        Vectors for the nearest rows and the mean distance, such as
        :class:`~keraswrap.text.TextEmbedder`; by default TF-IDF of 2 to 4 characters.
    estimator : classifier of texts with predict_proba, optional
        Judges labels, fitted on held-out rows; by default TF-IDF of words and a balanced
        logistic regression.
    random_state : int, default=0
        Seed of draws that make both sides equally large, and of folds.

    Returns
    -------
    SyntheticCheck

    Raises
    ------
    InputTypeError, InputError, ParameterError
        If texts, labels or a parameter cannot be used, or there is no text.

    See Also
    --------
    compare_synthetic : What the texts are worth to a classifier.

    Notes
    -----
    Copies are the same but for case, white space and punctuation at the ends; near copies
    are found by MinHash, from a Jaccard similarity of 0.75 of runs of four letters. A run of
    words is reported if it has at least six, and is longer than any that a held-out row
    shares with a training row.

    If texts were made without memorizing, their nearest real row is a training row in half
    of the cases, with as many rows of their class on both sides. What chance gives besides
    is found by exchanging training and held-out rows 199 times: with few rows, much. Texts
    in other words than the rows shown for them may well be nearer to these: that is what
    the figure says, and a warning, while only copies, near copies and personal data of
    training rows are errors.

    Labels are judged by :func:`~keraswrap.issues.find_label_issues`, with probabilities of
    a classifier that has seen neither the texts nor the rows that they are made from. Nothing
    here measures privacy.

    Examples
    --------
    >>> from keraswrap.synthetic import check_synthetic
    >>> train = ["The lid broke off.", "A wheel is missing.", "It leaks at the seam."]
    >>> holdout = ["My strap tore.", "The hinge is bent.", "No sound on the left."]
    >>> check_synthetic(["The screen flickers.", "Paint peels off."], train, holdout).passes
    True
    """
    sides = _read(made, train, holdout, y_train, y_holdout)
    for name, side in (("train", sides[1]), ("holdout", sides[2])):
        if not any(text.strip() for text in side.texts):
            raise InputError(
                f"Expected texts as {name}, got {counted(len(side.texts), 'row')} without a word. "
                "Pass the real texts."
            )
    _check_models(embedder, estimator)
    seed = check_whole("random_state", random_state, 0)
    own, _, held = sides
    runs = _find_all_runs(sides)
    vectors, codes = _embed(embedder, sides), _codes(sides)
    nearest = nearest_share(vectors, codes, seed)
    of_held = (vectors[0], vectors[2]), (codes[0], codes[2])
    diversity = measure_diversity((own.texts, held.texts), *of_held, seed)
    personal, kinds = find_personal_texts(own.texts, sides[1].texts)
    noise, disputed, notes = _judge(estimator, own, held, seed)
    findings = [
        *find_copied_texts(*(side.texts for side in sides)),
        *find_runs(*runs),
        *personal,
        *tell_nearest(nearest),
        *tell_diversity(diversity),
        *disputed,
    ]
    return SyntheticCheck(
        n=len(own.texts),
        findings=tuple(sorted(findings, key=lambda one: -SEVERITIES.index(one.severity))),
        copying=_copying(findings, runs, sides),
        nearest=nearest,
        diversity=diversity,
        labels=noise,
        personal_data=kinds,
        notes=notes,
        provenance={
            "seed": seed,
            "versions": {name: find_version(name) for name in _PACKAGES},
            "settings": {"embedder": repr(embedder)[:200], "estimator": repr(estimator)[:200]},
        },
    )


def _read(
    made: object, train: object, holdout: object, y_train: object, y_holdout: object
) -> tuple[_Side, ...]:
    if isinstance(made, SyntheticTexts):
        if not len(made):
            raise InputError(
                f"Expected at least one accepted text, got {made!r}. Nothing to check."
            )
        own = _Side(made.texts, made.labels)
    else:
        own = _Side(check_texts(made), None)
    sides = [own]
    for name, X, y in (("y_train", train, y_train), ("y_holdout", holdout, y_holdout)):
        if y is None:
            sides.append(_Side(check_texts(X, empty="allow"), None))
            continue
        rows = read_rows(X, y)
        sides.append(_Side(rows.texts, rows.labels))
        if own.labels is not None and not np.isin(own.labels, rows.labels).any():
            raise InputError(
                f"Expected {name} with the classes of the texts, "
                f"{np.unique(own.labels)[:5].tolist()}, got "
                f"{np.unique(rows.labels)[:5].tolist()}. Pass the labels of the same task."
            )
    return tuple(sides)


def _check_models(embedder: object, estimator: object) -> None:
    judges = is_fittable(estimator) and hasattr(estimator, "predict_proba")
    if estimator is not None and not judges:
        raise InputTypeError(
            f"Expected estimator as a classifier with predict_proba, got {estimator!r:.60}."
        )
    embeds = hasattr(embedder, "transform") and not isinstance(embedder, type)
    if embedder is not None and not embeds:
        raise InputTypeError(f"Expected embedder as a transformer of texts, got {embedder!r:.60}.")


def _codes(sides: tuple[_Side, ...]) -> tuple[np.ndarray, ...]:
    """Return the class of each text as a number; the same one for all if some have none."""
    labels = [side.labels for side in sides]
    if any(one is None for one in labels):
        return tuple(np.zeros(len(side.texts), dtype=int) for side in sides)
    known = [one for one in labels if one is not None]
    _, codes = np.unique(np.concatenate(known), return_inverse=True)
    return tuple(np.split(codes, np.cumsum([len(one) for one in known])[:-1]))


def _embed(
    embedder: BaseEstimator | None, sides: tuple[_Side, ...]
) -> tuple[sparse.csr_matrix, ...]:
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True)
    maker = letters if embedder is None else clone(embedder)
    columns = [np.array(side.texts, dtype=object) for side in sides]
    maker.fit(np.concatenate(columns[1:]))
    return tuple(normalize(maker.transform(column)) for column in columns)


def _judge(
    estimator: BaseEstimator | None, own: _Side, held: _Side, seed: int
) -> tuple[LabelNoise | None, list[Finding], tuple[str, ...]]:
    note = why_no_labels(held.labels, own.labels)
    if note or held.labels is None or own.labels is None:
        return None, [], (note,)
    judge = default_judge() if estimator is None else estimator
    is_issue, real = dispute(judge, (held.texts, held.labels), (own.texts, own.labels), seed)
    noise = LabelNoise(float(is_issue.mean()), real, len(is_issue))
    return noise, list(tell_disputed(is_issue)), ()


def _find_all_runs(sides: tuple[_Side, ...]) -> tuple[list[Run], list[Run]]:
    """Return what texts, and held-out rows, share with training rows."""
    own, shown, held = sides
    index = RunIndex(shown.texts)
    return [index.longest(text) for text in own.texts], [index.longest(one) for one in held.texts]


def _copying(
    findings: Sequence[Finding], runs: tuple[list[Run], list[Run]], sides: tuple[_Side, ...]
) -> Copying:
    counts = {found.kind: len(found.rows) for found in findings}
    longest = max(runs[0], key=lambda run: run.length)
    return Copying(
        n_copies=counts.get("copy", 0),
        n_near_copies=counts.get("near_copy", 0),
        n_in_holdout=counts.get("copy_of_holdout", 0),
        longest_run=longest.length,
        run=longest.words,
        run_share=_share(runs[0], sides[0].texts),
        real_longest_run=max(run.length for run in runs[1]),
        real_run_share=_share(runs[1], sides[2].texts),
    )


def _share(runs: Sequence[Run], texts: Sequence[str]) -> float:
    words = np.array([len(words_of(text)) for text in texts], dtype=float)
    return float(np.average([run.share for run in runs], weights=words)) if words.any() else 0.0
