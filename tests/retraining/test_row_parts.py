import numpy as np
import pandas as pd
import pytest

from keraswrap.exceptions import InputError
from keraswrap.retraining._row_parts import copies_of, split_rows

RNG = np.random.default_rng(0)
NEW = ["".join(RNG.choice([*"abcdefghij   "], 40)) for _ in range(80)]
OLD = ["something else altogether"]


def texts_of(parts, name):
    return {NEW[row] for row in getattr(parts, name)}


def test_no_row_is_in_both_parts():
    parts = split_rows(NEW, OLD, 0.5, 0)
    assert not texts_of(parts, "draw") & texts_of(parts, "pool")


def test_a_row_stays_in_its_part_whatever_else_comes():
    some, all_of_them = split_rows(NEW[:30], OLD, 0.5, 0), split_rows(NEW, OLD, 0.5, 0)
    assert not texts_of(some, "draw") & texts_of(all_of_them, "pool")
    assert not texts_of(some, "pool") & texts_of(all_of_them, "draw")


def test_copies_of_old_rows_are_in_neither_part():
    parts = split_rows(NEW, [NEW[3].upper(), NEW[10] + "!"], 0.5, 0)
    assert not {3, 10} & {*parts.draw.tolist(), *parts.pool.tolist()}


def test_near_copies_of_test_rows_are_not_trained_on():
    long = "this is a rather long sentence about a lamp that broke on the first evening we had it"
    copies = [f"{long} {end}" for end in ("", "a", "b", "c", "d", "e", "f", "g")]
    parts = split_rows([*copies, *NEW[:30]], OLD, 0.5, 0)
    assert len([row for row in parts.draw if row < 8]) == 1
    assert not [row for row in parts.pool if row < 8]


def test_test_rows_end_before_the_first_that_nobody_looked_at():
    parts = split_rows(NEW, OLD, 0.5, 0)
    told = np.ones(len(NEW), bool)
    told[parts.draw[4]] = False
    assert parts.test_rows(told).tolist() == parts.draw[:4].tolist()


def test_test_rows_are_a_random_sample():
    # Half of the rows are long; of those to test on so is half, whatever the seed.
    rows = ["".join(RNG.choice([*"abcdefghij   "], 30 + 60 * (n % 2))) for n in range(400)]
    shares = [np.mean([row % 2 for row in split_rows(rows, OLD, 0.5, s).draw]) for s in range(3)]
    assert np.mean(shares) == pytest.approx(0.5, abs=0.06)


def test_rows_of_a_table_are_copies_if_they_are_equal():
    X = pd.DataFrame({"a": np.arange(50.0), "b": np.arange(50.0) ** 2})
    assert np.flatnonzero(copies_of(X, X.iloc[[4, 7]])).tolist() == [4, 7]


def test_other_columns_are_refused():
    with pytest.raises(InputError, match="Expected test data with the columns"):
        copies_of(pd.DataFrame({"a": [1.0]}), pd.DataFrame({"b": [1.0]}))
