"""Hugging Face datasets as rows: read where they are."""

import pickle

import datasets
import numpy as np
import pytest
from datasets import Array2D, ClassLabel, Features, List, Value
from sources import hub

from keraswrap._data import LazyColumn, hub_dataset, hub_file_offsets
from keraswrap._data.arrow_file import FileColumn
from keraswrap.data import row_view
from keraswrap.exceptions import InputError

X = np.arange(3000, dtype="float32").reshape(1500, 2)
Y = np.arange(1500) % 2


def of(feature, values):
    return datasets.Dataset.from_dict({"x": values}, features=Features({"x": feature}))


def saved(table, folder):
    table.save_to_disk(folder / "table", num_shards=2)
    return datasets.load_from_disk(folder / "table")


@pytest.fixture
def never_whole(monkeypatch):
    """Leave all columns where they are, however few rows they have."""
    monkeypatch.setattr(hub_dataset, "BLOCK", 0)


KINDS = [
    (Value("int8"), [1, 2, 3]),
    (Value("bool"), [True, False, True]),
    (Value("string"), ["a", "é", ""]),
    (Value("large_string"), ["a", "é", "\x00b"]),
    (ClassLabel(names=["no", "yes"]), [0, 1, 1]),
    (List(Value("float64"), 2), [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]),
    (List(List(Value("int64"))), [[[1, 2], [3, 4]], [[5, 6], [7, 8]], [[9, 10], [11, 12]]]),
    (List(Value("string")), [["a", "b"], ["c", ""], ["é", "e"]]),
    (Array2D((2, 2), "float32"), np.arange(12, dtype="float32").reshape(3, 2, 2)),
]


@pytest.mark.parametrize(("feature", "values"), KINDS, ids=repr)
@pytest.mark.parametrize("where", ["whole", "memory", "files", "mapped"])
def test_every_kind_of_column(feature, values, where, tmp_path, monkeypatch):
    table = of(feature, values)
    if where != "whole":
        monkeypatch.setattr(hub_dataset, "BLOCK", 0)
    if where == "mapped":
        monkeypatch.setattr(hub_file_offsets, "_MAPS", tmp_path / "none")
    if where in ("files", "mapped"):
        table = saved(table, tmp_path)
    view = row_view(table).X
    column = view.rows.arrays[""]
    assert isinstance(column, LazyColumn) == (where != "whole")
    assert isinstance(column, FileColumn) == (where == "files" and feature != Value("bool"))
    for copy in (view, pickle.loads(pickle.dumps(view))):
        np.testing.assert_array_equal(np.asarray(copy), values)
        np.testing.assert_array_equal(copy[1], values[1])
        np.testing.assert_array_equal(
            np.asarray(copy[[2, 0, 1, 1]]), np.array(values)[[2, 0, 1, 1]]
        )


@pytest.fixture
def on_disk(tmp_path):
    return saved(hub(X, Y), tmp_path)


def test_rows_of_a_table_are_read_when_they_are_asked_for(on_disk, never_whole):
    column = row_view(on_disk).X[::2].rows.arrays[""]
    assert (column.shape, column.index.tolist()[:3]) == ((750, 2), [0, 2, 4])


@pytest.mark.parametrize(
    ("feature", "values", "match"),
    [
        (Value("float32"), [1.0, float("nan")], r"column 'x' contains NaN or infinity.* in row 1"),
        (Value("string"), ["a", None], r"in every row of column 'x', got None in row 1"),
        (List(Value("int8")), [[1], [2, 3]], r"rows of one length in column 'x', got 1 in row 0"),
        (List(List(Value("int8"))), [[[1, 2]], [[3, None]]], r"got None in row 1"),
    ],
)
def test_rows_on_disk_are_checked(feature, values, match, never_whole, tmp_path):
    with pytest.raises(InputError, match=match):
        row_view(saved(of(feature, values), tmp_path))


def test_several_columns_come_by_name():
    table = datasets.Dataset.from_dict({"text": ["a", "b"], "stars": [5, 1], "label": [0, 1]})
    view, y, _ = row_view(table)
    assert (view.names, view[1], y.tolist()) == (
        ("text", "stars"),
        {"text": "b", "stars": 1},
        [0, 1],
    )
    view, y, _ = row_view(table, label="stars", columns=["text"])
    assert (list(view), y.tolist()) == (["a", "b"], [5, 1])


def test_a_transform_of_the_users_own_makes_the_rows():
    table = hub(X[:4], Y[:4]).with_transform(
        lambda batch: {"x": [[2 * v for v in row] for row in batch["x"]], "label": batch["label"]}
    )
    view, y, _ = row_view(table)
    np.testing.assert_array_equal(np.asarray(view), 2 * X[:4])
    np.testing.assert_array_equal(y, Y[:4])


@pytest.mark.parametrize("name", ["plain", "nested"])
def test_a_column_alone(name):
    table = datasets.Dataset.from_dict({"plain": ["a", "b"], "nested": [{"t": "a"}, {"t": "b"}]})
    column = table["plain"] if name == "plain" else table["nested"]["t"]
    view, y, _ = row_view(column)
    assert (list(view), y) == (["a", "b"], None)
    assert list(row_view({"one": column, "two": [1, 2]}).X)[1] == {"one": "b", "two": 2}
