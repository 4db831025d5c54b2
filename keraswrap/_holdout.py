"""Choose the rows that a fit holds out for validation."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Protocol

import numpy as np
from sklearn.utils.validation import _num_samples

from keraswrap.exceptions import InputError, ParameterError


class Splitter(Protocol):
    """What scikit-learn's cross-validators have in common."""

    def split(
        self, X: np.ndarray, y: np.ndarray, groups: object
    ) -> Iterable[tuple[np.ndarray, np.ndarray]]: ...


def hold_out(
    how: object, strata: np.ndarray | None, y: np.ndarray, groups: object, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Split row positions into train and validation according to ``validation_split``.

    Parameters
    ----------
    how : float or splitter
        A share in [0, 1), 0 for none, or a cross-validator of scikit-learn.
    strata : ndarray of shape (n,) or None
        Groups of rows that keep their shares.
    y : ndarray of shape (n, ...)
    groups : array-like of shape (n,), optional
        The groups that a splitter by groups uses.

    Returns
    -------
    train, validation : ndarray of int
        Sorted positions of a share; as the splitter has them, otherwise.

    Raises
    ------
    InputError, ParameterError
        If the split cannot be made, or leaves a part empty.

    Examples
    --------
    >>> train, held = hold_out(0.25, None, np.zeros(8), None, 0)
    >>> len(train), len(held)
    (6, 2)
    """
    n = len(y)
    if not how:
        return np.arange(n), np.arange(0)
    if is_splitter(how):
        return split_by(how, y if strata is None else strata, groups, seed)  # type: ignore[arg-type]
    return stratified_split(strata, n, how, np.random.default_rng([seed, n]))


def is_splitter(how: object) -> bool:
    """Return whether an object splits rows as scikit-learn's cross-validators do.

    Examples
    --------
    >>> from sklearn.model_selection import TimeSeriesSplit
    >>> is_splitter(TimeSeriesSplit(3)), is_splitter(0.2), is_splitter("last")
    (True, False, False)
    """
    return callable(getattr(how, "split", None)) and hasattr(how, "get_n_splits")


def split_by(
    how: Splitter, y: np.ndarray, groups: object, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Split row positions into train and validation by the last split of a splitter.

    The last one, because in splits by time it has the most training rows.

    Parameters
    ----------
    how : splitter
        As in scikit-learn; left as it is. Without a random_state it gets `seed`.
    y : ndarray of shape (n, ...)
        What it may stratify by.
    groups : array-like of shape (n,), optional

    Returns
    -------
    train, validation : ndarray of int

    Raises
    ------
    InputError
        If groups are of another length.
    ParameterError
        If one of the parts is empty, or a row is in both.

    Examples
    --------
    >>> from sklearn.model_selection import TimeSeriesSplit
    >>> train, held = split_by(TimeSeriesSplit(3, test_size=2), np.zeros(8), None, 0)
    >>> train.tolist(), held.tolist()
    ([0, 1, 2, 3, 4, 5], [6, 7])
    """
    if groups is not None and _num_samples(groups) != len(y):
        raise InputError(
            f"Expected validation_groups of {len(y)} rows, as many as X, got "
            f"{_num_samples(groups)}. Pass the group of each row."
        )
    how = copy.deepcopy(how)
    if getattr(how, "random_state", 0) is None:  # else it would draw from numpy's global generator
        vars(how)["random_state"] = seed
    splits = list(how.split(np.empty((len(y), 0)), y, groups))
    train, held = map(np.asarray, splits[-1]) if splits else (np.arange(0), np.arange(0))
    if not len(train) or not len(held) or np.intersect1d(train, held).size:
        raise ParameterError(
            f"Expected validation_split to leave some rows to train on and hold out others, got "
            f"{how!r:.80} with {len(train)} and {len(held)} of {len(y)} rows. Change its sizes, or "
            "pass validation_data."
        )
    return train, held


def stratified_split(
    strata: np.ndarray | None, n: int, fraction: object, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Split row positions into train and validation, each class in its share.

    A class of one row stays in the training part, and no class loses its last.

    Parameters
    ----------
    strata : ndarray of shape (n,) or None
        Class indices; None splits without regard to any.
    n : int
        Number of rows.
    fraction : float
        Share to hold out, in (0, 1).
    rng : numpy.random.Generator

    Returns
    -------
    train, validation : ndarray of int
        Sorted positions.

    Raises
    ------
    ParameterError
        If the fraction is not in (0, 1), or leaves one of the parts empty.

    Examples
    --------
    >>> strata = np.array([0] * 8 + [1] * 4)
    >>> _, held = stratified_split(strata, 12, 0.25, np.random.default_rng(0))
    >>> np.bincount(strata[held]).tolist()
    [2, 1]
    """
    if not (isinstance(fraction, int | float | np.number) and 0 < float(fraction) < 1):
        raise ParameterError(
            f"Expected validation_split in [0, 1), got {fraction!r:.80}. Pass a share, or a "
            "splitter such as sklearn.model_selection.TimeSeriesSplit(5)."
        )
    strata = np.zeros(n, dtype=int) if strata is None else strata
    groups = [np.flatnonzero(strata == stratum) for stratum in np.unique(strata)]
    counts = _apportion(np.array([len(group) for group in groups]), float(fraction))
    pairs = zip(groups, counts, strict=True)
    validation = np.sort(np.concatenate([rng.permutation(g)[:count] for g, count in pairs]))
    if not len(validation):
        raise ParameterError(
            f"Expected validation_split to hold out at least one row, got {fraction} of {n} rows. "
            "Raise it, or pass validation_data."
        )
    return np.setdiff1d(np.arange(n), validation), validation


def _apportion(sizes: np.ndarray, fraction: float) -> np.ndarray:
    # Largest remainders: many small classes together give as many rows as one large one.
    quotas = fraction * sizes
    counts = np.floor(quotas).astype(int)
    left = round(float(quotas.sum())) - counts.sum()
    counts[np.argsort(counts - quotas, kind="stable")[:left]] += 1
    return np.minimum(counts, sizes - 1)
