"""Several arrays in a list, as Keras takes them: the inputs of a net, in order. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keraswrap.exceptions import InputError


def as_inputs(X: Any, n: int | None) -> Any:
    """Name the arrays in a list by their position, where they are inputs and no rows.

    Parameters
    ----------
    X : rows
        As a user passed them.
    n : int, optional
        How many rows there are, by the labels beside them.

    Returns
    -------
    dict of str to array, or X as it is
        A dict of a list of two arrays or more that have `n` rows each, unless
        there are `n` arrays: these are rows.

    Examples
    --------
    >>> import numpy as np
    >>> left, right = np.zeros((3, 2)), np.zeros((3, 5))
    >>> sorted(as_inputs([left, right], 3)), type(as_inputs([left, left], 2))
    (['0', '1'], <class 'list'>)
    """
    if not isinstance(X, list | tuple) or n is None or len(X) < 2 or len(X) == n:
        return X
    if _rows_in(X[0]) != n or not any(hasattr(part, "shape") for part in X):
        return X
    return _named(X) if all(_rows_in(part) == n for part in X) else X


def as_fitted(X: Any, names: Sequence[Any] | None) -> Any:
    """Do the same with what an estimator is given that was fitted on inputs by position.

    Raises
    ------
    InputError
        If there are more or fewer of them, or they are of different lengths.
    """
    if not isinstance(X, list | tuple) or names is None or list(names) != positions(len(names)):
        return X
    lengths = [_rows_in(part) for part in X]
    if len(X) != len(names) or len(set(lengths)) != 1 or None in lengths:
        raise InputError(
            f"Expected X as a list of {len(names)} arrays of one length as in fit, one for each "
            f"input of the net, got {len(X)} of the lengths {lengths[:10]}."
        )
    return _named(X)


def positions(count: int) -> list[str]:
    """Name inputs by their position.

    Examples
    --------
    >>> positions(2)
    ['0', '1']
    """
    return [str(position) for position in range(count)]


def _named(X: Sequence[Any]) -> dict[str, Any]:
    return dict(zip(positions(len(X)), X, strict=True))


def _rows_in(part: Any) -> int | None:
    if isinstance(part, str | bytes):
        return None
    if hasattr(part, "shape"):
        return int(part.shape[0]) if len(part.shape) else None
    return len(part) if hasattr(part, "__len__") else None
