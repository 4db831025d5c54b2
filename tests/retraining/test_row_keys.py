import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from keraswrap.exceptions import InputTypeError
from keraswrap.retraining._row_keys import hash_rows, places_of, row_keys

TEXTS = [f"text {n}" for n in range(5000)]


def test_a_rows_name_is_the_same_in_another_process():
    code = "from keraswrap.retraining._row_keys import *; print(*hash_rows(row_keys(['a b']), 7))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split() == hash_rows(row_keys(["a b"]), 7)


def test_places_are_uniform_and_differ_by_seed():
    first, second = (places_of(hash_rows(row_keys(TEXTS), seed)) for seed in (0, 1))
    assert np.histogram(first, 10, (0, 1))[0] == pytest.approx(500, abs=90)
    assert np.corrcoef(first, second)[0, 1] == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["Good!"], ["good"]),
        (pd.Series(["a"], index=[7]), ["a"]),
        (pd.DataFrame({"a": [1], "b": ["x"]}), pd.DataFrame({"b": ["X "], "a": [1.0]})),
        (np.array([[1, 2]]), [[1.0, 2.0]]),
        (pd.DataFrame({"a": [None]}), pd.DataFrame({"a": [np.nan]})),
    ],
)
def test_copies_have_one_key_whatever_holds_them(one, other):
    assert row_keys(one) == row_keys(other)


@pytest.mark.parametrize("other", ["b", "a b", ""])
def test_other_texts_have_other_keys(other):
    assert row_keys(["a"]) != row_keys([other])


def test_a_set_has_no_rows():
    with pytest.raises(InputTypeError, match="Expected rows as a list"):
        row_keys({"a"})
