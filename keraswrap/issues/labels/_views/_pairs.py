"""Split rows so that fits leave out two folds, and no label affects its own probability. Pure.

Neither the weights of the views for a row nor the fits behind them may have seen the
row's label. A fit that leaves out folds f and g serves both purposes: it predicts the
rows of f, and for the weights of f it predicts the rows of g. k folds take k(k - 1)/2
fits, and each row is predicted by k - 1 of them, whose mean is better than any one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from keraswrap.exceptions import ParameterError
from keraswrap.issues.labels._folds import Splits
from keraswrap.model_selection._candidate_fit import Fit
from keraswrap.model_selection._out_of_fold import assemble

__all__ = ["FEWEST", "assemble_pairs", "number_folds", "pair_splits"]

# Minimum number of folds: two are left out, and at least one has to remain.
FEWEST = 3


def number_folds(splits: Splits, n: int) -> np.ndarray:
    """Return the fold of each row.

    Parameters
    ----------
    splits : list of (train, test)
    n : int
        Number of rows.

    Returns
    -------
    ndarray of shape (n,), int

    Raises
    ------
    ParameterError
        If a row is not held out exactly once, or there are fewer than three folds.

    Examples
    --------
    >>> rows = np.arange(3)
    >>> number_folds([(np.delete(rows, i), rows[[i]]) for i in rows], 3).tolist()
    [0, 1, 2]
    """
    folds, held = np.zeros(n, int), np.zeros(n, int)
    for number, (_, test) in enumerate(splits):
        folds[test] = number
        held[test] += 1
    if len(splits) < FEWEST or (held != 1).any():
        raise ParameterError(
            f"Expected cv to hold out each row once, in at least {FEWEST} folds, as there are "
            f"views, got {len(splits)} folds that hold out rows {held.min()} to {held.max()} times."
            " Pass a number of folds, such as cv=5."
        )
    return folds


def pair_splits(splits: Splits) -> Splits:
    """Return splits that leave out two folds each, in the order of `combinations`.

    Parameters
    ----------
    splits : list of (train, test)
        Each row is held out once.

    Returns
    -------
    list of (train, test)

    Examples
    --------
    >>> rows = np.arange(3)
    >>> pairs = pair_splits([(np.delete(rows, i), rows[[i]]) for i in rows])
    >>> [(train.tolist(), test.tolist()) for train, test in pairs]
    [([2], [0, 1]), ([1], [0, 2]), ([0], [1, 2])]
    """
    return [
        (np.intersect1d(first[0], second[0]), np.concatenate([first[1], second[1]]))
        for first, second in combinations(splits, 2)
    ]


def assemble_pairs(
    fits: Sequence[Fit], pairs: Splits, folds: np.ndarray, classes: np.ndarray
) -> np.ndarray:
    """Assemble the probabilities that may be used to judge each fold.

    Parameters
    ----------
    fits : sequence of Fit
        One for each pair of folds.
    pairs : list of (train, test)
        As returned by `pair_splits`.
    folds : ndarray of shape (n,), int
        Fold of each row.
    classes : ndarray of shape (k,)

    Returns
    -------
    ndarray of shape (n_folds, n, k), float32
        For fold f, only from fits that have not seen its rows: a row outside it is
        predicted by the fit without f and the row's own fold, a row of f by the mean of
        all fits without f.
    """
    n, count = len(folds), folds.max() + 1
    usable = np.empty((count, n, len(classes)), np.float32)
    numbers: Mapping[tuple[int, int], int] = {
        pair: number for number, pair in enumerate(combinations(range(count), 2))
    }
    for fold in range(count):
        mine = [number for pair, number in numbers.items() if fold in pair]
        usable[fold] = assemble([fits[m] for m in mine], [pairs[m] for m in mine], n, classes)
    return usable
