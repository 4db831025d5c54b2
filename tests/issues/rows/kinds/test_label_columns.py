"""Columns that give the label away."""

import numpy as np
import pytest

from keraswrap.issues.rows._kinds.label_columns import find_label_columns, name_label_columns

N = 40
LABELS = np.tile(["pos", "neg"], N // 2)
RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("values", "tells"),
    [
        (np.where(LABELS == "pos", 5, 1), True),
        (np.where(LABELS == "pos", "x", "y").astype(object), True),
        (np.where(LABELS == "pos", 1, -1) * (1 + RNG.random(N)), True),
        (RNG.integers(5, size=N), False),
        (RNG.normal(size=N), False),
        (np.ones(N), False),
        (np.repeat([f"text {i}" for i in range(N // 2)], 2).astype(object), False),
    ],
)
def test_columns_that_give_the_label_away(values, tells):
    assert name_label_columns({"c": values}, LABELS) == ["c"] * tells


def test_a_class_of_nearly_all_rows_is_given_away_by_nothing():
    labels = np.array(["a"] * 995 + ["b"] * 5)
    column = np.random.default_rng(0).integers(4, size=1000)
    assert name_label_columns({"c": column}, labels) == []


def test_a_lone_column_is_what_labels_are_learned_from():
    codes = np.where(LABELS == "pos", 5, 1)
    assert find_label_columns({"a": codes}, LABELS) == []
    (found,) = find_label_columns({"a": codes, "b": np.ones(N)}, LABELS)
    assert (found.kind, found.message[:28]) == ("label_column", "Column 'a' gives the label a")
