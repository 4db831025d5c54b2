"""Rows of any kind, as texts, numbers and columns."""

import numpy as np
import pandas as pd
import pytest

from keraswrap.exceptions import InputError, InputTypeError
from keraswrap.issues.rows._content import read_content
from keraswrap.issues.rows._find import find_row_issues


def test_missing_numbers_are_found_and_stop_nothing():
    X = np.random.default_rng(0).normal(size=(30, 4))
    X[3, 1], X[8, 0], X[:, 2] = np.nan, np.inf, np.nan
    assert find_row_issues(X[:, [0, 1, 3]]).rows("missing").tolist() == [3, 8]
    assert len(find_row_issues(X).rows("missing")) == 30


@pytest.mark.parametrize(
    ("values", "is_text"),
    [
        (["it works so very well", "no"], True),
        (
            [
                "この製品は期待していたよりもずっと良くて大変満足しています",
                "素晴らしい製品ですのでまた購入したいです",
            ],
            True,
        ),
        (["red", "blue"], False),
        (["2024-01-05 10:00:00 UTC", "2024-01-06 11:30:00 UTC"], False),
        (pd.to_datetime(["2024-01-05", "2024-01-06"]), False),
        (pd.Categorical(["Ann Lee", "Bob Ray"]), False),
    ],
)
def test_texts_are_told_from_names_and_dates(values, is_text):
    content = read_content(pd.DataFrame({"a": values, "b": [1.5, 2.5]}))
    assert (content.text_columns == ("a",)) is is_text


@pytest.mark.parametrize(
    ("X", "match", "error"),
    [
        (None, "rows in X, got None", InputError),
        ("one text", "Wrap a single text in a list", InputTypeError),
        (5, "rows in X, got the single int 5", InputError),
        ({"a": [1, 2], "b": [1]}, r"one length in X, got lengths \[1, 2\]", InputError),
        ([[1, 2], [3]], "equal length in X", InputError),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "different names", InputError),
    ],
)
def test_what_is_no_data_is_refused(X, match, error):
    with pytest.raises(error, match=match):
        find_row_issues(X)
