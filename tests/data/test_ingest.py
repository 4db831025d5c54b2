"""Data of every kind behind one view, and what cannot be put there."""

import keras
import numpy as np
import pandas as pd
import pytest
from sources import IN_ORDER, InBatches, hub, hub_stream, rows_of, tf_batches, tf_rows, tf_shuffled

from keraswrap._data.ingest import open_rows
from keraswrap.data import RowView, row_view
from keraswrap.exceptions import InputError, InputTypeError, ParameterError

X = np.arange(80, dtype="float32").reshape(20, 4)
Y = np.arange(20) % 3
TEXTS = np.array([f"text {i} é" for i in range(20)], dtype=object)
FRAME = pd.DataFrame({"a": [1, 2], "b": [0.5, 1.5], "stars": [5, 1]})


@pytest.mark.parametrize("source", IN_ORDER.values(), ids=IN_ORDER)
@pytest.mark.parametrize("rows", [X, X[:, :, None], TEXTS], ids=["vectors", "matrices", "texts"])
def test_rows_and_labels_come_as_they_went_in(source, rows):
    view, y, weight = row_view(source(rows, Y))
    assert isinstance(view, RowView)
    assert weight is None
    np.testing.assert_array_equal(np.asarray(view), rows)
    np.testing.assert_array_equal(np.asarray(view[[7, 0]]), rows[[7, 0]])
    np.testing.assert_array_equal(y, Y)


@pytest.mark.parametrize("labels", [np.array(["ä", "b"] * 10), np.arange(20) / 2, np.eye(20)])
@pytest.mark.parametrize("name", ["tf batches", "keras", "hub", "hub stream"])
def test_labels_of_every_kind(name, labels):
    y = row_view(IN_ORDER[name](X, labels.tolist() if "hub" in name else labels)).y
    np.testing.assert_array_equal(y, labels)


def test_rows_and_labels_stay_together_however_they_are_shuffled():
    view, y, _ = row_view(tf_shuffled(X, Y))
    order = np.asarray(view)[:, 0].astype(int) // 4
    assert order.tolist() != list(range(20))
    np.testing.assert_array_equal(np.asarray(view), X[order])
    np.testing.assert_array_equal(y, Y[order])


@pytest.mark.parametrize("make", [InBatches, lambda *parts: tf_rows(parts[0], parts[1:])])
def test_weights_come_along(make):
    import tensorflow as tf

    parts = (X, Y, np.linspace(0, 1, 20))
    data = make(*parts) if make is InBatches else tf.data.Dataset.from_tensor_slices(parts)
    np.testing.assert_allclose(row_view(data).sample_weight, parts[2])


@pytest.mark.parametrize("batched", [True, False])
def test_several_inputs_come_by_name(batched):
    dataset = tf_rows({"wide": X, "text": TEXTS}, Y)
    view = row_view(dataset.batch(6) if batched else dataset).X
    assert view.names == ("wide", "text")
    assert view[3]["text"] == TEXTS[3]
    np.testing.assert_array_equal(view.rows.arrays["wide"], X)


@pytest.mark.parametrize("batched", [True, False])
def test_an_iterator_says_whether_it_gives_batches(batched):
    rows = InBatches(X, Y) if batched else rows_of(X, Y)
    elements = (rows[i] for i in range(len(rows))) if batched else rows
    view, y, _ = row_view(elements, batched=batched)
    np.testing.assert_array_equal(np.asarray(view), X)
    np.testing.assert_array_equal(y, Y)


def test_data_without_labels():
    import tensorflow as tf

    for data in (tf.data.Dataset.from_tensor_slices(X), InBatches(X), X, X.tolist()):
        view, y, _ = row_view(data)
        assert y is None
        np.testing.assert_array_equal(np.asarray(view), X)


def test_a_frame_keeps_its_columns():
    view, y, _ = row_view(FRAME, label="stars")
    assert (view.names, y.tolist()) == (("a", "b"), [5, 1])
    assert row_view(FRAME, columns=["b"]).X.names == ("b",)


def test_a_dict_gives_its_label():
    view, y, _ = row_view({"text": ["a", "b"], "stars": [5, 1]}, label="stars")
    assert (list(view), y.tolist()) == (["a", "b"], [5, 1])


# What cannot be used


def tf_of(elements, *spec):
    import tensorflow as tf

    signature = tuple(tf.TensorSpec(shape, dtype) for shape, dtype in spec)
    signature = signature[0] if len(signature) == 1 else signature
    return tf.data.Dataset.from_generator(lambda: iter(elements), output_signature=signature)


def ragged():
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices(tf.ragged.constant([[1], [2, 3]]))


def splits():
    import datasets

    return datasets.DatasetDict({"train": hub(X, Y), "test": hub(X, Y)})


def hub_columns(**columns):
    import datasets

    return datasets.Dataset.from_dict(columns)


def unlabelled():
    import datasets

    features = datasets.Features({"x": datasets.Value("int64"), "label": datasets.ClassLabel(2)})
    return datasets.Dataset.from_dict({"x": [1, 2], "label": [0, -1]}, features=features)


class Endless(keras.utils.PyDataset):
    num_batches = None

    def __getitem__(self, position):
        return X, Y


