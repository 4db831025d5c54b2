"""Tell errors by class from hard rows, as far as probabilities alone can show it. Pure.

This decides whether the errors among the surest predictions may be counted on for all
rows, which holds for labels that go wrong at one rate everywhere too. `_class_noise` asks
whether some pairs of classes are confused more than others, which alone changes the
ranking. Neither test answers for the other: flips at one rate pass only this one, and
one-sided errors under a model that is sure of few rows only the other.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import binomtest, rankdata

from keraswrap.issues._chunks import Top, find_top

# The most confident tenth of each class's predictions, and the range it is compared with.
_SUREST, _FROM, _TO = 0.1, 0.2, 0.5
# In all measured data with people's errors, less confident rows were disputed at least 1.5 times as
# often. Labels that go wrong by class are disputed just as often where the model is confident.
_RATIO, _P = 1.4, 0.05


def shows_class_noise(codes: np.ndarray, proba: np.ndarray, top: Top | None = None) -> bool:
    """Return whether disputed labels are as frequent where the model is sure as elsewhere.

    If labels go wrong by class, independently of the row, a good model disputes them
    at the same rate among its surest predictions and among the next ones. Hard rows are
    disputed ever more often the less sure it is, whoever is wrong about them.

    Parameters
    ----------
    codes : ndarray of shape (n,), int
        Indices of the labels among the classes.
    proba : ndarray of shape (n, k)
        Out of sample.
    top : Top, optional
        `find_top(proba)`, if it is already known.

    Returns
    -------
    bool

    Notes
    -----
    An exact binomial test at 5% of two Poisson rates (Przyborowski and Wilenski, 1940)
    whose ratio would be 1.4 or more. A weak model never passes it, nor do few rows.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> sure = np.sort(rng.uniform(0.9, 1, 20_000))
    >>> proba = np.column_stack([sure, 1 - sure])
    >>> shows_class_noise((rng.random(20_000) < 0.1).astype(int), proba)
    True
    >>> shows_class_noise((rng.random(20_000) > sure).astype(int), proba)
    False
    """
    top = top or find_top(proba)
    sureness = _rank_within(top.best, top.sure)
    disputed = top.best != codes
    first, others = sureness < _SUREST, (sureness >= _FROM) & (sureness < _TO)
    hits, all_hits = int(disputed[first].sum()), int(disputed[first | others].sum())
    if not all_hits:
        return False
    share = first.sum() / (first.sum() + _RATIO * others.sum())
    return float(binomtest(hits, all_hits, share, alternative="greater").pvalue) < _P


def _rank_within(groups: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return ranks in (0, 1) within each group, low for large values; ties share the mean."""
    ranks = np.empty(len(values))
    for group in np.unique(groups):
        rows = np.flatnonzero(groups == group)
        ranks[rows] = (rankdata(-values[rows]) - 0.5) / len(rows)
    return ranks
