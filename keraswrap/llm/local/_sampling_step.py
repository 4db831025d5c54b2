"""Which token comes next, given the logits of all. Pure, in float64.

Logits depend a little on what else is in a batch: sums are rounded in another order. So
a choice is only made where no such difference could change it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

__all__ = ["choose", "is_clear", "stream_of"]


def stream_of(seed: int | None, ids: Sequence[int]) -> np.random.Generator:
    """Return a row's own random numbers.

    Parameters
    ----------
    seed : int or None
    ids : sequence of int
        The prompt's tokens.
    """
    key = blake2b(json.dumps([seed, list(ids)]).encode(), digest_size=16).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(key, "big")))


def choose(logits: np.ndarray, temperature: float, top_p: float, times: np.ndarray) -> int:
    """Return the next token.

    Parameters
    ----------
    logits : ndarray of shape (v,), float64
        Minus infinity for tokens that must not come.
    temperature : float
        0 for the likeliest token, the first of several.
    top_p : float
    times : ndarray of shape (v,)
        Exponentially distributed. Divided by the tokens' weights, they are when each
        arrives in a race, which each wins as often as it is likely; it is the trick with
        Gumbel's distribution without logarithms. A small change of the weights seldom
        changes the winner.

    Examples
    --------
    >>> logits, times = np.log([0.1, 0.6, 0.3]), np.array([1.0, 2.0, 0.6])
    >>> [choose(logits, temperature, 1.0, times) for temperature in (0.0, 1.0)]
    [1, 2]
    """
    if not temperature:
        return int(logits.argmax())
    weights = _weigh(logits, temperature)
    if top_p < 1:
        weights[weights < _bounds(weights, top_p, 0.0)[0]] = 0
    return int((weights / times).argmax())


def is_clear(
    logits: np.ndarray, temperature: float, top_p: float, times: np.ndarray, noise: float
) -> bool:
    """Return whether the choice is the same for all logits that differ by up to `noise`.

    Examples
    --------
    >>> logits, times = np.array([0.0, 1.0, 1.001]), np.ones(3)
    >>> [is_clear(logits, 0.0, 1.0, times, noise) for noise in (0.0004, 0.0006)]
    [True, False]
    """
    if not temperature:
        second, first = np.partition(logits, -2)[-2:]
        return bool(first - second > 2 * noise)
    weights, noise = _weigh(logits, temperature), noise / temperature
    sure = 0.0
    if top_p < 1:
        least, sure = _bounds(weights, top_p, noise)
        weights[weights < least] = 0
    arrivals = weights / times
    winner = int(arrivals.argmax())
    second = np.partition(arrivals, -2)[-2]
    return bool(weights[winner] >= sure and arrivals[winner] > second * np.exp(2 * noise))


def _weigh(logits: np.ndarray, temperature: float) -> np.ndarray:
    return np.exp((logits - logits.max()) / temperature)


def _bounds(weights: np.ndarray, top_p: float, noise: float) -> tuple[float, float]:
    """Return the least weight that may be among the likeliest, and the least that surely is."""
    likely, sums = _likeliest(weights, top_p + 2 * noise)
    own, most = likely / weights.sum(), float(np.exp(4 * noise))
    # Sums of what may and of what must be likelier than each.
    may = sums[np.searchsorted(-likely, -likely / most, side="right") - 1] - own
    must = np.append(0, sums)[np.searchsorted(-likely, -likely * most)]
    n_may = int((must < top_p + 2 * noise).sum())
    n_sure = max(int((may < top_p - 2 * noise).sum()), 1)
    return float(likely[n_may - 1]), float(likely[n_sure - 1])


def _likeliest(weights: np.ndarray, top_p: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the largest weights, falling, and the share up to each: enough to reach top_p."""
    total = weights.sum()
    # All tokens below this weight together have less than what is left out.
    likely = weights[weights >= max(0.0, 1 - top_p) * total / len(weights)]
    likely = np.sort(likely[likely > 0])[::-1]
    return likely, np.cumsum(likely) / total
