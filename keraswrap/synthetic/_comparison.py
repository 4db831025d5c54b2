"""Measure what synthetic texts add to a classifier, always on real rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import cast

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold

from keraswrap._versions import find_version
from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.llm._sampling import SEEDS
from keraswrap.synthetic._amounts import Amount, check_amount, count_texts
from keraswrap.synthetic._comparison_result import Score, SyntheticComparison
from keraswrap.synthetic._judge import is_fittable
from keraswrap.synthetic._synthesizer import TextSynthesizer
from keraswrap.synthetic._table import SyntheticTexts
from keraswrap.synthetic._training_rows import TrainingRows, as_column, check_whole, read_rows
from keraswrap.synthetic._training_sets import training_sets

__all__ = ["compare_synthetic"]

Split = tuple[np.ndarray, np.ndarray]
_PACKAGES = ("keraswrap", "numpy", "scipy", "scikit-learn")


def compare_synthetic(
    estimator: BaseEstimator,
    synthesizer: TextSynthesizer,
    X: object,
    y: object,
    *,
    n: Amount = "balance",
    cv: int | Iterable[Split] = 5,
    repeats: int = 1,
    random_state: int = 0,
) -> SyntheticComparison:
    """Compare real rows, added texts, texts alone and plain copies, tested on real rows.

    In each split, texts are made from the training rows, and the same estimator is fitted
    four times: on real rows; on these and as many copies of them as there are texts
    (oversampling); on real rows and texts; and on texts instead of the real rows of their
    classes.

    Parameters
    ----------
    estimator : classifier of texts
        Cloned for each fit.
    synthesizer : TextSynthesizer
        Cloned for each split.
    X : array-like of str, shape (n,)
    y : array-like of shape (n,)
    n : "balance", int or dict of label to int, default="balance"
        How many texts to make, as for :class:`SyntheticClassifier`.
    cv : int ≥ 2, or iterable of (train, test), default=5
        Stratified folds; or splits of your own, such as several draws of a few rows of a
        class. Test rows are real ones.
    repeats : int ≥ 1, default=1
        How often folds are made anew. Splits of your own are used once.
    random_state : int, default=0
        Seed of folds and copies. In split number s the synthesizer has the seed
        ``synthesizer.random_state + s``.

    Returns
    -------
    SyntheticComparison
        F1 scores by class and their mean (macro F1), by split and way, and the paired gains.

    Raises
    ------
    InputTypeError, InputError, ParameterError
        If an argument cannot be used; raised before anything is asked.
    EndpointError
        If a server leaves prompts without an answer. Answers so far are kept: the next call
        asks for the rest.

    Warns
    -----
    UserWarning
        As from :meth:`TextSynthesizer.sample`; `max_cost` holds for each split.

    Notes
    -----
    A gain is a mean of differences between splits, with Student's interval. Folds share
    training rows, so for a number `cv` the variance is multiplied by 1 + J / (cv - 1) with
    J splits (Nadeau and Bengio, 2003): of 150 simulated sets of 60 rows with texts that were
    copies of rows, none showed a gain over oversampling, where 2.5% are allowed. The same is
    done for splits of your own that each use all rows, with their ratio of test to training
    rows; others, such as draws of a few rows, are taken as independent. With intervals for
    many classes, about one in 20 misses 0 by chance: read the macro F1 first, and classes as
    hints.

    Up to five splits whose differences are all the same, and not 0, show nothing: they do not
    say how much differences vary.

    "no gain shown" does not mean that there is none, but that these rows do not show it.
    Compare with "oversampled" above all: copies balance classes just as well, and are free.

    Examples
    --------
    >>> from sklearn.feature_extraction.text import TfidfVectorizer
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from keraswrap.llm import FakeLM
    >>> from keraswrap.synthetic import TextSynthesizer, compare_synthetic
    >>> maker = TextSynthesizer(FakeLM(says=lambda prompt: "It leaks."), checks=[], shots=1)
    >>> texts = [f"It broke {n}." for n in range(4)] + [f"Superb {n}!" for n in range(8)]
    >>> inner = make_pipeline(TfidfVectorizer(), LogisticRegression(C=100))
    >>> found = compare_synthetic(inner, maker, texts, ["bad"] * 4 + ["good"] * 8, cv=2)
    >>> found.gain("both", over="oversampled").verdict
    'no gain shown'
    """
    rows = _check(estimator, synthesizer, X, y, n)
    splits = list(_read_splits(rows, cv, repeats, random_state))
    wanted = [_count(n, rows.take(train)) for train, _ in splits]
    scores: list[Score] = []
    made: list[SyntheticTexts] = []
    for number, (train, test) in enumerate(splits):
        seed = int(random_state) + number
        part = rows.take(train)
        made.append(_make(synthesizer, part, wanted[number], number))
        held = rows.take(test)
        for way, (texts, labels) in training_sets(part, made[-1], seed).items():
            fitted = clone(estimator).fit(as_column(texts), labels)
            scores += _score(fitted, held, rows.classes, number, way)
    return SyntheticComparison(
        scores=tuple(scores),
        made=tuple(made),
        classes=tuple(rows.classes.tolist()),
        overlap=_overlap(splits, len(rows.texts)),
        provenance={
            "seed": int(random_state),
            "versions": {name: find_version(name) for name in _PACKAGES},
            "settings": {"n": repr(n)[:200], "cv": repr(cv)[:200], "repeats": int(repeats)},
            "cost": sum(cast(float, table.provenance["cost"]) for table in made),
        },
    )


def _check(estimator: object, synthesizer: object, X: object, y: object, n: Amount) -> TrainingRows:
    if not is_fittable(estimator):
        raise InputTypeError(f"Expected a classifier of texts as estimator, got {estimator!r:.60}.")
    if not isinstance(synthesizer, TextSynthesizer):
        raise InputTypeError(f"Expected synthesizer as a TextSynthesizer, got {synthesizer!r:.60}.")
    check_amount(n)
    rows = read_rows(X, y)
    if len(rows.classes) < 2:
        raise InputError(f"Expected at least two classes in y, got {rows.classes.tolist()}.")
    synthesizer._check()
    return rows


def _read_splits(
    rows: TrainingRows, cv: object, repeats: object, random_state: object
) -> Iterator[Split]:
    repeats, seed = check_whole("repeats", repeats, 1), check_whole("random_state", random_state, 0)
    if isinstance(cv, int | np.integer | float | str | bool) or cv is None:
        return _fold(rows, check_whole("cv", cv, 2), repeats, seed)
    return _read_own(rows, cv)


def _fold(rows: TrainingRows, cv: int, repeats: int, seed: int) -> Iterator[Split]:
    classes, counts = np.unique(rows.labels, return_counts=True)
    if counts.min() < 2:
        raise InputError(
            f"Expected at least 2 rows of each class, to train on one and test on the other, got "
            f"1 of {classes[counts < 2][:5].tolist()}. Leave such classes out."
        )
    if counts.max() < cv:
        raise InputError(
            f"Expected at least {cv} rows of some class, one for each fold, got at most "
            f"{counts.max()}. Take fewer folds (cv=)."
        )
    for repeat in range(repeats):
        folds = StratifiedKFold(cv, shuffle=True, random_state=seed + repeat)
        yield from folds.split(rows.labels, rows.labels)


def _read_own(rows: TrainingRows, cv: object) -> Iterator[Split]:
    found = list(cv) if isinstance(cv, Iterable) else []
    if not found or not all(isinstance(one, tuple | list) and len(one) == 2 for one in found):
        raise ParameterError(
            f"Expected cv as a number of folds or a list of (train, test), got {cv!r:.60}."
        )
    for train, test in found:
        train, test = np.asarray(train), np.asarray(test)
        both = np.concatenate([train, test])
        if (
            not len(train)
            or not len(test)
            or both.dtype.kind not in "iu"
            or both.min() < 0
            or both.max() >= len(rows.texts)
        ):
            raise InputError(
                f"Expected splits as positions of {len(rows.texts)} rows, none empty, got "
                f"{train!r:.60} and {test!r:.60}."
            )
        if np.intersect1d(train, test).size:
            raise InputError("Expected splits without common rows, got some in train and in test.")
        yield train, test


def _count(n: Amount, rows: TrainingRows) -> dict[object, int]:
    """Return how many texts to make, or raise if a split does not allow it."""
    if len(rows.classes) < 2:
        raise InputError(
            f"Expected splits with at least two classes to train on, got {rows.classes.tolist()} "
            "alone in one."
        )
    return count_texts(n, rows)


def _overlap(splits: Sequence[Split], n_rows: int) -> float:
    """Return test rows for each training row of splits that each use all rows, else 0."""
    if any(len(np.union1d(*split)) < n_rows for split in splits):
        return 0.0
    return sum(len(test) for _, test in splits) / sum(len(train) for train, _ in splits)


def _make(
    synthesizer: TextSynthesizer, rows: TrainingRows, n: dict[object, int], number: int
) -> SyntheticTexts:
    made = clone(synthesizer)
    made.set_params(random_state=(int(synthesizer.random_state) + number) % SEEDS)
    return made.fit(rows.texts, rows.labels).sample(n)


def _score(
    fitted: BaseEstimator,
    held: TrainingRows,
    classes: np.ndarray,
    number: int,
    way: str,
) -> Iterator[Score]:
    said = np.asarray(fitted.predict(as_column(held.texts)))
    found = f1_score(held.labels, said, labels=classes, average=None, zero_division=0)
    there = np.isin(classes, held.labels)
    yield Score(number, way, None, float(found[there].mean()))
    for label, value in zip(classes[there].tolist(), found[there].tolist(), strict=True):
        yield Score(number, way, label, value)
