"""List the splits of a search, and check that they cover what they must."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from sklearn.model_selection import BaseCrossValidator

from keraswrap.exceptions import InputError, ParameterError

Splits = list[tuple[np.ndarray, np.ndarray]]
# In scikit-learn's words.
NO_FITS = "No fits were performed. Was the CV iterator empty? Were there no candidates?"


def find_splits(
    cv: BaseCrossValidator, X: object, y: object, params: Mapping[str, object], *, fixed: bool
) -> Splits:
    """List the splits.

    Parameters
    ----------
    cv : splitter
    X, y : rows and targets
    params : mapping
        What else the splitter takes, such as ``groups``.
    fixed : bool
        Whether they must be the same each time.

    Returns
    -------
    list of (train, test)
        Row numbers.

    Raises
    ------
    ParameterError
        If they had to be the same, and are not.
    ValueError
        With scikit-learn's message, if there are none, or not as many as announced.

    Examples
    --------
    >>> from sklearn.model_selection import KFold
    >>> [test.tolist() for _, test in find_splits(KFold(2), [1, 2, 3], None, {}, fixed=True)]
    [[0, 1], [2]]
    """
    splits = _list(cv, X, y, params)
    announced = cv.get_n_splits(X, y, **params)
    if not splits:
        raise ValueError(NO_FITS)
    if len(splits) != announced:
        raise ValueError(
            "cv.split and cv.get_n_splits returned inconsistent results. Expected "
            f"{announced} splits, got {len(splits)}"
        )
    if fixed and not _equal(splits, _list(cv, X, y, params)):
        raise ParameterError(
            f"Expected a splitter with reproducible splits, as a journal is kept, got {cv!r}. "
            "Give it a number as random_state."
        )
    return splits


def _list(cv: BaseCrossValidator, X: object, y: object, params: Mapping[str, object]) -> Splits:
    return [(np.asarray(train), np.asarray(test)) for train, test in cv.split(X, y, **params)]


def _equal(left: Splits, right: Splits) -> bool:
    return len(left) == len(right) and all(
        np.array_equal(a, b)
        for pair, other in zip(left, right, strict=True)
        for a, b in zip(pair, other, strict=True)
    )


def check_covered(splits: Splits, n: int) -> None:
    """Raise InputError unless every row is held out by a split.

    Examples
    --------
    >>> check_covered([(np.array([1]), np.array([0])), (np.array([0]), np.array([1]))], 2)
    """
    covered = np.zeros(n, dtype=bool)
    for _, test in splits:
        covered[test] = True
    missing = np.flatnonzero(~covered)
    if len(missing):
        raise InputError(
            f"Expected splits that hold out every row, got {len(missing)} of {n} rows that none "
            f"does, such as row {missing[0]}. Use a splitter that covers all rows, such as "
            "StratifiedKFold, or leave those rows out."
        )
