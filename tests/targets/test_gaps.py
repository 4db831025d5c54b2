"""Rows that lack the target of a head."""

import numpy as np
import pandas as pd
import pytest

from keraswrap._targets.gaps import find_gaps, gaps_of, place, read_known
from keraswrap._targets.labels import check_labels
from keraswrap.exceptions import InputError


@pytest.mark.parametrize(
    "y",
    [
        ["b", None, "a"],
        pd.Series(["b", None, "a"]),
        pd.Series(["b", None, "a"], dtype="category"),
        np.array(["b", np.nan, "a"], dtype=object),
    ],
)
def test_what_is_known_is_read_and_the_rest_masked(y):
    read = read_known(y, check_labels)
    assert read.mask.tolist() == gaps_of(read).tolist() == [False, True, False]
    assert np.ma.getdata(read).tolist() == ["b", "b", "a"]
    assert read.tolist() == ["b", None, "a"]


@pytest.mark.parametrize("y", [[1, 2], np.array([[1.0, np.nan]]), np.eye(2), ["a", "b"]])
def test_without_gaps_in_rows_nothing_is_masked(y):
    assert find_gaps(y) is None
    assert gaps_of(read_known(y, np.asarray)) is None


def test_only_gaps_are_refused():
    with pytest.raises(InputError, match="in some of the rows, got only gaps"):
        read_known([None, None], check_labels)


def test_the_weights_of_what_is_known_keep_their_mean():
    gaps = np.array([False, True, True, False, False])
    assert place(np.array([0.5, 1.0, 1.5]), gaps).mean() == pytest.approx(1)
