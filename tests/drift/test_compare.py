"""Which tests are made of old and new rows."""

import numpy as np
import pytest
from scipy import sparse

from keraswrap.drift._compare import Effort, Labeled, compare
from keraswrap.drift._compare import _output_features as output_features
from keraswrap.drift._compare import _reduced as reduced
from keraswrap.drift._reference import Reference, Sketch

NONE = Labeled(np.zeros(0, int), np.zeros(0, bool))
EFFORT = Effort(0.05, 20, 3)


def proba(n, seed):
    first = np.random.default_rng(seed).uniform(0.05, 0.95, n)
    return np.column_stack([first, 1 - first])


def reference(n=60, **more):
    shown = proba(n, 1)
    labels = (np.random.default_rng(2).random(n) > shown[:, 0]).astype(int)
    return Reference(Sketch("other", shown, **more), labels, np.array(["a", "b"]), None,
                     np.ones(n, bool), n)  # fmt: skip


def names(found):
    return [test.name for test in found.tests]


def test_without_vectors_columns_and_labels_outputs_are_compared():
    found = compare(reference(), Sketch("other", proba(50, 4)), NONE, EFFORT)
    assert names(found) == ["outputs", "mean outputs", "expected accuracy"]
    assert (found.newness.shape, found.facts, found.accuracy.real) == ((50,), (), None)
    assert [one.label for one in found.shares] == ["a", "b"]
    assert sum(one.new for one in found.shares) == pytest.approx(1)


def test_labels_replace_the_expectation():
    right = np.arange(20) % 4 > 0
    labeled = Labeled(np.r_[np.zeros(15, int), np.full(5, 2)], right)
    found = compare(reference(), Sketch("other", proba(50, 4)), labeled, EFFORT)
    assert names(found)[-2:] == ["labels", "real accuracy"]
    assert (found.accuracy.real, found.accuracy.n_labeled) == (0.75, 20)
    assert [one.labeled for one in found.shares] == [0.75, 0.0]  # 5 labels are of no class


def test_few_rows_are_not_taken_for_a_mixture():
    found = compare(reference(), Sketch("other", proba(29, 4)), NONE, EFFORT)
    assert (found.shares, found.mixed, found.accuracy.expected) == ((), None, None)
    assert found.tests[-1].p_value == 1.0


def test_columns_and_vectors_come_before_outputs():
    old, new = np.random.default_rng(5).normal(size=(2, 60, 3))
    columns = {"x": old[:, 0]}
    one = reference(vectors=old, columns=columns)
    found = compare(one, Sketch("other", proba(60, 4), new, columns=columns), NONE, EFFORT)
    assert names(found)[:4] == ["vectors", "columns", "outputs", "facts"]
    again = compare(one, Sketch("other", proba(60, 4), new, columns=columns), NONE, EFFORT)
    assert again.tests == found.tests


def test_the_main_directions_keep_distances():
    rng = np.random.default_rng(0)
    for shape in ((300, 140), (100, 140)):
        vectors = rng.normal(size=shape) * (np.arange(140) < 50)
        made = reduced(vectors)
        assert made.shape == (shape[0], 128 if shape[0] > 128 else 100)
        assert np.linalg.norm(made[0] - made[1]) == pytest.approx(
            np.linalg.norm(vectors[0] - vectors[1])
        )


def test_outputs_that_never_change_are_no_feature():
    assert output_features(np.full((5, 2), 0.5)).shape == (5, 0)
    made = output_features(proba(50, 1))
    np.testing.assert_allclose(made.std(axis=0), 1)
    assert sparse.issparse(made) is False
