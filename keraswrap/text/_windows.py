"""Long texts as overlapping windows: rows of the same text, and what they come to together."""

from __future__ import annotations

import numpy as np

from keraswrap.exceptions import ParameterError

WAYS = ("truncate", "windows")


def choose_overlap(long_texts: str, overlap: int | None, max_length: int) -> int | None:
    """Return how many tokens windows share; None if long texts are truncated.

    Raises
    ------
    ParameterError
        If `long_texts` is no way to read them.

    Examples
    --------
    >>> choose_overlap("windows", None, 128), choose_overlap("truncate", 5, 128)
    (32, None)
    """
    if long_texts not in WAYS:
        raise ParameterError(f"Expected long_texts to be one of {WAYS}, got {long_texts!r}.")
    if long_texts == "truncate":
        return None
    if overlap is None and isinstance(max_length, int | np.integer):
        return int(max_length) // 4
    return overlap


def mean_by_owner(values: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Return the mean over each text's rows.

    Parameters
    ----------
    values : ndarray, shape (m, ...)
    owner : ndarray of int, shape (m,)
        The text of each row, ascending, none left out.

    Returns
    -------
    ndarray, shape (n, ...)
        `values` as they are, where every text has one row.

    Examples
    --------
    >>> mean_by_owner(np.array([1.0, 3.0, 5.0]), np.array([0, 0, 1])).tolist()
    [2.0, 5.0]
    """
    if is_whole(owner):
        return values
    starts = np.flatnonzero(np.diff(owner, prepend=-1))
    counts = np.diff(np.append(starts, len(owner)))
    sums = np.add.reduceat(values, starts, axis=0)
    return (sums / counts.reshape(-1, *[1] * (values.ndim - 1))).astype(values.dtype)


def mix_by_owner(
    mean: np.ndarray, std: np.ndarray, owner: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation of the mixture of each text's distributions.

    Examples
    --------
    >>> mean, std = mix_by_owner(np.array([1.0, 3.0]), np.array([2.0, 2.0]), np.array([0, 0]))
    >>> mean.tolist(), (std**2).round(12).tolist()
    ([2.0], [5.0])
    """
    of_text = mean_by_owner(mean, owner)
    variance = mean_by_owner(std**2 + (mean - of_text[owner]) ** 2, owner)
    return of_text, np.sqrt(variance)


def share_weights(sample_weight: np.ndarray | None, owner: np.ndarray) -> np.ndarray | None:
    """Divide the weight of each text among its rows, so that it counts once.

    Examples
    --------
    >>> share_weights(None, np.array([0, 0, 1])).tolist()
    [0.5, 0.5, 1.0]
    >>> share_weights([2.0, 3.0], np.array([0, 0, 1])).tolist()
    [1.0, 1.0, 3.0]
    """
    if is_whole(owner):
        return sample_weight
    each = 1.0 / np.bincount(owner)[owner]
    return each if sample_weight is None else np.asarray(sample_weight)[owner] * each


def is_whole(owner: np.ndarray) -> bool:
    """Return whether every text has exactly one row."""
    return len(owner) == 0 or len(owner) == owner[-1] + 1
