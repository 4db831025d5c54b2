"""Rows: named columns of equal length, sliced by row.

They are made dense, cast and batched at the last moment, by `net_inputs`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse

from keraswrap._data.lazy_column import take_rows
from keraswrap._data.value_checks import is_text

# The name of an array that came alone.
LONE = ""


@dataclass(frozen=True)
class Rows:
    """Arrays of equal length, by name.

    Parameters
    ----------
    arrays : mapping of str to array of shape (n, ...)
        Numbers (dense, or scipy CSR), object arrays of str, or lazy columns.
    columns : tuple of str, optional
        Column names of a lone 2-D array that came as a frame.
    """

    arrays: Mapping[str, Any]
    columns: tuple[str, ...] | None = None

    @property
    def n(self) -> int:
        """Number of rows."""
        return next(iter(self.arrays.values())).shape[0]

    def take(self, index: Any) -> Rows:
        """Select rows by position, in the order given."""
        taken = {name: take_rows(array, index) for name, array in self.arrays.items()}
        return replace(self, arrays=taken)

    def blank(self) -> Rows:
        """Give rows of the same shapes and kinds with nothing in them."""
        return replace(self, arrays={name: _blank(a) for name, a in self.arrays.items()})

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of one row, by name."""
        return {name: tuple(array.shape[1:]) for name, array in self.arrays.items()}


def _blank(array: Any) -> np.ndarray:
    text = not sparse.issparse(array) and is_text(array)
    return np.full(array.shape, "", object) if text else np.zeros(array.shape, array.dtype)
