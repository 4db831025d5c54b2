"""Targets of several heads: slices as scikit-learn takes them."""

import pickle

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.model_selection import check_cv, train_test_split
from sklearn.utils import _safe_indexing

from keraswrap.data import TargetView
from keraswrap.exceptions import InputError

FRAME = pd.DataFrame({"topic": ["a", None, "c"], "stars": [1, 2, 3]}, index=[7, 8, 9])
COLUMNS = {
    "list": ["a", "b", "c"],
    "array": np.arange(6).reshape(3, 2),
    "series": FRAME["topic"],
    "sparse": sparse.coo_matrix(np.eye(3)),
    "tuple": (1, 2, 3),
}
VIEW = TargetView(COLUMNS)


@pytest.mark.parametrize(
    ("key", "rows"),
    [
        ([2, 0], [2, 0]),
        (np.array([True, False, True]), [0, 2]),
        (slice(1, None), [1, 2]),
        ([], []),
        (([1], ...), [1]),
    ],
)
def test_rows_are_taken_of_every_head(key, rows):
    taken = VIEW[key]
    assert len(taken) == len(rows) == taken.shape[0]
    assert taken.columns["list"] == ["abc"[row] for row in rows]
    np.testing.assert_array_equal(taken.columns["array"], COLUMNS["array"][rows])
    np.testing.assert_array_equal(taken.columns["sparse"].toarray(), np.eye(3)[rows])
    pd.testing.assert_series_equal(taken.columns["series"], COLUMNS["series"].iloc[rows])


def test_one_row_is_a_dict_and_so_is_each_of_an_array():
    assert VIEW[-1]["list"] == "c"
    assert VIEW[1]["sparse"].tolist() == [0, 1, 0]
    rows = np.asarray(VIEW)
    assert rows.shape == (3,)
    assert [row["tuple"] for row in rows] == [1, 2, 3]


def test_it_is_what_scikit_learn_takes():
    assert _safe_indexing(VIEW, [0, 2]).columns["list"] == ["a", "c"]
    assert type(check_cv(2, VIEW, classifier=True)).__name__ == "KFold"
    train, test = train_test_split(VIEW, test_size=1, random_state=0)
    assert sorted(train.columns["list"] + test.columns["list"]) == ["a", "b", "c"]
    assert pickle.loads(pickle.dumps(VIEW))[[1]].columns["list"] == ["b"]


def test_each_column_of_a_frame_is_a_head():
    assert TargetView(FRAME).names == ("topic", "stars")
    pd.testing.assert_series_equal(TargetView(FRAME)[1:].columns["stars"], FRAME["stars"][1:])


@pytest.mark.parametrize(
    ("targets", "match"),
    [
        ({}, "a dict with the target of each head by its name, got {}"),
        ([1, 2], r"a dict with the target of each head by its name, got \[1, 2\]"),
        ({1: [0]}, "names of heads to be strings.*got 1"),
        ({"a": [0, 1], "b": [0]}, r"one length for all heads, got {'a': 2, 'b': 1}"),
        ({"a": 3}, r"a target for each row in y\['a'\], got int 3"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "got names twice"),
    ],
)
def test_what_is_no_dict_of_targets_is_refused(targets, match):
    with pytest.raises(InputError, match=match):
        TargetView(targets)
