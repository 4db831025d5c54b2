"""Several labels for a row, or none: zeros and ones, a column for each."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from keraswrap._targets.base import ClassTarget
from keraswrap._targets.head import Head, Output, choose_indicator_head, to_target
from keraswrap._targets.labels import as_label_array
from keraswrap.exceptions import InputError, ParameterError


def is_indicator(y: object) -> bool:
    """Return whether y is an indicator of each class: several columns, or sparse.

    Examples
    --------
    >>> is_indicator([[1, 0], [1, 1]]), is_indicator([1, 0])
    (True, False)
    """
    if sparse.issparse(y):
        return True
    shape = getattr(y, "shape", None) or np.shape(as_label_array(y))
    return len(shape) == 2 and shape[1] > 1


def check_indicator(y: object) -> np.ndarray:
    """Check multilabel indicators, and return them as a dense array.

    Parameters
    ----------
    y : array-like or sparse matrix of shape (n, k)
        1 where a row has a label and 0 where not.

    Returns
    -------
    ndarray of int, shape (n, k)

    Raises
    ------
    InputError
        If y holds anything but zeros and ones.

    Examples
    --------
    >>> check_indicator([[True, False]]).tolist()
    [[1, 0]]
    """
    array = y.toarray() if isinstance(y, sparse.spmatrix | sparse.sparray) else np.asarray(y)
    fits = array.ndim == 2 and array.dtype.kind in "biuf"
    if not (fits and np.isin(array, (0, 1)).all()):
        raise InputError(
            "Expected one label for each row, y of shape (n,), or zeros and ones of shape "
            f"(n, n_classes) where a row may have several, got shape {array.shape} of other "
            f"values: {array[:1].tolist()!r:.80}. See sklearn.preprocessing.MultiLabelBinarizer. "
            "A label for each position is for wrappers with target='positions'."
        )
    return array.astype(int)


def check_columns(labels: np.ndarray, given: object, units: int | None = None) -> np.ndarray:
    """Name the columns of multilabel indicators.

    Parameters
    ----------
    labels : ndarray of shape (n, k)
    given : array-like of shape (k,) or None
        Names of the columns.
    units : int, optional
        Output units of the net.

    Returns
    -------
    ndarray of shape (k,)
        The names; 0 … k - 1 without any.

    Raises
    ------
    InputError
        If there are not as many names, or units, as columns.

    Examples
    --------
    >>> check_columns(np.eye(2), None).tolist()
    [0, 1]
    """
    k = labels.shape[1]
    names = np.arange(k) if given is None else np.asarray(given)
    if len(names) != k:
        raise InputError(
            f"Expected y with a column for each of the {len(names)} classes, got shape "
            f"{labels.shape}. Give every label a column, in their order."
        )
    if units is not None and units != k:
        raise InputError(
            f"Expected as many output units as columns of y, got a net with {units} and {k} "
            "columns. Let the build function take `meta` and use meta['n_classes_']."
        )
    return names


class Indicators(ClassTarget):
    """Zeros and ones of shape (n, k): a row may have several labels, or none."""

    _links = ("each_sigmoid", "each_sigmoid")

    @property
    def several(self) -> bool:
        return True

    def learn(self, y: object) -> np.ndarray:
        labels = check_indicator(y)
        self.classes = check_columns(labels, self.given)
        return labels

    def check(self, y: object) -> np.ndarray:
        labels = check_indicator(y)
        check_columns(labels, self.classes)
        return labels

    def settle_output(self, output: Output) -> Head:
        check_columns(self.classes[None], self.classes, output.width)
        look = output.look()
        return choose_indicator_head(
            output.width, look.activation, look.loss, look.from_logits, output.is_logits
        )

    def encode(self, y: np.ndarray, head: Head) -> np.ndarray:
        return to_target(y, head)

    def strata(self, y: np.ndarray) -> np.ndarray:
        return np.unique(y, axis=0, return_inverse=True)[1].ravel()

    def weigh(
        self, y: np.ndarray, weights: np.ndarray | None, class_weight: object
    ) -> np.ndarray | None:
        if class_weight is not None:
            raise ParameterError(
                "Expected class_weight=None where a row may have several labels, got "
                f"{class_weight!r:.60}. Use sample_weight."
            )
        return weights

    def to_labels(self, proba: np.ndarray) -> np.ndarray:
        return (proba > 0.5).astype(int)
