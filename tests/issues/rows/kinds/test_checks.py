"""What labels, probabilities and columns say of data as a whole."""

import numpy as np
import pytest

from keraswrap.issues.rows._kinds import checks


def test_rows_between_classes_are_those_of_a_small_margin():
    proba = np.array([[0.5, 0.5, 0], [0.34, 0.33, 0.33], [0.2, 0.5, 0.3], [0.45, 0.1, 0.45]])
    found = checks.find_ambiguous(proba)[0]
    assert found.rows.tolist() == [0, 1, 3]
    np.testing.assert_allclose(found.scores, [0, 0.1, 0], atol=1e-9)
    assert checks.find_ambiguous(proba, margin=1e-300)[0].rows.tolist() == [0, 3]
    assert checks.find_ambiguous(np.eye(3)) == []


def test_imbalance_is_below_a_tenth_of_an_equal_share():
    labels = np.array(["a{"] * 500 + ["b"] * 480 + ["c"] * 33 + ["d}"] * 2)
    found = checks.find_imbalance(labels)
    assert [one.kind for one in found] == ["class_imbalance"]
    assert found[0].rows.tolist() == [1013, 1014]
    assert found[0].message == "1 of 4 classes have few examples: d} (2)."
    assert checks.find_imbalance(np.array([0, 1]))[0].rows.tolist() == [0, 1]
    assert checks.find_imbalance(np.array([])) == []


def test_order_is_told_from_chance():
    rng = np.random.default_rng(0)
    shuffled = rng.integers(3, size=900)
    assert checks.find_order(shuffled) == []
    assert checks.find_order(np.sort(shuffled))[0].severity == "warning"
    blocks = np.repeat(shuffled[:90], 10)
    assert checks.find_order(blocks)[0].severity == "info"
    assert [checks.find_order(np.array(few)) for few in ([], [1], [1, 1, 2, 2])] == [[]] * 3


def test_runs_are_those_of_permutations():
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], [60, 30, 10])
    runs = [1 + (np.diff(rng.permutation(labels)) != 0).sum() for _ in range(4000)]
    expected, _ = checks.runs_test(np.array([60, 30, 10]), 50)
    _, z = checks.runs_test(np.array([60, 30, 10]), expected + np.std(runs))
    assert expected == pytest.approx(np.mean(runs), abs=0.3)
    assert z == pytest.approx(1, abs=0.05)


N = 40
LABELS = np.tile(["pos", "neg"], N // 2)
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
    assert checks.find_id_columns({"c": values}) == ["c"] * is_id


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
    assert checks.find_label_columns({"c": values}, LABELS) == ["c"] * tells


def test_a_class_of_nearly_all_rows_is_given_away_by_nothing():
    labels = np.array(["a"] * 995 + ["b"] * 5)
    column = np.random.default_rng(0).integers(4, size=1000)
    assert checks.find_label_columns({"c": column}, labels) == []
