"""What is trained on in each way of a comparison."""

from collections import Counter

import numpy as np
import pytest

from keraswrap.synthetic import SyntheticText, SyntheticTexts
from keraswrap.synthetic._training_rows import read_rows
from keraswrap.synthetic._training_sets import WAYS, training_sets

ROWS = read_rows(["b1", "b2", "g1", "g2", "g3"], ["bad"] * 2 + ["good"] * 3)
MADE = SyntheticTexts(
    (
        SyntheticText("new", "bad", {}, (), 0),
        SyntheticText("no", "bad", {}, (), 1, "empty"),
        SyntheticText("newer", "bad", {}, (), 2),
    ),
    {"bad": 2},
)


def test_each_way_has_its_rows():
    found = training_sets(ROWS, MADE, 0)
    assert tuple(found) == WAYS
    assert found["real"][0] == ROWS.texts
    assert found["both"][0] == [*ROWS.texts, "new", "newer"]
    assert found["synthetic"][0] == ["g1", "g2", "g3", "new", "newer"]
    assert found["synthetic"][1].tolist() == ["good"] * 3 + ["bad"] * 2


def test_there_are_as_many_copies_as_texts():
    (copied, labels), (_, both) = (training_sets(ROWS, MADE, 0)[way] for way in WAYS[1:3])
    assert Counter(labels.tolist()) == Counter(both.tolist())
    assert set(copied[5:]) <= {"b1", "b2"}
    drawn = {tuple(training_sets(ROWS, MADE, seed)["oversampled"][0]) for seed in range(20)}
    assert len(drawn) > 1


@pytest.mark.parametrize("way", WAYS)
def test_without_texts_all_ways_are_the_real_rows(way):
    texts, labels = training_sets(ROWS, SyntheticTexts((), {"bad": 2}), 0)[way]
    assert texts == ROWS.texts
    assert labels.tolist() == ROWS.labels.tolist()


@pytest.mark.parametrize("dtype", ["uint64", "float32"])
def test_labels_keep_their_type(dtype):
    rows = read_rows(["b", "g"], np.array([1, 0], dtype=dtype))
    made = SyntheticTexts((SyntheticText("new", 1, {}, (), 0),), {1: 1})
    assert {labels.dtype for _, labels in training_sets(rows, made, 0).values()} == {
        np.dtype(dtype)
    }
