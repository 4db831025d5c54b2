"""What is kept of the reference, and how new rows stand beside it."""

import numpy as np

from keraswrap.drift._reference import (
    Reference,
    Sketch,
    all_facts,
    known_words,
    sketch,
    unseen_words,
)
from keraswrap.drift._rows import read_rows
from keraswrap.drift._texts import FACTS, word_counts

PROBA = np.full((2, 2), 0.5)


def of(X):
    return sketch(read_rows(X), PROBA, None)


def test_of_texts_only_numbers_are_kept():
    made = of(["secret word", "other"])
    assert (made.kind, made.columns, len(made)) == ("texts", None, 2)
    assert made.facts.shape == (2, len(FACTS))
    assert made.hashes.dtype == np.uint64
    assert made.counts.sum(axis=1).ravel().tolist() == [[2.0, 1.0]]


def test_copies_are_counted_over_old_and_new_rows():
    values, names = all_facts(of(["one", "two"]), of(["one", "three"]))
    assert names == (*FACTS, "copies")
    assert values[:, -1].tolist() == [1.0, 0.0, 1.0, 0.0]


def test_columns_stand_below_each_other():
    values, names = all_facts(of(np.array([[1.0], [2]])), of(np.array([[3.0], [4]])))
    assert (values.ravel().tolist(), names) == ([1.0, 2.0, 3.0, 4.0], ("x0",))
    nothing, names = all_facts(Sketch("other", PROBA), Sketch("other", PROBA))
    assert (nothing.shape, names) == ((4, 0), ())


def test_words_are_unseen_by_the_rows_that_are_not_compared():
    old = of(["known words", "known strange"])
    known = known_words(word_counts(["known words"]))
    reference = Reference(old, np.zeros(2, int), np.array([0, 1]), known,
                          np.array([False, True]), 2)  # fmt: skip
    values, is_new = unseen_words(reference, of(["known words", "all of it new"]))
    assert (values.tolist(), is_new.tolist()) == ([0.5, 0.0, 1.0], [False, True, True])
    assert unseen_words(reference, Sketch("other", PROBA)) is None
