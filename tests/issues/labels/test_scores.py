"""Scores of labels: cleanlab's, and what they must have in common."""

import numpy as np
import pytest
from cleanlab.rank import get_label_quality_scores

from keraswrap.issues import SCORES, score_labels
from keraswrap.issues.labels._scores import score_dynamics, score_ensemble

rng = np.random.default_rng(0)
PROBA = rng.dirichlet([0.6] * 4, size=200)
CODES = rng.integers(0, 4, 200)


@pytest.mark.parametrize("name", ["self_confidence", "normalized_margin"])
def test_scores_are_those_of_the_papers(name):
    own = PROBA[np.arange(200), CODES]
    others = np.where(np.eye(4)[CODES] == 1, -1, PROBA).max(axis=1)
    expected = own if name == "self_confidence" else (own - others + 1) / 2
    np.testing.assert_allclose(score_labels(CODES, PROBA)[name], expected, atol=1e-12)


def test_entropy_is_cleanlabs():
    expected = get_label_quality_scores(CODES, PROBA, method="confidence_weighted_entropy")
    np.testing.assert_array_equal(
        score_labels(CODES, PROBA)["confidence_weighted_entropy"], expected
    )


def test_loss_ranks_as_the_probability_does():
    scores = score_labels(CODES, PROBA)
    np.testing.assert_array_equal(np.argsort(scores["loss"]), np.argsort(scores["self_confidence"]))


@pytest.mark.parametrize("name", SCORES)
def test_every_score_is_between_0_and_1(name):
    edge = np.vstack([PROBA, np.eye(4), np.eye(4)])
    codes = np.concatenate([CODES, np.arange(4), np.roll(np.arange(4), 1)])
    scores = score_labels(codes, edge)[name]
    assert np.isfinite(scores).all()
    assert (scores >= 0).all()
    assert (scores <= 1).all()
    assert scores[200:204].min() > scores[204:].max()


def test_several_predictions_of_one_kind_score_as_one():
    one = score_labels(CODES, PROBA)
    np.testing.assert_allclose(score_ensemble(CODES, [PROBA, PROBA]), one["self_confidence"])
    np.testing.assert_allclose(score_dynamics(CODES, [PROBA, PROBA]), one["normalized_margin"])
