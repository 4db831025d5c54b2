"""Rows: texts with their ids, and labels brought into their order."""

import numpy as np
import pandas as pd
import pytest

from keraswrap.exceptions import InputError, InputTypeError
from keraswrap.labeling._rows import match_rows, objects, read_rows


@pytest.mark.parametrize(
    ("given", "ids"),
    [
        (["a", None, " "], [0, 1, 2]),
        (np.array(["a", None, " "], object), [0, 1, 2]),
        (pd.Series(["a", np.nan, " "], [7, 5, 9]), [7, 5, 9]),
        (pd.DataFrame({"said": ["a", pd.NA, " "]}, ["x", "y", "z"]), ["x", "y", "z"]),
    ],
)
def test_texts_keep_their_ids_and_a_missing_one_is_empty(given, ids):
    rows = read_rows(given)
    assert rows.texts.tolist() == ["a", "", " "]
    assert rows.row_ids.tolist() == ids
    assert rows.there.tolist() == [True, False, False]
    assert rows.take([2, 0]) == [" ", "a"]
    assert rows.take([]) == []


@pytest.mark.parametrize(
    ("given", "error", "match"),
    [
        (pd.DataFrame([["x", "y"]], columns=["a", "b"]), InputError, r"columns \['a', 'b'\]"),
        (pd.Series(["x", "y", "z"], [1, 2, 1]), InputError, r"each row once, got \[1\] several"),
        ([1, "b"], InputTypeError, "a text in each row, got 1 in row 0"),
        ("abc", InputTypeError, "a list of texts, got one str: wrap it"),
    ],
)
def test_what_are_no_rows_is_refused(given, error, match):
    with pytest.raises(error, match=match):
        read_rows(given)


ROWS = read_rows(pd.Series(["a", "b", "c"], [7, 5, 9]))


def test_labels_follow_the_index_and_lists_their_position():
    assert list(match_rows(ROWS, pd.Series([1, 2, 3], [5, 9, 7]), "rule")) == [3, 1, 2]
    assert list(match_rows(ROWS, [1, 2, 3], "rule")) == [1, 2, 3]


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ([1, 2], "Expected rule for 3 rows, as X has, got 2"),
        (3, "Expected rule with a label for each of 3 rows, got int"),
    ],
)
def test_labels_of_other_rows_are_refused(given, match):
    with pytest.raises(InputError, match=match):
        match_rows(ROWS, given, "rule")


def test_rows_that_are_named_otherwise_are_refused():
    rows = read_rows(pd.Series(["a", "b", "c"], ["x", "y", "z"]))
    with pytest.raises(InputError, match="Expected rule and X to be of the same rows"):
        match_rows(rows, pd.Series([1, 2, 3], ["x", "y", "w"]), "rule")


@pytest.mark.parametrize("values", [[[1], [2]], [(1, 2), (3, 4)], [np.ones(2)], [], ["a", None]])
def test_objects_stay_as_they_are_in_one_dimension(values):
    found = objects(iter(values))
    assert (found.shape, found.dtype) == ((len(values),), object)
    assert all(one is other for one, other in zip(found, values, strict=True))
