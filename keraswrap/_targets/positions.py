"""A label for each position of a row: tagging, sequence to sequence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.metrics import accuracy_score

from keraswrap._targets.base import ClassTarget
from keraswrap._targets.cells import require_shape, spread, weigh_cells
from keraswrap._targets.head import Head, Output, choose_head, to_target
from keraswrap._targets.labels import (
    as_label_array,
    check_labels,
    class_weights,
    encode,
    find_classes,
    widen_classes,
)
from keraswrap.exceptions import InputError

if TYPE_CHECKING:
    from typing import Self


class Positions(ClassTarget):
    """Labels of shape (n, positions), with gaps: -1, None, NaN, or a text that is empty.

    A gap is left out of the loss, the metrics and the score. -1 is a label
    where it is named among the classes. y is held as a masked array.
    """

    length: int | None = None

    def learn(self, y: object) -> np.ndarray:
        labels = self._read(y, self.given)
        self.classes = find_classes(labels.compressed(), self.given)
        self.length = labels.shape[1]
        return labels

    def check(self, y: object) -> np.ndarray:
        labels = self._read(y, self.classes)
        if labels.shape[1] != self.length:
            raise InputError(
                f"Expected y of shape (n, {self.length}), as in fit, got shape {labels.shape}. "
                "Pad shorter rows with gaps."
            )
        return labels

    def _read(self, y: object, classes: object) -> np.ma.MaskedArray:
        array = as_label_array(y)
        if array.ndim != 2:
            raise InputError(
                "Expected a label for each position, y of shape (n, positions), got shape "
                f"{array.shape}. Pad shorter rows with -1, or texts with None."
            )
        gaps = _find_gaps(array, classes)
        if gaps.all():
            raise InputError("Expected labels in y, got only gaps (-1, None, NaN or no text).")
        present = check_labels(array[~gaps])
        labels = np.full(array.shape, present[0], dtype=present.dtype)
        labels[~gaps] = present
        return np.ma.MaskedArray(labels, gaps)

    @property
    def meta(self) -> dict[str, object]:
        return {**super().meta, "target_shape_": (self.length,)}

    @property
    def learned(self) -> dict[str, object]:
        return {**super().learned, "_kind": "positions", "_target_shape": [self.length]}

    @classmethod
    def restored(cls, learned: Mapping[str, object]) -> Self:
        made = super().restored(learned)
        (made.length,) = learned["_target_shape"]  # type: ignore[misc]
        return made

    def settle_output(self, output: Output) -> Head:
        require_shape(output, (self.length, None), f"{self.length} positions in y")
        width = output.shape[-1]
        self.classes = widen_classes(self.classes, width, self.given)
        look = output.look()
        said = output.is_logits
        head = choose_head(
            width, look.activation, look.loss, look.from_logits, said, look.encoding()
        )
        return replace(head, each="position")

    def encode(self, y: np.ndarray, head: Head) -> np.ndarray:
        return to_target(self._index(y), head)

    def weigh(
        self, y: np.ndarray, weights: np.ndarray | None, class_weight: object
    ) -> np.ndarray | None:
        of_class = class_weights(class_weight, _present(y), self.classes)
        of_cell = None if of_class is None else of_class[self._index(y)]
        return weigh_cells(~np.ma.getmaskarray(y), weights, of_cell)

    def to_labels(self, proba: np.ndarray) -> np.ndarray:
        return self.classes[proba.argmax(axis=-1)]

    def score(self, y: np.ndarray, predicted: np.ndarray, weights: ArrayLike | None) -> float:
        present = ~np.ma.getmaskarray(y)
        self._index(y)
        of_cell = None if weights is None else spread(weights, present)[present]
        return accuracy_score(_present(y), predicted[present], sample_weight=of_cell)

    def _index(self, y: np.ndarray) -> np.ndarray:
        labels = np.ma.getdata(y)
        return encode(labels.ravel(), self.classes).reshape(labels.shape)


def _present(y: np.ndarray) -> np.ndarray:
    return np.ma.getdata(y)[~np.ma.getmaskarray(y)]


def _find_gaps(array: np.ndarray, classes: object) -> np.ndarray:
    gaps = np.asarray(pd.isna(array))
    if array.dtype.kind in "OU":
        return gaps | (array == "")
    named = classes is not None and -1 in np.asarray(classes).tolist()
    return gaps if named or array.dtype.kind not in "if" else gaps | (array == -1)
