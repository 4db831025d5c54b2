"""Columns of a table as numbers that a linear classifier can tell apart. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.stats import rankdata

_LEVELS = 20
_WAVES = 200
# A level that is rarer says nothing.
_FEWEST = 3


def column_values(columns: Mapping[str, np.ndarray]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return a column of numbers for each column, level and gap of a table.

    Parameters
    ----------
    columns : mapping of str to ndarray of shape (n,)
        Floats, NaN where missing; or str, empty where missing. Old and new rows together.

    Returns
    -------
    values : ndarray of shape (n, q)
    names : tuple of str

    Examples
    --------
    >>> values, names = column_values({"age": np.array([1, np.nan, 3, np.nan, np.nan])})
    >>> names, values[:, 1].tolist()
    (('age', 'age missing'), [0.0, 1.0, 0.0, 1.0, 1.0])
    """
    parts: dict[str, np.ndarray] = {}
    for name, column in columns.items():
        parts |= _of_texts(name, column) if column.dtype.kind == "U" else _of_numbers(name, column)
    count = len(next(iter(columns.values()))) if columns else 0
    values = np.stack(list(parts.values()), axis=1) if parts else np.zeros((count, 0))
    return values, tuple(parts)


def _of_numbers(name: str, column: np.ndarray) -> dict[str, np.ndarray]:
    missing = np.isnan(column)
    middle = np.median(column[~missing]) if not missing.all() else 0.0
    found = {name: np.where(missing, middle, column)}
    if missing.sum() >= _FEWEST:
        found[f"{name} missing"] = missing.astype(np.float64)
    return found


def _of_texts(name: str, column: np.ndarray) -> dict[str, np.ndarray]:
    levels, where, counts = np.unique(column, return_inverse=True, return_counts=True)
    order = [k for k in np.argsort(-counts, kind="stable")[:_LEVELS] if counts[k] >= _FEWEST]
    found = {
        f"{name} = {levels[k]}" if levels[k] else f"{name} missing": (where == k).astype(np.float64)
        for k in order
    }
    other = ~np.isin(where, order)
    if other.sum() >= _FEWEST:
        found[f"{name} rare"] = other.astype(np.float64)
    return found


def spread_ranks(values: np.ndarray) -> np.ndarray:
    """Return the ranks of each column, with mean 0 and variance 1; constant ones are 0.

    Examples
    --------
    >>> spread_ranks(np.array([[1.0, 7], [9, 7], [4, 7]])).round(2).tolist()
    [[-1.22, 0.0], [1.22, 0.0], [0.0, 0.0]]
    """
    if not values.size:
        return values
    ranks = rankdata(values, axis=0)
    ranks -= ranks.mean(axis=0)
    scale = ranks.std(axis=0)
    return np.asarray(np.divide(ranks, scale, out=np.zeros_like(ranks), where=scale > 0))


def table_features(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return features in which a linear classifier sees more than shifted means.

    Beside the ranks stand waves of random directions, whose products are a Gaussian kernel
    (Rahimi and Recht, 2007): a change of spread, or of how columns go together, shows too.

    Parameters
    ----------
    values : ndarray of shape (n, q)
        As from `column_values`.
    rng : Generator

    Returns
    -------
    ndarray of shape (n, q + 200)
    """
    ranks = spread_ranks(values)
    ranks = ranks[:, np.ptp(ranks, axis=0) > 0] if len(ranks) else ranks
    if not ranks.shape[1]:
        return ranks
    directions = rng.normal(size=(ranks.shape[1], _WAVES)) / np.sqrt(ranks.shape[1])
    waves = np.cos(ranks @ directions + rng.uniform(0, 2 * np.pi, _WAVES))
    scale = np.sqrt(2 * ranks.shape[1] / _WAVES)
    return np.hstack([ranks, scale * waves])
