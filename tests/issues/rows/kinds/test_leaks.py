"""Rows of the training data that are in the test data too."""

import numpy as np
import pytest
from near_texts import sentences

from keraswrap.exceptions import InputError
from keraswrap.issues.rows._kinds.leaks import find_leaks


def test_leaks_are_the_planted_ones():
    plain = sentences(60)
    train = np.array([*plain, plain[4], ""], dtype=object)
    test = np.array([*sentences(30, seed=5), plain[4].title(), plain[8] + " too", ""], dtype=object)
    exact, near = find_leaks(train, test)
    assert (exact.severity, exact.rows.tolist()) == ("error", [4, 60])
    assert "1 of its 33 rows" in exact.message
    assert (near.severity, near.rows.tolist()) == ("warning", [8])
    assert near.notes == ("test row 31",)


def test_leaks_of_numbers():
    rng = np.random.default_rng(0)
    train = rng.normal(size=(50, 20))
    test = np.vstack([rng.normal(size=(20, 20)), train[3], train[9] + 1e-5])
    exact, near = find_leaks(train, test)
    assert exact.rows.tolist() == [3]
    assert near.rows.tolist() == [9]
    assert find_leaks(train, rng.normal(size=(20, 20))) == []
    assert find_leaks(train[:1], test) == []


def test_other_features_are_refused():
    with pytest.raises(InputError, match="texts or as many features"):
        find_leaks(np.ones((3, 2)), np.ones((3, 4)))


@pytest.mark.parametrize("as_vectors", [False, True])
def test_a_test_row_with_a_copy_may_have_near_copies_too(as_vectors):
    if as_vectors:
        rng = np.random.default_rng(0)
        test = rng.normal(size=(1, 4))
        rows = np.vstack([rng.normal(size=(30, 4)), test, test + 1e-6])
    else:
        near = "the lid of the box came off on the first day and nobody would help me at all"
        test = [near + " then"]
        rows = [f"another text with number {n} in it" for n in range(30)] + [*test, near]
    exact, close = find_leaks(rows, test)
    assert (exact.rows.tolist(), close.rows.tolist()) == ([30], [31])
