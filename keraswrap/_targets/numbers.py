"""One number for each row, or several, in any shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, cast

import numpy as np
from numpy.typing import ArrayLike
from sklearn.metrics import r2_score
from sklearn.utils.validation import check_array

from keraswrap._targets.base import SingleTarget
from keraswrap._targets.cells import require_shape, spread, weigh_cells
from keraswrap._targets.head import Head, Output, number_head
from keraswrap._targets.labels import refuse_heads
from keraswrap.exceptions import InputError, ParameterError

if TYPE_CHECKING:
    from typing import Self


def check_numbers(y: object, *, gaps: bool = False) -> np.ndarray:
    """Check that y holds finite numbers.

    Parameters
    ----------
    y : array-like of shape (n,) or (n, n_outputs)
    gaps : bool, default=False
        Whether y may have more dimensions, and, where a row has several
        numbers, NaN in place of some.

    Returns
    -------
    ndarray of the shape of y, float64

    Raises
    ------
    ValueError
        In scikit-learn's words, if y holds something else.
    """
    refuse_heads(y)
    told = {"ensure_2d": False, "dtype": np.float64, "input_name": "y", "ensure_min_samples": 1}
    if not gaps:
        return check_array(y, **told)
    array = check_array(y, allow_nd=True, ensure_all_finite="allow-nan", **told)
    missing = np.isnan(array)
    if missing.all() or array[:1].size == 1:
        check_array(array, allow_nd=True, **told)
    return array


class Numbers(SingleTarget):
    """Numbers of shape (n,) or (n, ..., columns), with an output of the net for each.

    NaN is a gap where a row has several: it is left out of the loss, the
    metrics and the score.

    Attributes
    ----------
    ndim : int
        Of y, and so of predictions.
    shape : tuple of int
        Of the net's output for one row; the columns of y come last.
    gaps : bool
        Whether the y of fit had any.
    """

    ndim: int
    shape: tuple[int, ...]
    gaps: bool = False
    # The name that users and files call it by; None for what y's form says.
    kind: ClassVar[str | None] = None

    def learn(self, y: object) -> np.ndarray:
        numbers = check_numbers(y, gaps=True)
        self.ndim, self.shape = numbers.ndim, _shape(numbers)
        self.gaps = bool(np.isnan(numbers).any())
        return numbers

    def check(self, y: object) -> np.ndarray:
        numbers = check_numbers(y, gaps=True)
        if _shape(numbers) != self.shape:
            wanted = f"{self.columns} column(s)" if self.ndim < 3 else f"rows of {self.shape}"
            raise InputError(
                f"Expected y with {wanted} as in fit, got shape {numbers.shape}. "
                "Fit a clone for other targets."
            )
        return numbers

    @property
    def columns(self) -> int:
        """The number of outputs, at each position if there are several."""
        return self.shape[-1]

    @property
    def units(self) -> int:
        """The units that the net ends in."""
        return self.columns

    @property
    def meta(self) -> dict[str, object]:
        told: dict[str, object] = {"n_outputs_": self.columns, "n_units_": self.units}
        return {**told, "target_shape_": self.shape} if self.ndim > 2 else told

    @property
    def learned(self) -> dict[str, object]:
        told: dict[str, object] = {"n_outputs_": self.columns, "_target_ndim": min(self.ndim, 2)}
        told["_gaps"] = self.gaps
        told |= {"_kind": self.kind} if self.kind else {}
        return {**told, "_target_shape": list(self.shape)} if self.ndim > 2 else told

    @classmethod
    def restored(cls, learned: Mapping[str, object]) -> Self:
        made = cls()
        shape = learned.get("_target_shape", (learned["n_outputs_"],))
        made.shape = tuple(cast("list[int]", shape))
        ndim = cast(int, learned["_target_ndim"])
        made.ndim = ndim if len(made.shape) == 1 else 1 + len(made.shape)
        made.gaps = bool(learned.get("_gaps"))
        return made

    def settle_output(self, output: Output) -> Head:
        if self.ndim > 2:
            require_shape(output, self.shape, "such rows of y")
        elif output.width != self.columns:
            raise InputError(
                f"Expected as many output units as columns of y, got a net with {output.width} "
                f"and {self.columns} column(s). Let the build function take `meta` and use "
                "meta['n_outputs_']."
            )
        return replace(number_head(self.columns), each="number" if self.gaps else None)

    def encode(self, y: np.ndarray, head: Head) -> np.ndarray:
        missing = np.isnan(y)
        if missing.any() and head.each is None:
            raise InputError(
                f"Expected numbers without gaps, as in fit, got NaN in row "
                f"{int(np.argwhere(missing)[0, 0])}. Fit on a y that has gaps too."
            )
        return np.where(missing, 0.0, y).reshape(len(y), *self.shape)

    def weigh(
        self, y: np.ndarray, weights: np.ndarray | None, class_weight: object
    ) -> np.ndarray | None:
        weights = super().weigh(y, weights, class_weight)
        if self.gaps:
            return weigh_cells(~np.isnan(y), weights)
        # Keras's losses are means over columns, so weights have the other dimensions of y.
        return weights if weights is None or y.ndim < 3 else spread(weights, y[..., 0]).copy()

    def to_numbers(self, raw: np.ndarray) -> np.ndarray:
        """Turn raw outputs into predictions of as many dimensions as y had."""
        return raw.astype("float64")[:, 0] if self.ndim == 1 else raw.astype("float64")

    def predict(self, raw: np.ndarray, head: Head, is_logits: bool | None = None) -> np.ndarray:
        return self.to_numbers(raw)

    def to_scales(self, raw: np.ndarray) -> np.ndarray:
        """Turn raw outputs into the standard deviations of predictions."""
        raise ParameterError(
            "Expected return_std=False, got True: nets give standard deviations with "
            "target='gaussian'."
        )

    def score(self, y: np.ndarray, predicted: np.ndarray, weights: ArrayLike | None) -> float:
        if y.ndim < 3 and not np.isnan(y).any():
            return r2_score(y, predicted, sample_weight=weights)
        of_cell = None if weights is None else spread(weights, y).reshape(-1, self.columns)
        y, predicted = y.reshape(-1, self.columns), predicted.reshape(-1, self.columns)
        found = []
        for column in range(self.columns):
            there = ~np.isnan(y[:, column])
            weigh = None if of_cell is None else of_cell[there, column]
            pair = y[there, column], predicted[there, column]
            found.append(r2_score(*pair, sample_weight=weigh))
        return float(np.mean(found))


def _shape(numbers: np.ndarray) -> tuple[int, ...]:
    return (1,) if numbers.ndim == 1 else numbers.shape[1:]
