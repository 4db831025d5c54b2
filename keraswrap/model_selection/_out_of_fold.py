"""Probabilities of rows that a fit had not seen, put together from the splits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import cast

import numpy as np

from keraswrap.model_selection._candidate_fit import Arrays, Fit, Scores

Splits = Sequence[tuple[np.ndarray, np.ndarray]]


def find_classes(
    fits: Iterable[Fit], known: np.ndarray | Mapping[str, np.ndarray] | None = None
) -> Arrays:
    """Gather the classes of some fits.

    Parameters
    ----------
    known : array-like of shape (k,), or dict of them by head, optional
        Classes that have a column in any case, in this order.

    Returns
    -------
    ndarray of shape (k,), or dict of them by head
        Sorted, unless all of them are known or every fit has the same.

    Examples
    --------
    >>> find_classes([Fit(classes=np.array(["a", "c"])), Fit(classes=np.array(["b"]))]).tolist()
    ['a', 'b', 'c']
    """
    fits = list(fits)
    names = heads_of(fits)
    if names is None:
        return _join_classes(fits, cast("np.ndarray | None", known))
    given = known if isinstance(known, Mapping) else {}
    return {k: _join_classes([of(fit, k) for fit in fits], given.get(k)) for k in names}


def _join_classes(fits: Iterable[Fit], known: np.ndarray | None) -> np.ndarray:
    found = [np.asarray(fit.classes) for fit in fits if fit.classes is not None]
    if known is not None and len(known):
        found.insert(0, np.asarray(known))
    if all(set(classes.tolist()) <= set(found[0].tolist()) for classes in found):
        return found[0]
    return np.unique(np.concatenate(found))


def heads_of(fits: Iterable[Fit]) -> list[str] | None:
    """Return the names of the heads that have probabilities; None if there is one target.

    Examples
    --------
    >>> heads_of([Fit(), Fit(classes={"topic": np.array([0, 1])})]), heads_of([Fit()])
    (['topic'], None)
    """
    found = [fit.classes for fit in fits if isinstance(fit.classes, dict)]
    return list(found[0]) if found else None


def of(fit: Fit, head: str) -> Fit:
    """Return what a fit says of one of several heads.

    Examples
    --------
    >>> fit = Fit(proba={"topic": np.eye(2)}, classes={"topic": np.array(["a", "b"])})
    >>> of(fit, "topic").classes.tolist()
    ['a', 'b']
    """
    if fit.proba is None or fit.classes is None:
        return fit
    proba, classes = cast("dict[str, np.ndarray]", fit.proba), fit.classes
    return replace(fit, proba=proba[head], classes=cast("dict[str, np.ndarray]", classes)[head])


def assemble(fits: Sequence[Fit], splits: Splits, n: int, classes: Arrays) -> Arrays:
    """Put the probabilities of the held-out rows in their places.

    Parameters
    ----------
    fits : sequence of Fit
        One for each split.
    splits : sequence of (train, test)
    n : int
        Number of rows.
    classes : ndarray of shape (k,), or dict of them by head
        Classes of the columns.

    Returns
    -------
    ndarray of shape (n, k), float64, or dict of them by head
        The mean where a row was held out more than once, NaN where never, and
        0 for a class that a fit did not know.

    Examples
    --------
    >>> fit = Fit(proba=np.array([[0.5, 0.5]]), classes=np.array(["a", "c"]))
    >>> assemble([fit], [([0], [1])], 2, np.array(["a", "b", "c"])).tolist()
    [[nan, nan, nan], [0.5, 0.0, 0.5]]
    """
    if isinstance(classes, dict):
        return {
            name: _put_together([of(fit, name) for fit in fits], splits, n, of_head)
            for name, of_head in classes.items()
        }
    return _put_together(fits, splits, n, classes)


def _put_together(fits: Sequence[Fit], splits: Splits, n: int, classes: np.ndarray) -> np.ndarray:
    total, count = np.zeros((n, len(classes))), np.zeros(n)
    for fit, (_, test) in zip(fits, splits, strict=True):
        if isinstance(fit.proba, np.ndarray) and isinstance(fit.classes, np.ndarray):
            np.add.at(
                total, (test_rows(test, n)[:, None], _places(fit.classes, classes)), fit.proba
            )
            np.add.at(count, test_rows(test, n), 1)
    with np.errstate(invalid="ignore"):
        return total / count[:, None]


def test_rows(test: object, n: int) -> np.ndarray:
    """Return the positions of the held-out rows of a split, which may be given as a mask.

    Examples
    --------
    >>> test_rows([True, False, True], 3).tolist(), test_rows([-1], 3).tolist()
    ([0, 2], [2])
    """
    return np.arange(n)[np.asarray(test)]


def _places(of: np.ndarray, classes: np.ndarray) -> np.ndarray:
    place = {label: position for position, label in enumerate(classes.tolist())}
    return np.array([place[label] for label in of.tolist()], dtype=int)


class OutOfFold:
    """Keep the probabilities of the candidate that is ahead, and drop those of the others.

    Parameters
    ----------
    metric : str, optional
        What decides, where there are several scores.
    keep_all : bool
        Whether the deciding metric is unknown until the end.
    """

    def __init__(self, n_splits: int, metric: str | None = None, *, keep_all: bool = False) -> None:
        self.n_splits, self.metric, self.keep_all = n_splits, metric, keep_all
        self._open: dict[int, dict[int, Fit]] = {}
        self._ahead: tuple[float, int] | None = None
        self._whole: dict[int, dict[int, Fit]] = {}

    def add(self, candidate: int, split: int, fit: Fit) -> None:
        """Take a fit; the probabilities of what it leaves behind are let go."""
        fits = self._open.setdefault(candidate, {})
        fits[split] = fit
        if len(fits) < self.n_splits:
            return
        self._whole[candidate] = self._open.pop(candidate)
        if not self.keep_all:
            self._race(candidate)

    def _race(self, candidate: int) -> None:
        # Ranked as in scikit-learn: NaN is worst, and the first of several equal candidates wins.
        scores = [self._whole[candidate][split].test_scores for split in range(self.n_splits)]
        values = [self._deciding(score) for score in scores]
        mean = float(np.average(np.array([values], dtype=np.float64), axis=1)[0])
        standing = (-np.inf if np.isnan(mean) else mean, -candidate)
        if self._ahead is None or standing > self._ahead:
            self._ahead = standing
        ahead = -self._ahead[1]
        for behind in [number for number in self._whole if number != ahead]:
            for fit in self._whole.pop(behind).values():
                fit.proba = None

    def _deciding(self, scores: Scores) -> float:
        # A custom scorer may return several scores although none was chosen to decide.
        if isinstance(scores, dict):
            scores = scores.get(self.metric or "")
        return np.nan if scores is None else float(scores)

    def of(self, candidate: int) -> list[Fit] | None:
        """Return a candidate's fits, one per split; None for those released."""
        fits = self._whole.get(candidate)
        return None if fits is None else [fits[split] for split in range(self.n_splits)]

    def held(self) -> int:
        """Count the candidates whose probabilities are in memory."""
        return len(self._whole) + len(self._open)
