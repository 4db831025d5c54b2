"""Whatever has rows → one view of them, with the labels and weights that came along."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from keraswrap._data import dataset_batches
from keraswrap._data.column_selection import check_columns, check_labels, choose
from keraswrap._data.dataset_batches import kind_of
from keraswrap._data.dataset_labels import check_beside
from keraswrap._data.hub_dataset import read_column, rows_of_table, values_of_table
from keraswrap._data.in_memory_rows import as_view
from keraswrap._data.index_alignment import check_order
from keraswrap._data.map_style import from_loader, from_maps
from keraswrap._data.net_inputs import as_inputs
from keraswrap._data.row_data import LONE, Column, RowData, Rows, RowView
from keraswrap._data.row_store import materialise
from keraswrap._target_view import as_targets
from keraswrap.exceptions import InputError, InputTypeError, ParameterError

if TYPE_CHECKING:
    import datasets


def row_view(
    data: object,
    *,
    label: str | None = None,
    columns: Sequence[str] | None = None,
    batched: bool | None = None,
    materialize: bool = True,
    folder: str | os.PathLike[str] | None = None,
) -> RowData:
    """Wrap data of any kind in a view that can be indexed by row.

    Data that can be indexed in place are not copied: arrays stay in memory, and columns
    of a Hugging Face dataset larger than 16 MiB stay in their files. A stream is read
    once, so rows and labels stay aligned however it is shuffled. Its rows are kept: in
    memory up to 16 MiB, else in a temporary Arrow file that is deleted with the view,
    with at most a few batches in memory.

    Parameters
    ----------
    data : dataset
        A ``tf.data.Dataset`` or ``keras.utils.PyDataset`` of x, (x, y) or
        (x, y, sample_weight), x an array or a dict; a Hugging Face ``Dataset``,
        ``IterableDataset`` or column; PyTorch's map-style ``Dataset`` or
        ``DataLoader``, or any class that returns (x, y) for a row number; an iterator
        of such elements; a dict of arrays, DataFrame, array or list. The keys of a dict
        are the names or numbers of the net's inputs: ``{0: X1, 1: X2}``.
    label : str, optional
        The column with the labels. By default, for Hugging Face datasets, the column
        ``"label"`` or ``"labels"`` if there is one. A ``ClassLabel`` remains a number.
    columns : sequence of str, optional
        The columns of X; all but `label` by default.
    batched : bool, optional
        Whether a ``tf.data.Dataset`` or an iterator yields batches. By default this is
        inferred from how the dataset was built, and an error is raised if it cannot be.
    materialize : bool, default=True
        Whether a stream may be stored. If False, a stream raises an error.
    folder : str or path, optional
        Folder for the Arrow file of a stream; if given, the file is written at any
        size. By default the system's folder for temporary files.

    Returns
    -------
    RowData
        ``(X, y, sample_weight)``; X is a `RowView`.

    Raises
    ------
    InputError
        If the data are empty, infinite or ragged, or lack labels or columns.
    InputTypeError
        If the type is not supported.
    ParameterError
        If a stream would have to be stored and `materialize` is False.
    StorageError
        If the folder cannot be written or is full; no partial file is left.
    MissingExtraError
        If pyarrow is needed but not installed.

    Examples
    --------
    >>> import tensorflow as tf
    >>> from keraswrap.data import row_view
    >>> stream = tf.data.Dataset.from_tensor_slices(([[0.0], [1.0], [2.0]], ["a", "b", "c"]))
    >>> X, y, _ = row_view(stream.shuffle(3, seed=0).batch(2))
    >>> X, sorted(zip(X, y))[2]
    (RowView of 3 rows: rows (1 numbers), (array([2.], dtype=float32), 'c'))
    """
    found = _open(data, label, columns, batched, materialize, folder)
    return found._replace(y=check_labels(found.y))


def _open(
    data: Any,
    label: str | None = None,
    columns: Sequence[str] | None = None,
    batched: bool | None = None,
    materialize: bool = True,
    folder: str | os.PathLike[str] | None = None,
) -> RowData:
    kind = kind_of(data)
    if kind == "splits":
        raise InputTypeError(
            f"Expected one split of a dataset, got a {type(data).__name__} of {list(data)}. "
            f"Choose one: row_view(data[{next(iter(data), 'train')!r}])."
        )
    if kind == "torch stream":
        raise InputTypeError(
            f"Expected a dataset with a length, got PyTorch's {type(data).__name__}, which may be "
            "infinite. If it ends, pass row_view(iter(dataset), batched=False)."
        )
    if kind == "hub column":
        return RowData(RowView(Rows({LONE: _column_or_array(read_column(data))})))
    if kind in ("hub", "hub stream"):
        return _open_hub(data, kind, label, columns, materialize, folder)
    if kind or hasattr(data, "__next__"):
        found = _keep(data, _parts(data, kind, batched), materialize, folder)
    else:
        found = RowData(data if isinstance(data, RowView) else as_view(data))
    return choose(found, label, columns)


def _column_or_array(column: Column | list[object]) -> Column:
    return as_view(column).rows.arrays[LONE] if isinstance(column, list) else column


def _parts(data: Any, kind: str | None, batched: bool | None) -> Iterator[dataset_batches.Part]:
    if kind == "tf":
        return dataset_batches.from_tf(data, batched)
    if kind == "keras":
        return dataset_batches.from_keras(data)
    if kind == "map":
        return from_maps(data)
    if kind == "loader":
        return from_loader(data)
    return dataset_batches.from_iterator(data, batched)


def _keep(
    data: object,
    parts: Iterator[dataset_batches.Part],
    allowed: bool,
    folder: str | os.PathLike[str] | None,
) -> RowData:
    if not allowed:
        raise ParameterError(
            f"Expected rows that can be indexed, got the stream {type(data).__name__}, which must "
            "be kept for that, and materialize=False. Pass materialize=True, and folder= to say "
            "where."
        )
    rows, y, weight = materialise(parts, folder)
    return RowData(RowView(rows), y, weight)


def _open_hub(
    data: datasets.Dataset | datasets.IterableDataset,
    kind: str,
    label: str | None,
    columns: Sequence[str] | None,
    materialize: bool,
    folder: str | os.PathLike[str] | None,
) -> RowData:
    names = _column_names(data)
    label = _hub_label(names, label)
    chosen = check_columns(columns, names) or [name for name in names if name != label]
    if kind == "hub stream" or data.format["type"] == "custom":  # a transform makes the rows
        parts = dataset_batches.from_hub_stream(data, list(columns) if columns else None, label)
        found = _keep(data, parts, materialize, folder)
        lone = LONE in found.X.rows.arrays and len(chosen) > 1
        rows = replace(found.X.rows, columns=tuple(chosen) if lone else None)
        return found._replace(X=RowView(rows))
    if not data.num_rows:
        raise InputError("Found a dataset with 0 sample(s) while a minimum of 1 is required.")
    if not chosen:
        raise InputError(f"Expected columns besides the label {label!r}, got {names}.")
    y = None if label is None else values_of_table(data, label)
    return RowData(RowView(rows_of_table(data, chosen)), y)


def _column_names(data: datasets.Dataset | datasets.IterableDataset) -> list[str]:
    if data.column_names is not None:
        return list(data.column_names)
    return list(next(iter(data), {}))  # a mapped stream does not know its columns


def _hub_label(names: Sequence[str], label: str | None) -> str | None:
    if label is None:
        return next((name for name in ("label", "labels") if name in names), None)
    check_columns([label], names)
    return label


def unpack(X: object, y: object = None, sample_weight: object = None) -> RowData:
    """Open a dataset that stands in X's place, and see that all are of the same rows.

    Parameters
    ----------
    X, y, sample_weight
        As a user passed them to fit or score.

    Returns
    -------
    RowData
        As passed, where X is no dataset and no list of inputs.

    Raises
    ------
    InputError
        If the labels and weights beside a dataset are not its own, row by row
        (`dataset_labels`), or indices show that y or weights are in another order than
        X (`index_alignment`).

    Examples
    --------
    >>> unpack([[1.0]], [0]).X
    [[1.0]]
    """
    if kind_of(y) == "hub column":
        column = read_column(y)
        y = np.asarray(column if isinstance(column, list) else column[:])
    y = as_targets(y)
    X = as_inputs(X, _length(y))
    kind = kind_of(X)
    check_order({"X": X, "y": y, "sample_weight": sample_weight})
    if kind is None:
        return RowData(X, y, sample_weight)
    return check_beside(X, kind, row_view(X), y, sample_weight)


def open_data(
    X: object, y: object, params: Mapping[str, object]
) -> tuple[object, object, dict[str, object]]:
    """Open a dataset, and put several arrays behind one view.

    Parameters
    ----------
    X, y : rows and targets
        As they were passed.
    params : mapping
        What else was passed, such as ``sample_weight``.

    Returns
    -------
    X, y : rows and targets
        That rows can be taken of.
    params : dict

    Raises
    ------
    InputError
        If a dataset has other labels or weights itself, or indices show that
        one is in another order than another.

    Examples
    --------
    >>> open_data({"left": [1, 2], "right": [3, 4]}, [0, 1], {})[0]
    RowView of 2 rows: left (number), right (number)
    """
    y = as_targets(y)
    check_order({"X": X, "y": y, **params})
    X, y, weight = unpack(X, y, params.get("sample_weight"))
    if isinstance(X, Mapping):
        X = row_view(X).X
    return X, y, dict(params) if weight is None else {**params, "sample_weight": weight}


def _length(y: object) -> int | None:
    if hasattr(y, "shape"):
        return int(y.shape[0]) if len(y.shape) else None
    return len(y) if hasattr(y, "__len__") else None


def open_rows(X: Any) -> object:
    """Open a dataset, ignoring any labels.

    Raises
    ------
    InputError
        If X is the whole result of `row_view`, which holds labels as well.

    Examples
    --------
    >>> open_rows([[1.0]])
    [[1.0]]
    """
    if isinstance(X, RowData):
        raise InputError(
            "Expected rows, got all that row_view returned: rows, labels and weights. Pass them "
            "one by one: rows, y, weights = row_view(data), then fit(rows, y)."
        )
    kind = kind_of(X)
    if kind is None:
        return X
    if kind == "hub" and X.num_rows and X.format["type"] != "custom":
        X = without_label(X)
    return _open(X).X


def without_label(dataset: datasets.Dataset) -> datasets.Dataset:
    """Leave out the column of a Hugging Face dataset that is taken for labels, if there is one."""
    label = _hub_label(dataset.column_names, None)
    return dataset.remove_columns([label]) if label else dataset
