"""One label for each row."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from keraswrap._targets.base import ClassTarget
from keraswrap._targets.head import Head, Output, choose_head, to_target
from keraswrap._targets.labels import (
    check_labels,
    class_weights,
    encode,
    find_classes,
    widen_classes,
)


class Classes(ClassTarget):
    """One label for each row: numbers, texts or booleans, of shape (n,)."""

    def learn(self, y: object) -> np.ndarray:
        labels = check_labels(y)
        self.classes = find_classes(labels, self.given)
        return labels

    def check(self, y: object) -> np.ndarray:
        return check_labels(y)

    def settle_output(self, output: Output) -> Head:
        self.classes = widen_classes(self.classes, output.width, self.given)
        look = output.look()
        said = output.is_logits
        return choose_head(
            output.width, look.activation, look.loss, look.from_logits, said, look.encoding()
        )

    def encode(self, y: np.ndarray, head: Head) -> np.ndarray:
        return to_target(encode(y, self.classes), head)

    def strata(self, y: np.ndarray) -> np.ndarray:
        return np.unique(y, return_inverse=True)[1].ravel()

    def weigh(
        self, y: np.ndarray, weights: np.ndarray | None, class_weight: object
    ) -> np.ndarray | None:
        of_class = class_weights(class_weight, y, self.classes)
        if of_class is None:
            return weights
        of_row = of_class[encode(y, self.classes)]
        return of_row if weights is None else weights * of_row

    def score(self, y: np.ndarray, predicted: np.ndarray, weights: ArrayLike | None) -> float:
        encode(y, self.classes)  # refuses labels that fit never saw
        return super().score(y, predicted, weights)

    def to_labels(self, proba: np.ndarray) -> np.ndarray:
        return self.classes[proba.argmax(axis=1)]
