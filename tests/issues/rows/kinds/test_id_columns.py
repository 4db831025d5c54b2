"""Columns that only tell rows apart."""

import numpy as np
import pytest

from keraswrap.issues.rows._kinds.id_columns import find_id_columns, name_id_columns

N = 40
RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("values", "is_id"),
    [
        (np.arange(N) + 7, True),
        (RNG.permutation(N), True),
        (np.cumsum(RNG.integers(1, 9, size=N)), True),
        (np.array([f"r-{i:04x}" for i in range(N)], dtype=object), True),
        (RNG.permutation(N) * 3, False),
        (RNG.normal(size=N), False),
        (np.array([f"review {i}" for i in range(N)], dtype=object), False),
        (np.array(list("ab" * (N // 2)), dtype=object), False),
        (np.arange(5), False),
        (np.array([f"word{'x' * i}" for i in range(N)], dtype=object), False),
    ],
)
def test_columns_that_only_tell_rows_apart(values, is_id):
    assert name_id_columns({"c": values}) == ["c"] * is_id


def test_each_is_an_alert_without_rows():
    first, second = find_id_columns(["id", "{n}"])
    assert (first.kind, first.n, len(first.rows)) == ("id_column", 1, 0)
    assert second.message == "Column '{n}' only tells rows apart: leave it out."
