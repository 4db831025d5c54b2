"""Streams of batches: which they are, and what each gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from keraswrap._data.map_style import is_map_style
from keraswrap.exceptions import InputError, InputTypeError

if TYPE_CHECKING:
    import datasets
    import keras
    import tensorflow as tf

# Rows, labels and weights; the last two may be None.
Part = tuple[object, object, object]

# Bytes and rows per batch if the stream yields single rows.
_BYTES = 4 * 2**20
_ROWS = 1024

# Keyed by a class's package and its name there, or that of a base class.
_KINDS = {
    ("tensorflow", "DatasetV2"): "tf",
    ("keras", "PyDataset"): "keras",
    ("datasets", "Dataset"): "hub",
    ("datasets", "IterableDataset"): "hub stream",
    ("datasets", "DatasetDict"): "splits",
    ("datasets", "IterableDatasetDict"): "splits",
    ("datasets", "Column"): "hub column",
    ("torch", "IterableDataset"): "torch stream",
    ("torch", "Dataset"): "map",
    ("torch", "DataLoader"): "loader",
}


def kind_of(data: object) -> str | None:
    """Name the kind of dataset, without importing its package; None for everything else.

    Examples
    --------
    >>> kind_of([1, 2]) is None
    True
    """
    for kind in type(data).__mro__:
        found = _KINDS.get((kind.__module__.partition(".")[0], kind.__name__))
        if found:
            return found
    return "map" if is_map_style(data) else None


def split_element(element: object) -> Part:
    """Read an element as Keras does: x, or a tuple of x, y and weights.

    Raises
    ------
    InputError
        If it is a tuple of another length, or x is a tuple itself.
    """
    parts = element if isinstance(element, tuple) else (element,)
    if not 1 <= len(parts) <= 3 or isinstance(parts[0], tuple):
        raise InputError(
            f"Expected elements x, (x, y) or (x, y, sample_weight) with x an array or a dict, got "
            f"{_form(element)}. Map several inputs to a dict, keyed by the inputs of the net."
        )
    x, y, weight = (*parts, None, None)[:3]
    return x, y, weight


def _form(element: object) -> str:
    if isinstance(element, tuple):
        return f"({', '.join(map(_form, element))})"
    return type(element).__name__


# Python's own


def from_iterator(data: Iterator[object], batched: bool | None) -> Iterator[Part]:
    """Return the parts of an iterator.

    Raises
    ------
    InputError
        If it is not said whether its elements are batches.
    """
    if batched is None:
        raise InputError(
            f"Expected batched=True or batched=False for a {type(data).__name__}, got None: an "
            "iterator does not say. Say whether each element is a batch or one row."
        )
    elements = map(split_element, data)
    return elements if batched else map(_as_batch, elements)


def _as_batch(part: Part) -> Part:
    x, y, weight = part
    if isinstance(x, Mapping):
        x = {name: [value] for name, value in x.items()}
    return x if isinstance(x, dict) else [x], _one(y), _one(weight)


def _one(value: object) -> list[object] | dict[str, list[object]] | None:
    if isinstance(value, Mapping):
        return {name: [part] for name, part in value.items()}
    return None if value is None else [value]


# Keras


def from_keras(dataset: keras.utils.PyDataset) -> Iterator[Part]:
    """Return the batches of a PyDataset.

    Raises
    ------
    InputError
        If it has no end.
    """
    count = getattr(dataset, "num_batches", None)
    if count is None:
        raise InputError(
            f"Expected a {type(dataset).__name__} of a known number of batches, got an infinite "
            "one. Make its num_batches return their number."
        )
    return (split_element(dataset[position]) for position in range(count))


# tf.data


def from_tf(dataset: tf.data.Dataset, batched: bool | None) -> Iterator[Part]:
    """Return the batches of a tf.data.Dataset, batching its rows if needed.

    Raises
    ------
    InputError
        If it has no end, holds no plain tensors, or does not tell whether it is batched.
    """
    if int(dataset.cardinality()) == -1:
        raise InputError(
            "Expected a dataset that ends, got an infinite tf.data.Dataset. Leave repeat() out: "
            "epochs says how often the rows are seen. Or cut it with take()."
        )
    specs = _specs(dataset.element_spec)
    if _is_batched(dataset, specs) if batched is None else batched:
        return map(split_element, dataset.as_numpy_iterator())
    if all(spec.shape.is_fully_defined() for spec in specs):
        return map(split_element, dataset.batch(_rows_at_once(specs)).as_numpy_iterator())
    return map(_as_batch, map(split_element, dataset.as_numpy_iterator()))


def _specs(element: object) -> list[tf.TensorSpec]:
    parts = split_element(element)
    each = [part.values() if isinstance(part, Mapping) else [part] for part in parts]
    specs: list[object] = [spec for part in each for spec in part if spec is not None]
    for spec in specs:
        if type(spec).__name__ != "TensorSpec":
            raise InputTypeError(
                f"Expected a tf.data.Dataset of dense tensors, got {spec}. Map it to plain "
                "tensors first, for instance with to_tensor() or padded_batch."
            )
    return specs


def _rows_at_once(specs: list[tf.TensorSpec]) -> int:
    size = sum(int(np.prod(spec.shape.as_list())) * max(1, spec.dtype.size) for spec in specs)
    return int(np.clip(_BYTES // max(1, size), 1, _ROWS))


def _is_batched(dataset: tf.data.Dataset, specs: list[tf.TensorSpec]) -> bool:
    ranks = [spec.shape.rank for spec in specs]
    if 0 in ranks:
        return False  # a batch has an axis for its rows
    said = _said_by_steps(dataset)
    if said is not None:
        return said
    leading = [spec.shape[0] if spec.shape.rank else None for spec in specs]
    if len(specs) > 1 and set(leading) == {None}:
        return True
    if len(set(leading)) > 1:
        return False  # batches have one length
    raise InputError(
        f"Expected a tf.data.Dataset that reveals whether it yields batches or single rows, got "
        f"{dataset.element_spec}, which may be either. Pass batched=True or batched=False to "
        "keraswrap.data.row_view."
    )


# Steps that determine it, and steps that do not change it.
_STARTS = {"TensorSliceDataset": False, "RangeDataset": False, "SparseTensorSliceDataset": False}
_PASSING = (
    *("Prefetch", "Shuffle", "Cache", "Take", "Skip", "Repeat", "Options", "Concatenate"),
    *("Map", "Filter", "Shard", "AssertCardinality", "Zip", "Restructured", "IgnoreErrors"),
)


def _said_by_steps(dataset: tf.data.Dataset) -> bool | None:
    """Follow the steps that made a dataset back to one that decides."""
    while True:
        step = type(dataset).__name__.lstrip("_")
        if step in _STARTS:
            return _STARTS[step]
        if "Unbatch" in step or "Batch" in step:
            return "Unbatch" not in step
        if not any(passing in step for passing in _PASSING) or "FlatMap" in step:
            return None
        # Not part of TensorFlow's public interface; without it the element's shapes decide.
        made_from: list[tf.data.Dataset] = getattr(dataset, "_inputs", list)()
        if not made_from:
            return None
        dataset = made_from[0]


# Hugging Face


def from_hub_stream(
    dataset: datasets.IterableDataset | datasets.Dataset,
    columns: list[str] | None,
    label: str | None,
) -> Iterator[Part]:
    """Yield the batches of a Hugging Face IterableDataset.

    One column comes alone, several of plain numbers side by side, others by name.

    Parameters
    ----------
    dataset : datasets.IterableDataset, or a Dataset with a transform of its own
    columns : list of str, optional
        The columns of X; all but the label by default.
    label : str, optional
        The column that is y.
    """
    for batch in _hub_batches(dataset):
        y = batch[label] if label else None
        names = columns or [name for name in batch if name != label]
        x = {name: batch[name] for name in names}
        yield _put_together(x), y, None


def _put_together(x: dict[str, list[Any]]) -> object:
    if len(x) == 1:
        return next(iter(x.values()))
    plain = all(isinstance(values[0], int | float) for values in x.values())
    return np.column_stack(list(x.values())) if plain else x


def _hub_batches(
    dataset: datasets.IterableDataset | datasets.Dataset,
) -> Iterator[dict[str, list[object]]]:
    rows = iter(dataset)
    while taken := list(islice(rows, _ROWS)):
        yield {name: [row[name] for row in taken] for name in taken[0]}
