"""Attempts depend on the seed, the class and their number, and on nothing else."""

import pytest

from keraswrap.synthetic._attempts import Attempts
from keraswrap.synthetic._prompts import MOST_CHARACTERS
from keraswrap.synthetic._training_rows import read_rows

TEXTS = [f"text number {n}" for n in range(30)]
ROWS = read_rows(TEXTS, ["a"] * 20 + ["b"] * 10)


def attempts(rows=ROWS, label="a", shots=3, seed=0, in_folds=True):
    return Attempts(rows, label, shots, {"tone": ("x", "y")}, seed, in_folds)


def test_the_same_number_gives_the_same_attempt():
    some, again = attempts(), attempts()
    assert [some.draw(n) for n in (5, 2)] == [again.draw(5), again.draw(2)]
    assert some.draw(1) != attempts(seed=1).draw(1)


@pytest.mark.parametrize(("shots", "shown"), [(0, 0), (3, 3), (99, 10)])
def test_only_rows_of_the_class_are_shown_and_each_once(shots, shown):
    for n in range(20):
        drawn = attempts(label="b", shots=shots, in_folds=False).draw(n)
        assert len(set(drawn.examples)) == shown
        assert all(20 <= row < 30 for row in drawn.examples)


def test_all_rows_of_an_attempt_are_of_one_fold_and_all_folds_come():
    made = attempts()
    drawn = [made.draw(n) for n in range(60)]
    assert {one.fold for one in drawn} == set(range(5))
    assert all(set(one.examples) <= set(made.folds[one.fold].tolist()) for one in drawn)
    assert sorted(row for fold in made.folds for row in fold.tolist()) == list(range(20))


@pytest.mark.parametrize(("n", "folds"), [(1, 1), (2, 2), (5, 2), (9, 3), (40, 5)])
def test_there_are_as_many_folds_as_hold_the_examples(n, folds):
    rows = read_rows([f"row {k}" for k in range(n)], ["a"] * n)
    made = attempts(rows)
    assert len(made.folds) == folds
    assert made.in_folds is (n > 1)


def test_copies_and_huge_rows_are_not_shown_if_there_are_others():
    texts = ["Broken.", "broken", "x" * (MOST_CHARACTERS + 1), "Torn."]
    made = attempts(read_rows(texts, ["a"] * 4), in_folds=False)
    assert sorted(made.folds[0].tolist()) == [0, 3]
    huge = attempts(read_rows(texts[2:3], ["a"]), in_folds=False)
    assert huge.draw(0).examples == (0,)
