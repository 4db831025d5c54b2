"""Probabilities of labels, against plain arithmetic."""

import numpy as np
import pytest
from scipy.special import logsumexp, softmax

from keraswrap.exceptions import ParameterError
from keraswrap.llm._answers import label_scores, learn_prior, probabilities, totals

NAN = np.nan
OWNERS = np.array([0, 1, 1, 2])
PROBS = np.array([[0.1, 0.2, 0.05, 0.3], [0.01, 0.0, 0.02, 0.5]])
with np.errstate(divide="ignore"):
    LOGS = np.log(PROBS)


def test_probabilities_of_words_add_up():
    expected = np.stack([PROBS[:, 0], PROBS[:, 1:3].sum(1), PROBS[:, 3]], axis=1)
    np.testing.assert_allclose(np.exp(label_scores(LOGS, OWNERS)), expected)
    raw = probabilities(label_scores(LOGS, OWNERS), totals(LOGS))
    np.testing.assert_allclose(raw, expected)


def test_a_label_may_count_by_its_mean_token():
    lengths = np.array([1, 2, 1, 4])
    expected = np.stack(
        [
            LOGS[:, 0],
            logsumexp(np.stack([LOGS[:, 1] / 2, LOGS[:, 2]], axis=1), axis=1),
            LOGS[:, 3] / 4,
        ],
        axis=1,
    )
    np.testing.assert_allclose(label_scores(LOGS, OWNERS, lengths), expected)


@pytest.mark.parametrize("prior", [None, np.array([0.7, 0.2, 0.1])])
def test_probabilities_are_those_of_the_labels_alone(prior):
    scores = label_scores(LOGS, OWNERS)
    shifted = scores if prior is None else scores - np.log(prior)
    np.testing.assert_allclose(probabilities(scores, prior=prior), softmax(shifted, axis=1))
    kept = probabilities(scores, totals(LOGS), prior)
    np.testing.assert_allclose(kept.sum(axis=1), PROBS.sum(axis=1))
    np.testing.assert_array_equal(kept.argmax(1), softmax(shifted, axis=1).argmax(1))


def test_a_prior_is_the_mean_probability():
    scores = label_scores(LOGS, OWNERS)
    np.testing.assert_allclose(learn_prior(scores), softmax(scores, axis=1).mean(axis=0))


def test_a_text_like_those_without_content_is_undecided():
    scores = np.log([[0.02, 0.9]])
    np.testing.assert_allclose(probabilities(scores, prior=learn_prior(scores)), [[0.5, 0.5]])


def test_scores_far_below_zero_keep_their_order():
    scores = np.array([[-2000.0, -2001.0]])
    np.testing.assert_allclose(probabilities(scores), softmax(scores, axis=1))


@pytest.mark.parametrize("row", [[np.nan] * 4, [-np.inf] * 4])
def test_nothing_known_is_nan_and_no_guess(row):
    scores = label_scores(np.array([row, LOGS[0]]), OWNERS)
    proba = probabilities(scores, prior=np.full(3, 1 / 3))
    assert np.isnan(proba[0]).all()
    np.testing.assert_allclose(proba[1].sum(), 1)
    np.testing.assert_allclose(learn_prior(scores), softmax(scores[1]))


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ([0.4, 0.1, NAN], [0.4, 0.1, 0.2]),  # half the likeliest
        ([0.7, NAN, NAN], [0.7, 0.15, 0.15]),  # what is left, for each alike
        ([0.02, 0.01, NAN], [0.02, 0.01, 0.01]),
        ([1.0, NAN, 0.0], [1.0, 0.0, 0.0]),
    ],
)
def test_a_word_that_is_not_told_is_neither_impossible_nor_likely(shares, expected):
    with np.errstate(divide="ignore"):
        row = np.log([shares])
    np.testing.assert_allclose(np.exp(label_scores(row, np.arange(3))), [expected], atol=1e-12)
    np.testing.assert_allclose(totals(row), [np.nansum(shares)])


def test_a_sum_stays_a_probability():
    assert totals(np.log([[0.7, 0.3 + 1e-12]])).tolist() == [1.0]


def test_a_prior_of_nothing_is_refused():
    with pytest.raises(
        ParameterError, match="Expected log-probabilities to calibrate by, got none"
    ):
        learn_prior(np.full((2, 3), np.nan))
