"""One number for each row, or several."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

import numpy as np
from sklearn.utils.validation import check_array

from keraswrap._head import Head, Output, number_head
from keraswrap._targets.base import Target
from keraswrap.exceptions import InputError

if TYPE_CHECKING:
    from typing import Self


def check_numbers(y: object) -> np.ndarray:
    """Check that y holds finite numbers, in one dimension or two.

    Returns
    -------
    ndarray of shape (n,) or (n, n_outputs), float64

    Raises
    ------
    ValueError
        In scikit-learn's words, if y holds something else.
    """
    return check_array(y, ensure_2d=False, dtype=np.float64, input_name="y", ensure_min_samples=1)


class Numbers(Target):
    """Finite numbers of shape (n,) or (n, columns), one output unit for each column.

    Attributes
    ----------
    columns : int
    ndim : int
        Of y, and so of predictions.
    """

    columns: int
    ndim: int

    def learn(self, y: object) -> np.ndarray:
        numbers = check_numbers(y)
        self.ndim, self.columns = numbers.ndim, _columns(numbers)
        return numbers

    def check(self, y: object) -> np.ndarray:
        numbers = check_numbers(y)
        if _columns(numbers) != self.columns:
            raise InputError(
                f"Expected y with {self.columns} column(s) as in fit, got shape {numbers.shape}. "
                "Fit a clone for other targets."
            )
        return numbers

    @property
    def meta(self) -> dict[str, object]:
        return {"n_outputs_": self.columns}

    @property
    def learned(self) -> dict[str, object]:
        return {"n_outputs_": self.columns, "_target_ndim": self.ndim}

    @classmethod
    def restored(cls, learned: Mapping[str, object]) -> Self:
        made = cls()
        made.columns = cast(int, learned["n_outputs_"])
        made.ndim = cast(int, learned["_target_ndim"])
        return made

    def settle(self, output: Output) -> Head:
        if output.width != self.columns:
            raise InputError(
                f"Expected as many output units as columns of y, got a net with {output.width} "
                f"and {self.columns} column(s). Let the build function take `meta` and use "
                "meta['n_outputs_']."
            )
        return number_head(output.width)

    def encode(self, y: np.ndarray, head: Head) -> np.ndarray:
        return y.reshape(len(y), -1)

    def to_numbers(self, raw: np.ndarray) -> np.ndarray:
        """Turn raw outputs (n, columns) into predictions of as many dimensions as y had."""
        return raw.astype("float64")[:, 0] if self.ndim == 1 else raw.astype("float64")


def _columns(numbers: np.ndarray) -> int:
    return 1 if numbers.ndim == 1 else numbers.shape[1]
