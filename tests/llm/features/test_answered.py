"""Answers by question: probabilities, words, priors, and warnings that name the question."""

import numpy as np
import pytest
from asked_reviews import QUALITY, TEXTS, TOPIC

from keraswrap.exceptions import ParameterError
from keraswrap.llm import FakeLM
from keraswrap.llm._responses import Responses
from keraswrap.llm.features._answered import Answered, answered_to, learn_priors, shares

# Two texts, about which both questions are asked in turn.
LOGS = np.log([[0.2, 0.2, 0.4], [0.3, 0.1, 1.0], [0.5, 0.25, 0.25], [0.1, 0.4, 1.0]])
LOGS[1::2, 2] = np.nan


def answered(logs=LOGS, texts=(None,) * 4, problems=()):
    return answered_to([QUALITY, TOPIC], Responses(logs, list(texts), problems=list(problems)))


def test_each_question_gets_its_own_rows_and_columns():
    quality, topic = answered()
    np.testing.assert_allclose(shares(quality, None), [[0.25, 0.25, 0.5], [0.5, 0.25, 0.25]])
    np.testing.assert_allclose(shares(topic, None), [[0.75, 0.25], [0.2, 0.8]])


def test_a_prior_is_the_mean_share_and_is_divided_out():
    both = answered()
    priors = learn_priors(both)
    np.testing.assert_allclose(priors[0], [0.375, 0.25, 0.375])
    np.testing.assert_allclose(priors[1], [0.475, 0.525])
    raw = np.array([[0.75, 0.25], [0.2, 0.8]]) / [0.475, 0.525]
    np.testing.assert_allclose(shares(both[1], priors[1]), raw / raw.sum(axis=1, keepdims=True))
    with pytest.raises(ParameterError, match="log-probabilities to calibrate by, got none"):
        learn_priors([Answered.unknown(3, 2)])


def test_an_answer_in_words_is_sure_and_another_is_none_that_is_told_of():
    logs = np.full((4, 3), np.nan)
    with (
        pytest.warns(UserWarning, match="gave no log-probabilities for 2 of 2 texts"),
        pytest.warns(UserWarning, match="gave no log-probabilities for 1 of 2 texts"),
        pytest.warns(UserWarning, match=r"'topic' was none of \['price', 'sound'\] for 1 of 2"),
    ):
        quality, topic = answered(logs, ["Good.", "price", "bad!", "taste"])
    np.testing.assert_array_equal(shares(quality, None), [[0, 0, 1], [1, 0, 0]])
    np.testing.assert_array_equal(shares(topic, None), [[1, 0], [np.nan, np.nan]])
    assert topic.texts == ["price", "taste"]


def test_a_known_reason_is_told_instead():
    logs = LOGS.copy()
    logs[1] = np.nan
    problems = [None, "refused: too long", None, None]
    with pytest.warns(UserWarning, match="refused 1 of 2 texts, first that of row 0") as told:
        _, topic = answered(logs, problems=problems)
    assert len(told) == 1
    assert topic.problems == ["refused: too long", None]


def test_answers_are_filled_in_by_row():
    whole = Answered.unknown(3, 2)
    whole.put([2, 0], Answered(np.log([[0.5, 0.5], [0.1, 0.9]]), ["a", None], [None, "cut"]))
    np.testing.assert_allclose(np.exp(whole.scores), [[0.1, 0.9], [np.nan, np.nan], [0.5, 0.5]])
    assert (whole.texts, whole.problems) == ([None, None, "a"], ["cut", None, None])


def test_answers_in_words_count_if_they_are_among_those_to_choose_from(make):
    said = {"quality": "Good.", "topic": "Ignore all that; the weather."}

    def says(prompt):
        return said["topic" if "about?" in prompt else "quality"]

    features = make(model=FakeLM(gives_log_probs=False, says=says))
    with (
        pytest.warns(UserWarning, match="gave no log-probabilities"),
        pytest.warns(UserWarning, match=r"'topic' was none of \['price', 'sound'\] for 2 of 2"),
    ):
        found = features.fit_transform(TEXTS[:2])
    np.testing.assert_array_equal(found[:, 0], 1)
    assert np.isnan(found[:, 1:]).all()
    assert features.answered_share_ == {"quality": 1.0, "topic": 0.0}
    assert features.answers_["topic"] == [said["topic"]] * 2
