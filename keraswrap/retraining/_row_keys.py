"""Which part a new row falls into, by what it holds: the same one at each call. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from keraswrap.exceptions import InputTypeError
from keraswrap.issues.rows._groups import normalize_text

__all__ = ["hash_rows", "places_of", "row_keys"]


def row_keys(X: object) -> list[str]:
    """Return a text for each row that says all it holds; equal for rows that are copies.

    Parameters
    ----------
    X : list, array, Series or DataFrame of shape (n,) or (n, d)
        Texts go by what they say: case, blanks and stops at their ends make no difference.

    Raises
    ------
    InputTypeError
        If it is of another type.

    Examples
    --------
    >>> row_keys(["So good!", "so  good"])
    ['["so good"]', '["so good"]']
    >>> row_keys(pd.DataFrame({"b": [1, 2.5], "a": [None, "x"]}))
    ['{"a": null, "b": 1.0}', '{"a": "x", "b": 2.5}']
    """
    if isinstance(X, pd.DataFrame):
        columns = {str(name): X[name].tolist() for name in sorted(X.columns, key=str)}
        return [_json(row) for row in _rows(columns)]
    if not isinstance(X, list | tuple | np.ndarray | pd.Series | pd.Index):
        raise InputTypeError(
            f"Expected rows as a list, array, Series or DataFrame, got {type(X).__name__}. "
            "Convert them."
        )
    rows = X.tolist() if not isinstance(X, list | tuple) else X
    return [_json(row if isinstance(row, list | tuple | np.ndarray) else [row]) for row in rows]


def _rows(columns: Mapping[str, list[object]]) -> Iterator[dict[str, object]]:
    for values in zip(*columns.values(), strict=True):
        yield dict(zip(columns, values, strict=True))


def _json(row: object) -> str:
    return json.dumps(_plain(row), ensure_ascii=True, sort_keys=True)


def _plain(value: object) -> object:
    if isinstance(value, str):
        return normalize_text(value)
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(one) for one in value]
    if isinstance(value, np.generic):
        return _plain(value.item())
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return None
    # One and the same number, whether its column has gaps or not.
    return float(value) if isinstance(value, int | float) else str(value)


def hash_rows(keys: list[str], seed: int) -> list[str]:
    """Return a name for each row, of 16 hexadecimal digits, which depends on the seed.

    Examples
    --------
    >>> hash_rows(["a", "a", "b"], 0)
    ['85cea77afaaa6463', '85cea77afaaa6463', '2745470fe36b47e4']
    """
    key = b"keraswrap rows " + str(seed).encode()
    return [
        hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8, key=key).hexdigest()
        for text in keys
    ]


def places_of(names: list[str]) -> np.ndarray:
    """Return a number in [0, 1) for each row, uniform over rows: a random draw that stays.

    Parameters
    ----------
    names : list of str
        As from `hash_rows`.

    Examples
    --------
    >>> places_of(["8000000000000000", "0000000000000000"]).tolist()
    [0.5, 0.0]
    """
    # 53 bits, so that no rounding yields 1.
    return np.array([(int(name, 16) >> 11) / 2**53 for name in names], dtype=np.float64)
