"""What is done about issues: no row of another's, and never a class's last."""

import numpy as np
import pytest

from keraswrap.exceptions import ParameterError
from keraswrap.issues import STRATEGIES, act, find_label_issues

rng = np.random.default_rng(0)
TRUTH = rng.integers(0, 3, 300)
GIVEN = np.where(rng.random(300) < 0.15, (TRUTH + 1) % 3, TRUTH)
DRAWN = rng.gamma(0.5 + 4 * np.eye(3)[TRUTH])
FOUND = find_label_issues(DRAWN / DRAWN.sum(1, keepdims=True), y=GIVEN, out_of_sample=True)


def test_nothing_is_done():
    action = act(FOUND, "none")
    assert (action.keep.all(), action.weights, action.changed.any()) == (True, None, False)
    assert (action.labels == GIVEN).all()


def test_issues_are_left_out():
    action = act(FOUND, "prune")
    assert (action.keep == ~FOUND.is_issue).all()
    assert (action.labels == GIVEN).all()


@pytest.mark.parametrize("threshold", [0.0, 0.7, 1.0])
def test_sure_suggestions_become_labels(threshold):
    action = act(FOUND, "relabel", threshold=threshold)
    sure = FOUND.is_issue & (FOUND.proba.max(axis=1) >= threshold)
    assert (action.changed == sure).all()
    assert (action.labels == np.where(sure, FOUND.suggested, GIVEN)).all()
    assert action.keep.all()


def test_issues_count_for_what_is_likely():
    action = act(FOUND, "weight")
    assert (action.weights[~FOUND.is_issue] == 1).all()
    assert (action.weights[FOUND.is_issue] < 1).all()
    assert action.weights.min() > 0
    assert (action.changed == FOUND.is_issue).all()


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_nothing_given_is_changed(strategy):
    before = FOUND.given.copy()
    act(FOUND, strategy).labels[:] = 9
    assert (FOUND.given == before).all()


@pytest.mark.parametrize("strategy", ["prune", "relabel"])
def test_a_class_keeps_its_best_row(strategy):
    proba = np.vstack([np.tile([0.95, 0.05], (20, 1)), [[0.99, 0.01], [0.9, 0.1]]])
    labels = [0] * 20 + [1] * 2
    found = find_label_issues(proba, y=labels, filter_by="predicted_neq_given", out_of_sample=True)
    action = act(found, strategy)
    assert found.is_issue[20:].all()
    assert action.changed[20:].tolist() == [True, False]


@pytest.mark.parametrize(
    ("strategy", "threshold", "message"),
    [
        ("drop", 0.8, "strategy to be one of none, prune"),
        ("relabel", 80, "threshold to be a probability"),
        ("relabel", "high", "threshold to be a probability"),
    ],
)
def test_what_there_is_not_is_refused(strategy, threshold, message):
    with pytest.raises(ParameterError, match=message):
        act(FOUND, strategy, threshold=threshold)
