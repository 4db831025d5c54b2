"""The table of ``keraswrap design``: which texts are numbers, and what is the target."""

import argparse

import numpy as np
import pandas as pd
import pytest

from keraswrap.cli._design import load_target, typed
from keraswrap.exceptions import InputError, ParameterError


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (["1", "20", "-3"], [1, 20, -3]),
        (["1", "", None], [1.0, np.nan, np.nan]),
        ([" 1.5 ", "2e3", "0"], [1.5, 2000.0, 0.0]),
    ],
)
def test_texts_that_are_all_numbers_are_numbers(texts, values):
    made = typed(pd.DataFrame({"a": texts}))["a"]
    np.testing.assert_array_equal(made.to_numpy(), values)
    assert made.dtype == np.array(values).dtype


@pytest.mark.parametrize(
    "texts", [["007", "8"], ["+1", "2"], ["1", "x"], ["1,5", "2"], ["nan", "1"], ["1_0", "2"]]
)
def test_others_stay_texts(texts):
    assert typed(pd.DataFrame({"a": texts}))["a"].tolist() == texts


def test_blank_texts_are_gaps():
    made = typed(pd.DataFrame({"a": ["x", " ", "", None]}))["a"]
    assert made.isna().tolist() == [False, True, True, True]


def test_columns_with_types_keep_them():
    frame = pd.DataFrame({"a": [1, 2], "b": [True, False], "c": pd.to_datetime(["2026-01-01"] * 2)})
    pd.testing.assert_frame_equal(typed(frame), frame)


def options(tmp_path, target, drop=()):
    frame = pd.DataFrame({"id": ["a", "b"], "age": [1, 2], "buys": ["no", "yes"]})
    frame.to_csv(tmp_path / "t.csv", index=False)
    return argparse.Namespace(
        data=str(tmp_path / "t.csv"), target=target, drop=list(drop), encoding="utf-8", max_size=1.0
    )


def test_the_target_and_what_is_left_out_are_no_columns(tmp_path):
    X, y = load_target(options(tmp_path, "buys", ["id"]))
    assert list(X) == ["age"]
    assert (y.tolist(), y.name) == (["no", "yes"], "buys")
    assert load_target(options(tmp_path, "age"))[1].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("target", "drop", "error", "message"),
    [
        ("bys", [], InputError, "Did you mean 'buys'"),
        ("buys", ["ages"], InputError, "Did you mean 'age'"),
        ("buys", ["buys"], ParameterError, "other columns than --target as --drop, got 'buys'"),
        ("buys", ["id", "age"], InputError, "a column besides 'buys' to predict it from"),
    ],
)
def test_columns_that_cannot_be_used_are_told(tmp_path, target, drop, error, message):
    with pytest.raises(error, match=message):
        load_target(options(tmp_path, target, drop))
