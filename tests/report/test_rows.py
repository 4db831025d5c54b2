"""Rows of any kind in words."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from keraswrap.data import row_view
from keraswrap.exceptions import InputError, InputTypeError
from keraswrap.report._rows import check_length, read_texts

TEXTS = ["a", "b", "c"]


@pytest.mark.parametrize(
    "X",
    [
        TEXTS,
        tuple(TEXTS),
        np.array(TEXTS),
        pd.Series(TEXTS, index=[7, 8, 9]),
        pd.DataFrame({"text": TEXTS}, index=[2, 0, 1]),
        {"text": TEXTS},
        row_view({"text": TEXTS}).X,
    ],
    ids=lambda X: type(X).__name__,
)
def test_texts_go_by_position(X):
    check_length(X, 3)
    assert read_texts(X, [2, 0]) == ["c", "a"]


@pytest.mark.parametrize(
    ("X", "words"),
    [
        (pd.DataFrame({"a": ["x"], "b": [1.5]}), "a: x\nb: 1.5"),
        ({"a": ["x"], "b": [[1.0, 2.0]]}, "a: x\nb: 1, 2"),
        (np.array([[1.0, 0.123456]]), "1, 0.1235"),
        (np.zeros((1, 4, 5)), ", ".join(["0"] * 12) + ", … (20 values)"),
        (sparse.csr_matrix([[0, 2.0, -3.0]]), "column 2: -3\ncolumn 1: 2"),
        ([None], ""),
        (pd.Series([np.nan]), ""),
        (["half \ud83d"], "half \ufffd"),
    ],
)
def test_other_rows_are_told(X, words):
    assert read_texts(X, [0]) == [words]


@pytest.mark.parametrize("X", ["one text", iter(TEXTS)])
def test_what_has_no_rows_is_refused(X):
    with pytest.raises(InputTypeError, match="Expected rows that can be indexed"):
        read_texts(X, [0])


def test_another_length_is_refused():
    with pytest.raises(
        InputError, match="Expected as many rows in X as there are labels, 4, got 3"
    ):
        check_length({"text": TEXTS}, 4)
