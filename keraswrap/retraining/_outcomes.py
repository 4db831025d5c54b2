"""What a model's answer to a row is worth: right, none, or wrong. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from keraswrap.selective._metrics import compare_answers

__all__ = ["NONE", "RIGHT", "WRONG", "outcomes_of"]

# In this order: no answer is better than a wrong one.
WRONG, NONE, RIGHT = -1, 0, 1


def outcomes_of(
    labels: ArrayLike, predicted: ArrayLike, abstain_label: object = None
) -> np.ndarray:
    """Return 1 for each right answer, 0 for none, and -1 for a wrong one.

    Examples
    --------
    >>> outcomes_of(["yes", "no", "no"], ["yes", None, "yes"]).tolist()
    [1, 0, -1]
    """
    answered, right = compare_answers(labels, predicted, abstain_label)
    return np.where(answered, np.where(right, RIGHT, WRONG), NONE).astype(np.int64)
