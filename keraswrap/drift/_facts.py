"""Single facts of rows, each compared between old and new ones, all tested together. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from keraswrap.drift._auc import auc, auc_interval
from keraswrap.drift._columns import spread_ranks
from keraswrap.drift._permutations import permuted_p

__all__ = ["Fact", "compare_facts"]


@dataclass(frozen=True)
class Fact:
    """One fact of the rows: of a text, or a column of a table.

    Parameters
    ----------
    name : str
        Such as ``"words"``, or a column.
    reference, new : float
        Its mean in the reference and in the new rows.
    auc : float in [0, 1]
        Probability that it is higher in a new row than in an old one.
    low, high : float
        95% interval of `auc`.
    p_value : float
        Corrected for the number of facts.
    """

    name: str
    reference: float
    new: float
    auc: float
    low: float
    high: float
    p_value: float


def compare_facts(
    values: np.ndarray,
    names: tuple[str, ...],
    is_new: np.ndarray,
    rng: np.random.Generator,
    most: int,
) -> tuple[Fact, ...]:
    """Compare each fact between old and new rows, by ranks.

    Parameters
    ----------
    values : ndarray of shape (n, q)
    names : tuple of str
    is_new : ndarray of bool of shape (n,)
    rng : Generator
    most : int
        Draws of the permutation test, at most.

    Returns
    -------
    tuple of Fact
        Those that vary, the clearest difference first.

    Examples
    --------
    >>> values = np.arange(60.0)[:, None]
    >>> rng = np.random.default_rng(0)
    >>> found, = compare_facts(values, ("words",), np.arange(60) >= 30, rng, 999)
    >>> found.name, found.reference, found.new, found.auc, found.p_value
    ('words', 14.5, 44.5, 1.0, 0.001)
    """
    varies = np.flatnonzero(np.ptp(values, axis=0) > 0) if values.size else np.zeros(0, int)
    if not len(varies):
        return ()
    values = values[:, varies]
    ranks = spread_ranks(values)
    p_values = permuted_p(lambda drawn: np.abs(ranks.T @ drawn).T, is_new, rng, most)
    n_new = int(is_new.sum())
    found = []
    for column, p_value in enumerate(p_values):
        value = auc(values[:, column], is_new)
        old, new = (float(values[part, column].mean()) for part in (~is_new, is_new))
        low, high = auc_interval(value, len(is_new) - n_new, n_new)
        name = names[varies[column]]
        found.append(Fact(name, old, new, value, low, high, float(p_value)))
    return tuple(sorted(found, key=lambda one: (one.p_value, -abs(one.auc - 0.5))))
