"""Count how many texts are nearer to training rows than to as many held-out ones. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy import sparse
from scipy.special import gammaln

__all__ = ["NearestShare", "nearest_share"]

Vectors: TypeAlias = np.ndarray | sparse.csr_matrix
# Exchanges of training and held-out rows that show what chance gives, and how near two
# products are for a tie.
_EXCHANGES, _TIE = 199, 1e-9


@dataclass(frozen=True)
class NearestShare:
    """How many of the texts have their nearest real row among training rows.

    Parameters
    ----------
    share : float
        In [0, 1]; 0.5 shows no sign of memorizing. NaN if no text could be compared.
    low, high : float
        95% of the shares that come by chance, if training and held-out rows are exchanged.
    p_value : float
        How often chance gives such a share or a higher one.
    n : int
        Texts that were compared. A text counts half if both sides are equally near.
    """

    share: float
    low: float
    high: float
    p_value: float
    n: int

    @property
    def verdict(self) -> str:
        """What the share says, beside what chance gives."""
        if not self.n:
            return "not measured"
        if self.share > self.high:
            return "nearer to training rows"
        return "nearer to held-out rows" if self.share < self.low else "no sign of memorizing"


def nearest_share(sides: Sequence[Vectors], codes: Sequence[np.ndarray], seed: int) -> NearestShare:
    """Compare the nearest rows of both sides, within classes and with as many rows of each.

    Parameters
    ----------
    sides : three ndarray or sparse matrices of shape (·, d)
        Vectors of length 1: of the texts, of training and of held-out rows.
    codes : three ndarray of int
        Their classes.
    seed : int
        Of the exchanges.

    Returns
    -------
    NearestShare
        Over classes that have rows on both sides.

    Notes
    -----
    With other rows on both sides from the same source, a text that was made without either
    has its nearest row on either side with probability 1/2. More rows on one side, or more
    of the text's class, would bring the nearest one closer; so a class is compared with as
    many rows of both sides: the share is its mean over all subsets of the larger side.

    Several texts may be near one row, and few rows may be near many texts, so texts are not
    independent. What chance gives is found by a permutation test: training and held-out
    rows of a class are exchanged at random.

    Examples
    --------
    >>> rows = np.eye(4)
    >>> same = np.zeros(2, dtype=int)
    >>> nearest_share((rows[:2], rows[:2], rows[2:]), (same, same, same), 0).share
    1.0
    """
    random = np.random.default_rng(seed)
    won, by_chance = 0.0, np.zeros(_EXCHANGES)
    n = 0
    for code in np.unique(codes[0]):
        made, *real = (part[own == code] for part, own in zip(sides, codes, strict=True))
        if not all(part.shape[0] for part in real):
            continue
        products, n_train = np.hstack([_products(made, part) for part in real]), real[0].shape[0]
        n += made.shape[0]
        won += _count_won(products, n_train)
        for k in range(_EXCHANGES):
            by_chance[k] += _count_won(random.permutation(products, axis=1), n_train)
    if not n:
        return NearestShare(np.nan, np.nan, np.nan, np.nan, 0)
    low, high = np.quantile(by_chance / n, [0.025, 0.975])
    p_value = (1 + np.count_nonzero(by_chance >= won - _TIE)) / (1 + _EXCHANGES)
    return NearestShare(won / n, float(low), float(high), float(p_value), n)


def _count_won(products: np.ndarray, n_train: int) -> float:
    """Return how many texts have their nearest row among the first columns, as many of each."""
    train, holdout = products[:, :n_train], products[:, n_train:]
    if train.shape[1] <= holdout.shape[1]:
        return float(_chances(train, holdout).sum())
    return float((1 - _chances(holdout, train)).sum())


def _chances(few: np.ndarray, many: np.ndarray) -> np.ndarray:
    """Return the chance that a text's nearest row is among the few, beside as many of the many."""
    best = few.max(axis=1, keepdims=True)
    above = (many > best + _TIE).sum(axis=1)
    as_near = (many >= best - _TIE).sum(axis=1)
    chance = _none_drawn(many.shape[1], few.shape[1])
    return np.asarray((chance[above] + chance[as_near]) / 2)


def _none_drawn(n: int, drawn: int) -> np.ndarray:
    """Return the chance that a draw of some of n has none of the first t, for t from 0 to n."""
    left = n - np.arange(n + 1)
    fits = left >= drawn
    logs = gammaln(left + 1) - gammaln(np.maximum(left - drawn, 0) + 1)
    return np.asarray(np.where(fits, np.exp(logs - logs[0]), 0.0))


def _products(left: Vectors, right: Vectors) -> np.ndarray:
    found = left @ right.T
    return found if isinstance(found, np.ndarray) else np.asarray(found.toarray())
