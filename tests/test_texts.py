"""Texts, whatever holds them: read as lists, or refused by their rows."""

import itertools
from pathlib import Path

import datasets
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from keraswrap._texts import check_optional_texts
from keraswrap.data import row_view
from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.text import check_texts

HOLDERS = {
    "list": list,
    "tuple": tuple,
    "iterator": iter,
    "strings": np.array,
    "objects": lambda texts: np.array(texts, dtype=object),
    "one column": lambda texts: np.array(texts)[:, None],
    "series": pd.Series,
    "shuffled index": lambda texts: pd.Series(texts, index=[7, 3]),
    "python series": lambda texts: pd.Series(texts, dtype="string[python]"),
    "arrow series": lambda texts: pd.Series(texts, dtype="string[pyarrow]"),
    "arrow-backed": lambda texts: pd.Series(texts, dtype=pd.ArrowDtype(pa.string())),
    "category": lambda texts: pd.Series(texts, dtype="category"),
    "index": pd.Index,
    "frame": lambda texts: pd.DataFrame({"text": texts}),
    "arrow": pa.array,
    "chunked": lambda texts: pa.chunked_array([[text] for text in texts]),
    "large": lambda texts: pa.array(texts, pa.large_string()),
    "dictionary": lambda texts: pa.array(texts).dictionary_encode(),
    "table": lambda texts: pa.table({"text": texts}),
    "dataset": lambda texts: datasets.Dataset.from_dict({"text": texts}),
    "view": lambda texts: row_view({"text": texts}).X,
    "view of a frame": lambda texts: row_view(pd.DataFrame({"text": texts})).X,
    "view of a list": lambda texts: row_view([*texts, "more"]).X[:2],
    "dataset column": lambda texts: datasets.Dataset.from_dict({"a": texts, "b": [1, 2]})["a"],
}


@pytest.mark.parametrize("holder", HOLDERS)
def test_texts_are_the_same_whatever_holds_them(holder):
    texts = check_texts(HOLDERS[holder](["it broke", "good"]))
    assert texts == ["it broke", "good"]
    assert {type(text) for text in texts} == {str}


FRAME = pd.DataFrame({"title": ["good"], "text": ["bad"]})


@pytest.mark.parametrize(
    ("texts", "error", "message"),
    [
        (FRAME, InputError, r"one column of texts, got the columns \['title', 'text'\]"),
        (pa.table(FRAME), InputError, r"got the columns \['title', 'text'\]"),
        (row_view(FRAME).X, InputError, r"got the columns \['title', 'text'\]"),
        (np.array([["good", "bad"]]), InputError, r"got an array of shape \(1, 2\)"),
        ({"text": ["good"]}, InputTypeError, "one per row, got a dict. Pass a list"),
        ({"good", "bad"}, InputTypeError, "one per row, got a set"),
        (Path("good"), InputTypeError, "got one PosixPath"),
        (np.array("good"), InputTypeError, "Expected a list of texts, got array"),
        (3, InputTypeError, "Expected a list of texts, got 3"),
        (itertools.count(), InputTypeError, "got 0 in row 0"),
        ([b"good"], InputTypeError, "got b'good' in row 0. Decode it"),
        (pd.Series(["good", None], dtype="string"), InputTypeError, "got <NA> in row 1"),
        (pa.array(["good", None]), InputTypeError, "got None in row 1"),
    ],
)
def test_what_holds_no_column_of_texts_is_refused(texts, error, message):
    with pytest.raises(error, match=message):
        check_texts(texts)


@pytest.mark.parametrize(
    ("bare", "rows"), [([1], "1"), ([0, 2], "0, 2"), (list(range(9)), "0, 1, 2, 3, 4, ...")]
)
@pytest.mark.parametrize("empty", ["", " ", "\t\n", "\u3000"])
def test_empty_texts_are_named_by_their_rows(bare, rows, empty):
    texts = [empty if row in bare else "good" for row in range(10)]
    with pytest.raises(InputError, match=f"got {len(bare)} of 10 without any, in row {rows}\\."):
        check_texts(texts)
    assert check_texts(texts, empty="allow") == texts


def test_an_unknown_way_with_empty_texts_is_refused():
    with pytest.raises(ParameterError, match="'error' or 'allow', got 'drop'"):
        check_texts(["good"], empty="drop")


@pytest.mark.parametrize(
    "gone", [None, float("nan"), np.nan, np.float32("nan"), pd.NA, pd.NaT, " "]
)
@pytest.mark.parametrize("put", [list, lambda rows: np.array(rows, object), pd.Series])
def test_missing_and_blank_texts_are_none_where_they_may_be(gone, put):
    assert check_optional_texts(put(["good", gone])) == ["good", None]
    with pytest.raises(InputTypeError, match="got 3 in row 1"):
        check_optional_texts(put(["good", 3]))


def test_missing_texts_of_arrow_are_none_and_no_rows_are_refused():
    assert check_optional_texts(pa.array([None, "good"])) == [None, "good"]
    with pytest.raises(InputError, match="at least one text, got none"):
        check_optional_texts([])
