"""A view of rows: sliced like an array, without copying."""

import pickle

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from keraswrap.data import RowView, row_view
from keraswrap.exceptions import InputError, InputTypeError

X = np.arange(12.0).reshape(6, 2)
PAIR = {"left": np.arange(6), "right": ["a", "b", "c", "d", "e", "f"]}
KEYS = {
    "list": [4, 0, 4],
    "array": np.array([5, -1]),
    "slice": slice(4, None, -2),
    "mask": np.arange(6) % 2 == 0,
    "list of bools": [True] * 3 + [False] * 3,
    "empty": [],
    "series": pd.Series([2, 3]),
    "as scikit-learn asks": (np.array([1, 2]), Ellipsis),
}


@pytest.fixture
def view():
    return row_view(X).X


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_rows_are_those_of_the_array(key, view):
    found = view[key]
    assert isinstance(found, RowView)
    np.testing.assert_array_equal(np.asarray(found), X[key])
    assert (len(found), found.shape) == (len(X[key]), X[key].shape)


def test_slices_of_slices_are_those_of_the_array(view):
    np.testing.assert_array_equal(np.asarray(view[1:][[3, 0]][::-1]), X[1:][[3, 0]][::-1])


@pytest.mark.parametrize("key", [6, -7, [0, 6], "left", 1.0, [0.5], [[0], [1]], True, [True]])
def test_what_is_no_row_is_an_index_error(key, view):
    with pytest.raises(IndexError, match=r"out of bounds|Expected a row's number|boolean index"):
        view[key]


@pytest.mark.parametrize("position", [0, -1, np.int64(3)])
def test_one_row_is_a_value_or_a_dict(position, view):
    np.testing.assert_array_equal(view[position], X[position])
    assert row_view(PAIR).X[position] == {k: v[position] for k, v in PAIR.items()}


def test_rows_are_walked_through_in_order(view):
    np.testing.assert_array_equal(list(view[::-1]), X[::-1])
    assert [row["right"] for row in row_view(PAIR).X[2:4]] == ["c", "d"]
    assert all(type(text) is str for text in row_view(PAIR["right"]).X)


def test_nothing_is_copied(view):
    assert np.shares_memory(np.asarray(view), X)
    assert view[2:]._base is view._base


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (X, "RowView of 6 rows: rows (2 numbers)"),
        (PAIR, "RowView of 6 rows: left (number), right (text)"),
        (np.zeros((6, 2, 3)), "RowView of 6 rows: rows (2×3 numbers)"),
    ],
)
def test_it_says_what_it_holds(data, text):
    assert repr(row_view(data).X) == text


def test_it_pickles(view):
    copy = pickle.loads(pickle.dumps(view[[3, 1]]))
    np.testing.assert_array_equal(np.asarray(copy), X[[3, 1]])


def test_one_more_row(view):
    np.testing.assert_array_equal(np.asarray(view[:2].append(view[5])), X[[0, 1, 5]])
    pair = row_view(PAIR).X
    assert list(pair[:1].append(pair[5])) == [pair[0], pair[5]]
    with pytest.raises(InputError, match=r"row with \['left', 'right'\], got \['other'\]"):
        pair.append({"other": 1})


def test_several_columns_are_no_one_array():
    with pytest.raises(InputTypeError, match=r"view of the columns \['left', 'right'\]"):
        np.asarray(row_view(PAIR).X)


def test_sparse_rows_stay_sparse():
    view = row_view(sparse.csr_matrix(X)).X[[5, 0]]
    assert sparse.issparse(view.rows.arrays[""])
    np.testing.assert_array_equal(np.asarray(view), X[[5, 0]])


# scikit-learn's own tools
