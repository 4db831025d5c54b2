"""Real rows are read once, and bad ones named before anything is asked."""

import numpy as np
import pandas as pd
import pytest

from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.synthetic._training_rows import check_mapping, check_whole, read_rows


@pytest.mark.parametrize("of", [list, np.array, pd.Series, lambda x: pd.DataFrame({"x": x})])
def test_texts_come_in_any_container(of):
    rows = read_rows(of(["a b", "c d", "e"]), [1, 0, 1])
    assert rows.texts == ["a b", "c d", "e"]
    assert rows.classes.tolist() == [0, 1]
    assert rows.of(1).tolist() == [0, 2]


def test_blank_texts_are_of_no_use():
    assert read_rows(["a", " "], ["x", "x"]).of("x").tolist() == [0]


@pytest.mark.parametrize(
    ("X", "y", "error", "match"),
    [
        (["a", None], [0, 1], InputTypeError, "got None in row 1"),
        ("a", [0], InputTypeError, "one str"),
        (["a", "b"], None, InputError, "target y is None"),
        (["a", "b"], ["x", None], InputError, "missing|None"),
        (["a", "b"], [0], InputError, "2 texts, got 1 labels"),
        (["a", "b"], [0.5, 1.5], ValueError, "continuous"),
    ],
)
def test_bad_rows_are_named(X, y, error, match):
    with pytest.raises(error, match=match):
        read_rows(X, y)


@pytest.mark.parametrize("label", ["c", None, 1, ["a"], np.array(["a", "b"])])
def test_a_label_that_is_not_in_y_is_refused(label):
    with pytest.raises(ParameterError, match=r"one of the classes \['a', 'b'\]"):
        read_rows(["x", "y"], ["a", "b"]).find_class(label)


def test_a_label_is_found_as_it_is_in_y():
    assert read_rows(["x", "y"], np.array([1, 2])).find_class(np.int64(2)) == 2


@pytest.mark.parametrize("value", [-1, 1.0, True, "3", None, np.nan])
def test_numbers_are_whole(value):
    with pytest.raises(ParameterError, match="Expected n as a whole number from 0 on"):
        check_whole("n", value, 0)


def test_dicts_are_dicts():
    assert check_mapping("holds", None) is None
    with pytest.raises(InputTypeError, match="Expected holds as a dict"):
        check_mapping("holds", ["a"])
