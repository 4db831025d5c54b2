"""What a fit may be given, read as rows."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from keraswrap._data import LONE, as_rows
from keraswrap.exceptions import InputError, InputTypeError

NAN = float("nan")


@pytest.mark.parametrize(
    "X",
    [
        [[1, 2], [3, 4]],
        np.ones((2, 2)),
        sparse.csr_matrix(np.eye(2)),
        sparse.dok_array(np.eye(2)),
        pd.DataFrame({"a": [1, 2], "b": [0.5, NAN]}),
        pd.DataFrame([[1, 2]], columns=["a", "a"]),
        pd.DataFrame({"a": [1, 2]}, dtype=object),
    ],
    ids=lambda X: type(X).__name__,
)
def test_plain_numbers_are_left_to_scikit_learn(X):
    assert as_rows(X) is None


@pytest.mark.parametrize(
    "X",
    [
        ["good", "bad"],
        ("good", "bad"),
        np.array(["good", "bad"]),
        np.array(["good", "bad"], dtype=object),
        pd.Series(["good", "bad"]),
        pd.Series(["good", "bad"], dtype="string"),
        pd.Series(["good", "bad"], dtype="category"),
        pd.Index(["good", "bad"]),
    ],
    ids=lambda X: f"{type(X).__name__}-{getattr(X, 'dtype', '')}",
)
def test_texts_come_as_one_array_of_str(X):
    rows = as_rows(X)
    assert (rows.n, rows.shapes) == (2, {LONE: ()})
    assert rows.arrays[LONE].tolist() == ["good", "bad"]


def test_a_dict_gives_an_array_for_each_input():
    X = {"ids": [[1, 2], [3, 4]], "text": ["a", "b"], "wide": sparse.eye(2, format="coo")}
    rows = as_rows(X)
    assert rows.shapes == {"ids": (2,), "text": (), "wide": (2,)}
    assert rows.take([1]).arrays["ids"].tolist() == [[3, 4]]


def test_a_frame_with_text_gives_an_array_for_each_column():
    rows = as_rows(pd.DataFrame({"text": ["a", "b"], "stars": [1.0, 2.0]}))
    assert {name: array.tolist() for name, array in rows.arrays.items()} == {
        "text": ["a", "b"],
        "stars": [1.0, 2.0],
    }


def test_a_frame_of_one_text_column_keeps_its_shape():
    rows = as_rows(pd.DataFrame({"text": ["a", "b"]}))
    assert (rows.shapes, rows.columns) == ({LONE: (1,)}, ("text",))


@pytest.mark.parametrize(
    ("X", "match"),
    [
        ({}, "dict of arrays, one for each input"),
        ({"a": [1, 2], "b": [1]}, r"one length in X, got lengths \{'a': 2, 'b': 1\}"),
        ({"a": []}, "Found array with 0 sample"),
        ({"a": [[1], [2, 3]]}, r"equal length in X\['a'\], got ragged.*Pad or cut"),
        ({"a": 3}, r"one row for each sample in X\['a'\], got 3"),
        ({"a": None}, r"one row for each sample in X\['a'\]"),
        ({"a": [1.0, NAN]}, r"X\['a'\] contains NaN or infinity, first in row 1"),
        ({"a": ["good", NAN]}, r"every row of X\['a'\], got float nan in row 1"),
        ({"a": ["good", None]}, r"every row of X\['a'\], got NoneType None in row 1"),
        ({"a": ["good", 3]}, r"every row of X\['a'\], got int 3 in row 1"),
        ({"a": sparse.csr_matrix([[1.0], [NAN]])}, r"X\['a'\] contains NaN.*row 1"),
        ({"a": np.array(["2020-01-01"], dtype="M8[D]")}, "got dtype datetime64"),
        ({"a": [{"b": 1}]}, r"numbers or text in X\['a'\], got objects"),
        (["good", None], "every row of X, got NoneType None in row 1. Fill in or drop"),
        (["good", NAN], "got float nan in row 1"),
        ([NAN, "good"], "got float nan in row 0"),
        ([3, "good"], "got int 3 in row 0. Turn them into str"),
        (["good", b"bad"], "got bytes b'bad' in row 1"),
        (pd.Series(["good", None]), "in row 1"),
        ([["good", "bad"], ["bad", None]], "got NoneType None in row 1"),
        ([["good"], ["bad", "worse"]], "equal length in X, got ragged"),
        ([[1, 2], [3]], "equal length in X, got ragged"),
        ([np.ones(2), np.ones(3)], "equal length in X, got ragged"),
        (
            pd.DataFrame({"t": ["a", None]}),
            r"X\['t'\], got (NoneType None|float nan) in row 1. Fill in",
        ),
        (pd.DataFrame({"t": ["a", "b"], "x": [1, NAN]}), r"X\['x'\] contains NaN"),
        (
            pd.DataFrame({"d": pd.to_datetime(["2020-01-01"]), "x": [1]}),
            r"text in X\['d'\], got dtype datetime64",
        ),
        (pd.DataFrame({"c": pd.Categorical([1, 2])}), r"X\['c'\], got int 1 in row 0"),
        (pd.DataFrame([["a", 1]], columns=["a", "a"]), "more than once"),
    ],
)
def test_rows_that_cannot_be_used(X, match):
    with pytest.raises(InputError, match=match):
        as_rows(X)


@pytest.mark.parametrize(
    ("X", "match"),
    [
        ("one text", "got str 'one text'.*Wrap a single text in a list"),
        (b"one text", "got bytes"),
        (iter([1, 2]), "turn an iterator into one"),
        ((x for x in [[1]]), "got generator"),
        ({"a": "one text"}, "got str 'one text'"),
        ({"a": iter([1])}, "turn an iterator into one"),
    ],
)
def test_what_has_no_rows_is_refused(X, match):
    with pytest.raises(InputTypeError, match=match):
        as_rows(X)
