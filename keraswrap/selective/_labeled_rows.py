"""Rows and labels as they come from a user, opened and matched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils import indexable

from keraswrap._data import open_data
from keraswrap._targets import check_labels
from keraswrap.exceptions import InputError
from keraswrap.selective._held_out import check_lengths


@dataclass(frozen=True)
class LabeledRows:
    """Rows with a label for each.

    Parameters
    ----------
    X : rows
        Can be indexed.
    labels : ndarray of shape (n,)
    weight : array-like of shape (n,), or None
        Not checked yet.
    """

    X: Any
    labels: np.ndarray
    weight: Any


def open_labeled(X: object, y: object, sample_weight: object = None) -> LabeledRows:
    """Open rows and labels; a dataset may bring its own.

    Raises
    ------
    InputError
        If labels are missing, of several kinds, or not as many as rows.

    Examples
    --------
    >>> open_labeled(["good", "bad"], ["yes", "no"]).labels.tolist()
    ['yes', 'no']
    """
    X, y, given = open_data(X, y, {"sample_weight": sample_weight})
    if y is None:
        # scikit-learn's checks expect these words.
        raise InputError(
            "Expected the label of each row: it requires y to be passed, but the target y is None."
        )
    labels = check_labels(y)
    check_lengths(X, labels)
    (X,) = indexable(X)
    return LabeledRows(X, labels, given.get("sample_weight"))
