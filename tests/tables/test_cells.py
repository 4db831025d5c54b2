"""Cells as texts and labels."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from keraswrap._tables.cells import labels_of, plain, texts_of
from keraswrap.exceptions import InputError


def column(*values):
    return pd.Series(values, dtype=object, name="c")


def test_missing_texts_are_empty():
    assert texts_of(column("a", None, np.nan, pd.NA, 1.5, True)) == ["a", "", "", "", "1.5", "True"]


@pytest.mark.parametrize(("value", "said"), [(b"\xff", "got bytes that are no UTF-8"),
                                             ([1], "got list")])  # fmt: skip
def test_what_is_no_text_is_refused(value, said):
    with pytest.raises(InputError, match=f"Expected texts in the column 'c', {said}"):
        texts_of(column("a", value))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["10", "-9"], [10, -9]),
        (["007", "1"], ["007", "1"]),
        (["1" * 19], ["1" * 19]),
        ([Decimal("2"), Decimal("1.5")], [2.0, 1.5]),
        ([True, False], [True, False]),
    ],
)
def test_whole_numbers_become_numbers_and_codes_stay(given, expected):
    found = labels_of(column(*given), "t.csv")
    assert (found.tolist(), found.dtype) == (expected, np.array(expected).dtype)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["a", None, " "], "got none in 2 rows: row 1, 2, counted"),
        ([None] * 9, r"row 0, 1, 2, 3, 4, \.\.\., counted"),
        (["a", 1], "of one kind, .* got 'a' beside 1"),
        ([True, 1], "got True beside 1"),
        ([["a"]], r"got \['a'\]"),
    ],
)
def test_labels_are_all_there_and_of_one_kind(given, said):
    with pytest.raises(InputError, match=said):
        labels_of(column(*given), "t.csv")


def test_only_decimals_change():
    assert (plain(Decimal("1E+2")), plain("1"), plain(None)) == (100, "1", None)
