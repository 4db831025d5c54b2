"""One label for each row, of classes that have an order: ratings, grades, stages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from keraswrap._targets.classes import Classes
from keraswrap._targets.head import Head, Output, gives_logits
from keraswrap._targets.labels import are_indices, check_labels, encode, find_classes
from keraswrap._targets.probabilities import sigmoid
from keraswrap.exceptions import BuildError, InputError, ParameterError

if TYPE_CHECKING:
    from typing import Self


class Ordered(Classes):
    """One label for each row, of classes in an order.

    The net ends in k - 1 units: of unit j, the logit that a row is of a higher
    class than the j-th. `classes` stay sorted, as scikit-learn has them.

    Attributes
    ----------
    order : ndarray of shape (k,)
        Positions in `classes`, from the lowest class to the highest.
    """

    order: np.ndarray

    def learn(self, y: object) -> np.ndarray:
        dtype = getattr(y, "dtype", None)
        if self.given is None and isinstance(dtype, pd.CategoricalDtype) and dtype.ordered:
            self.given = dtype.categories.tolist()
        labels = check_labels(y)
        self.classes = find_classes(labels, self.given)
        self.order = np.arange(len(self.classes))
        if self.given is not None:
            given = np.asarray(self.given)
            self.order = np.searchsorted(np.unique(given), given)
        if self.given is None and labels.dtype.kind not in "biuf":
            raise ParameterError(
                "Expected classes=[...] from the lowest to the highest for labels that are texts, "
                f"got none for {self.classes.tolist()!r:.80}. A pandas Series of ordered "
                "categories says it too."
            )
        if len(self.order) != len(self.classes):
            raise ParameterError(f"Expected classes once each, got {self.given!r:.80}.")
        return labels

    @property
    def units(self) -> int:
        return len(self.classes) - 1

    @property
    def meta(self) -> dict[str, object]:
        return {**super().meta, "ordered_": True}

    @property
    def learned(self) -> dict[str, object]:
        return {**super().learned, "_kind": "ordered", "_order": self.order.tolist()}

    @classmethod
    def restored(cls, learned: Mapping[str, object]) -> Self:
        made = super().restored(learned)
        made.order = np.array(cast("list[int]", learned["_order"]), dtype=int)
        if sorted(made.order.tolist()) != list(range(len(made.classes))):
            raise ValueError(f"no order of classes: {made.order}")
        return made

    def settle_output(self, output: Output) -> Head:
        k = output.width + 1
        if self.given is None and len(self.classes) < k and are_indices(self.classes, k):
            kind = self.classes.dtype
            self.classes, self.order = np.arange(k).astype(kind), np.arange(k)
        if len(self.classes) != k or k < 2:
            raise InputError(
                f"Expected a net with one unit less than there are classes, got {output.width} "
                f"unit(s) and {len(self.classes)} class(es): {self.classes.tolist()!r:.60}. End "
                "it in keraswrap.layers.OrderedLogits(meta['n_classes_']), or name every class "
                "with classes=[...]."
            )
        look = output.look()
        if look.loss is not None:
            raise BuildError(
                f"Expected no loss with target='ordered', which has its own, got {look.loss!r:.60}."
                " Leave it out of compile_kwargs."
            )
        logits = gives_logits(look.activation, None, None, output.is_logits)
        return Head("index", "ordered", k, "ordered_crossentropy", logits)

    def encode(self, y: np.ndarray, head: Head) -> np.ndarray:
        return np.argsort(self.order)[encode(y, self.classes)].astype("int32")

    def to_proba(self, raw: np.ndarray, head: Head, is_logits: bool | None = None) -> np.ndarray:
        if is_logits is False:
            return raw.astype("float64")
        logits = head.from_logits if is_logits is None else is_logits
        higher = sigmoid(raw.astype("float64")) if logits else np.clip(raw, 0.0, 1.0)
        # If training left the biases out of order, the lower probability is used.
        higher = np.minimum.accumulate(higher.astype("float64"), axis=1)
        edge = np.ones((len(raw), 1))
        by_rank = -np.diff(np.hstack([edge, higher, 0 * edge]), axis=1)
        return by_rank[:, np.argsort(self.order)]

    def to_labels(self, proba: np.ndarray) -> np.ndarray:
        lower = np.cumsum(proba[:, self.order], axis=1)[:, :-1]
        return self.classes[self.order[(lower < 0.5).sum(axis=1)]]
