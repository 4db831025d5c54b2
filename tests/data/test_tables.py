"""Hugging Face datasets as rows: read where they are."""

import pickle

import datasets
import numpy as np
import pytest
from datasets import Array2D, ClassLabel, Features, List, Value
from sources import hub

from keraswrap._data import tables
from keraswrap.data import row_view

X = np.arange(3000, dtype="float32").reshape(1500, 2)
Y = np.arange(1500) % 2


def of(feature, values):
    return datasets.Dataset.from_dict({"x": values}, features=Features({"x": feature}))


@pytest.mark.parametrize(
    ("feature", "values"),
    [
        (Value("int8"), [1, 2]),
        (Value("bool"), [True, False]),
        (Value("large_string"), ["a", "é"]),
        (ClassLabel(names=["no", "yes"]), [0, 1]),
        (List(Value("float64"), 2), [[1.0, 2.0], [3.0, 4.0]]),
        (List(List(Value("int64"))), [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]),
        (List(Value("string")), [["a", "b"], ["c", ""]]),
        (Array2D((2, 2), "float32"), np.ones((2, 2, 2), "float32")),
    ],
    ids=repr,
)
def test_every_kind_of_column(feature, values):
    view = row_view(of(feature, values)).X
    np.testing.assert_array_equal(np.asarray(view), values)
    np.testing.assert_array_equal(view[1], values[1])


@pytest.fixture
def on_disk(tmp_path):
    hub(X, Y).save_to_disk(tmp_path / "table")
    return datasets.load_from_disk(tmp_path / "table")


@pytest.mark.parametrize("held", [0, 2**30])
def test_a_table_that_is_opened_anew_reads_the_same(on_disk, held, monkeypatch):
    monkeypatch.setattr(tables, "_HELD", held)
    shuffled = on_disk.shuffle(seed=0)
    view, y, _ = row_view(shuffled)
    for key in (slice(None), slice(1490, None), [1400, 3, 3], -1):
        np.testing.assert_array_equal(np.asarray(view[key]), np.array(shuffled["x"])[key])
    np.testing.assert_array_equal(y, shuffled["label"])
    copy = pickle.loads(pickle.dumps(view[[1400, 3]]))
    np.testing.assert_array_equal(np.asarray(copy), np.array(shuffled["x"])[[1400, 3]])


def test_rows_of_a_table_are_read_when_they_are_asked_for(on_disk):
    column = row_view(on_disk).X[::2].rows.arrays[""]
    assert (column.shape, column.index.tolist()[:3]) == ((750, 2), [0, 2, 4])


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