BAD = {
    "empty tf": (lambda: tf_rows(X, Y).take(0), {}, "stream with 0 sample"),
    "empty hub": (lambda: hub(X, Y).select([]), {}, "dataset with 0 sample"),
    "empty array": (lambda: X[:0], {}, "0 sample"),
    "infinite": (lambda: tf_rows(X, Y).repeat(), {}, "infinite.*Leave repeat"),
    "endless keras": (Endless, {}, "known number of batches"),
    "ambiguous": (lambda: tf_of([X[0]], ((None,), "float32")), {}, "either. Pass batched=True"),
    "ragged rows": (
        lambda: tf_of([([1.0], 0), ([1.0, 2.0], 1)], ((None,), "float32"), ((), "int32")),
        {},
        r"one shape, \(1,\) as in row 0, got \(2,\) in row 1. Pad or cut",
    ),
    "ragged batches": (
        lambda: tf_of([X[:2], X[:2, :3]], ((None, None), "float32")),
        {"batched": True},
        r"one shape, \(4,\) as in row 0, got \(3,\) in row 2",
    ),
    "ragged lists": (lambda: hub_columns(x=[[1], [2, 3]]), {}, "1 in row 0 and another.* row 1"),
    "ragged stream": (
        lambda: hub_columns(x=[[1], [2, 3]]).to_iterable_dataset(), {}, "equal length in X"
    ),
    "tuple of inputs": (lambda: tf_rows((X, X), Y), {}, "Map several inputs to a dict"),
    "four parts": (lambda: InBatches(X, Y, Y, Y), {}, r"got \(ndarray, ndarray, ndarray, ndarray"),
    "broken bytes": (
        lambda: tf_rows(np.array([b"ok", b"caf\xe9"]), [0, 1]), {}, "UTF-8 in X.* row 1: .*Decode"
    ),
    "nan in a stream": (
        lambda: tf_batches(np.where(X == 76, np.nan, X), Y), {}, "NaN or infinity, first in row 19"
    ),
    "nan in a table": (lambda: hub(np.where(X == 76, np.nan, X), Y), {}, "NaN.*first in row 19"),
    "gap in a table": (lambda: hub_columns(x=["a", None]), {}, "column 'x', got None in row 1"),
    "gap in a list": (lambda: hub_columns(x=[[1, 2], [3, None]]), {}, "got None in row 1"),
    "dates": (lambda: hub_columns(x=[pd.Timestamp(0)]), {}, "numbers or text.*got timestamp"),
    "missing label": (lambda: hub(X, Y), {"label": "stars"}, r"\['stars'\].*\['x', 'label'\]"),
    "missing column": (lambda: hub(X, Y), {"columns": ["text"]}, r"\['text'\].*\['x', 'label'\]"),
    "missing stream column": (lambda: hub_stream(X, Y), {"columns": ["t"]}, r"got \['t'\]"),
    "missing frame column": (lambda: FRAME, {"label": "t"}, r"\['a', 'b', 'stars'\]"),
    "only labels": (lambda: hub_columns(label=[1]), {}, "columns besides the label 'label'"),
    "label None": (lambda: hub(X, [None, *Y[1:]]), {}, "column 'label', got None in row 0"),
    "label None in a stream": (
        lambda: hub_stream(X, [*Y[1:].tolist(), None]), {}, "label in every row, got .* in row 19"
    ),
    "unlabelled split": (unlabelled, {}, "'label', got -1 in row 1, which means no label"),
    "labels too few": (lambda: InBatches(X, Y[:-1]), {}, r"shape \(5,\) for 6 row.*from row 14"),
    "some labels": (
        lambda: iter([(X, Y), X]), {"batched": True}, "y in every batch or in none.*from row 20 on"
    ),
    "kinds change": (
        lambda: iter([np.ones((2, 1), "int32"), np.ones((2, 1)) / 3]),
        {"batched": True},
        "one kind, int32 as in row 0, got float64 in row 2",
    ),
    "iterator": (lambda: rows_of(X, Y), {}, "batched=True or batched=False for a zip"),
    "rows said to be batches": (lambda: tf_rows(X, Y), {"batched": True}, "batched="),
    "forbidden": (lambda: tf_rows(X, Y), {"materialize": False}, "materialize=False. Pass"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_put_behind_a_view(name):
    make, options, match = BAD[name]
    error = ParameterError if name == "forbidden" else InputError
    with pytest.raises(error, match=match):
        row_view(make(), **options)


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (splits, r"DatasetDict of \['train', 'test'\]. Choose one: row_view\(data\['train'\]\)"),
        (ragged, "dense tensors, got RaggedTensorSpec"),
        (lambda: tf_rows(X, Y).window(2), "dense tensors, got DatasetSpec"),
        (lambda: 3, "data with rows, got int 3"),
        (lambda: "one text", "Wrap a single text"),
        (lambda: {"a": tf_rows(X, Y)}, "not supported here.*keraswrap.data.row_view"),
    ],
)
def test_kinds_that_are_not_taken(make, match):
    with pytest.raises(InputTypeError, match=match):
        row_view(make())


def test_all_that_row_view_returned_is_no_rows():
    with pytest.raises(InputError, match="rows, y, weights = row_view"):
        open_rows(row_view(tf_batches(X, Y)))
