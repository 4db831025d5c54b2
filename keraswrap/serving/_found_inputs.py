"""Find what rows a fitted estimator takes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils import get_tags

from keraswrap.serving._columns import FLOAT32, Column
from keraswrap.serving._inputs import ColumnInputs, Inputs, MatrixInputs, TextInputs

__all__ = ["find_inputs", "innermost"]


def innermost(estimator: Any) -> Any:
    """Return what a meta-estimator of keraswrap fitted, else the estimator itself.

    Examples
    --------
    >>> innermost("anything")
    'anything'
    """
    while hasattr(estimator, "rank_by") and hasattr(estimator, "estimator_"):
        estimator = estimator.estimator_
    return getattr(estimator, "estimator", estimator) if _is_frozen(estimator) else estimator


def find_inputs(estimator: Any) -> Inputs:
    """Find what rows a fitted estimator takes.

    Parameters
    ----------
    estimator : estimator
        Of keraswrap, or any other of scikit-learn.

    Returns
    -------
    Inputs

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> find_inputs(LogisticRegression().fit([[0.0], [1.0]], [0, 1]))
    MatrixInputs(column=Column(name='', kind='number', shape=(1,), gaps=False, largest=inf), ...)
    """
    model = innermost(estimator)
    if hasattr(model, "vectorizer_") and hasattr(model, "numeric_scaling_"):
        return _of_text_estimator(model)
    if hasattr(model, "network_"):
        return _of_net(model)
    return _of_other(estimator)


def _is_frozen(estimator: Any) -> bool:
    return type(estimator).__name__ == "FrozenEstimator"


def _of_text_estimator(model: Any) -> Inputs:
    empty = model.empty == "allow"
    if model.numeric_scaling_ is None:
        return TextInputs(pairs=model.long_texts != "windows", empty=empty)
    numbers = tuple(Column(name, "number") for name in model.numeric_scaling_.names)
    taken = {column.name for column in numbers}
    text = next(name for name in ("text", "text_", "texts", "the text") if name not in taken)
    return ColumnInputs((Column(text, "text"), *numbers), as_frame=True)


def _of_net(model: Any) -> Inputs:
    network = model.network_
    sample = network.sample
    largest = math.inf if network.is_double else FLOAT32
    if set(sample.arrays) != {""}:
        columns = (_column(name, array, largest) for name, array in sample.arrays.items())
        return ColumnInputs(tuple(columns), as_frame=False)
    array, names = sample.arrays[""], sample.columns
    one = _column("", array, largest)
    if one.kind == "text":
        if names is None:
            return TextInputs(empty=True)
        return ColumnInputs((Column(names[0], "text"),), as_frame=True)
    if names is not None and len(one.shape) == 1:
        return MatrixInputs(one, tuple(map(str, names)))
    return MatrixInputs(one)


def _column(name: str, array: Any, largest: float) -> Column:
    shape = tuple(int(size) for size in array.shape[1:])
    if not sparse.issparse(array) and array.dtype.kind in "OUS":
        return Column(name, "text")
    return Column(name, "number", shape, largest=largest)


def _of_other(estimator: Any) -> Inputs:
    names, n = (getattr(estimator, name, None) for name in ("feature_names_in_", "n_features_in_"))
    if names is not None:
        columns = tuple(Column(str(name), "any") for name in np.asarray(names).tolist())
        return ColumnInputs(columns, as_frame=True)
    if n is None:
        return TextInputs(empty=True)
    gaps = bool(get_tags(estimator).input_tags.allow_nan)
    return MatrixInputs(Column("", "number", (int(n),), gaps=gaps))
