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
        known = _known_values(estimator)
        columns = (Column(name, "any", example=known.get(name, 0.0)) for name in map(str, names))
        return ColumnInputs(tuple(columns), as_frame=True)
    if n is None:
        return TextInputs(empty=True)
    gaps = bool(get_tags(estimator).input_tags.allow_nan)
    return MatrixInputs(Column("", "number", (int(n),), gaps=gaps))


def _known_values(estimator: Any) -> dict[str, object]:
    """Return a value of each column that a fitted step knows: an encoder takes no others."""
    found: dict[str, object] = {}
    for name in ("steps", "transformers_", "transformer_list"):
        for _, step, *columns in getattr(estimator, name, ()):
            found |= _known_values(step)
            if columns and isinstance(columns[0], str):  # one column alone, as of texts
                found.setdefault(columns[0], "An example.")
    for held in _held_by(estimator):
        found |= _known_values(held)
    names = getattr(estimator, "feature_names_in_", ())
    for name, values in zip(map(str, names), _values_of(estimator), strict=False):
        if values:
            found[name] = values[0]
    return found


def _held_by(estimator: Any) -> list[Any]:
    """Return the fitted estimators that a meta-estimator gives its rows as they are."""
    alone = [getattr(estimator, name, None) for name in ("estimator_", "best_estimator_")]
    several = getattr(estimator, "estimators_", ())  # of voting and stacking, trees of boosting
    calibrated = (one.estimator for one in getattr(estimator, "calibrated_classifiers_", ()))
    # No array of a list: a pipeline in it would be taken for a list of its steps.
    found = [*alone, *(several.flat if isinstance(several, np.ndarray) else several), *calibrated]
    return [one for one in found if hasattr(one, "predict") or hasattr(one, "transform")]


def _values_of(estimator: Any) -> list[list[object]]:
    """Return the values of each column that an encoder or imputer has learned, without gaps."""
    learned = getattr(estimator, "categories_", None)
    if learned is None:
        learned = [[value] for value in getattr(estimator, "statistics_", ())]
    columns = [np.asarray(values, dtype=object).tolist() for values in learned]
    return [[one for one in values if one is not None and one == one] for values in columns]
