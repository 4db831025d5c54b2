"""Questions: what they may be, and the columns that they give."""

import numpy as np
import pytest

from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.llm import Question, emotion, opinion_of, sentiment, urgency
from keraswrap.llm.features._question import check_questions

GIVEN = {"name": "tone", "text": "What is the tone?", "answers": ["calm", "loud"]}
PROBA = np.array([[0.25, 0.75], [np.nan, np.nan]])


def test_expected_values_and_probabilities():
    scale = Question(**GIVEN, values=(1, 5))
    np.testing.assert_allclose(scale.numbers(PROBA, "expected"), [[4.0], [np.nan]])
    np.testing.assert_array_equal(scale.numbers(PROBA, "probabilities"), PROBA)
    np.testing.assert_array_equal(Question(**GIVEN).numbers(PROBA, "expected"), PROBA)


def test_names_of_columns_hold_no_spaces():
    question = Question("tone", "?!", ["very calm", "so-so"], [0, 1])
    assert question.columns("expected") == ["tone"]
    assert question.columns("probabilities") == ["tone__very_calm", "tone__so_so"]


@pytest.mark.parametrize("ready", [sentiment(), emotion(), opinion_of("the 2nd lid"), urgency()])
def test_ready_questions_are_valid_and_no_answer_begins_another(ready):
    assert ready.name.isidentifier()
    assert not ready.words.ends
    assert ready.values is None or list(ready.values) == sorted(ready.values)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "a b"}, "letters, digits and single underscores, got 'a b'"),
        ({"name": "a__b"}, "got 'a__b'"),
        ({"name": 3}, "got 3"),
        ({"text": " "}, "'tone' as a text, got ' '"),
        ({"answers": []}, r"at least two answers.*got \[\]"),
        ({"answers": ["one"]}, "at least two answers"),
        ({"answers": "yes"}, "at least two answers.*got 'yes'"),
        ({"answers": ["yes", ""]}, "at least two answers"),
        ({"answers": ["yes", "Yes."]}, r"got 'Yes\.' twice"),
        ({"values": [1]}, r"each of the 2 answers.*got \[1\]"),
        ({"values": [1, float("nan")]}, "each of the 2 answers"),
        ({"values": [1, True]}, "each of the 2 answers"),
        ({"values": ["0", "1"]}, "each of the 2 answers"),
    ],
)
def test_questions_are_checked(change, message):
    with pytest.raises(ParameterError, match=message):
        Question(**{**GIVEN, **change})


def test_half_a_character_is_refused():
    with pytest.raises(InputError, match="valid Unicode"):
        Question(**{**GIVEN, "text": "\ud800?"})


@pytest.mark.parametrize("target", ["", "...", None])
def test_a_target_is_a_text(target):
    with pytest.raises(ParameterError, match="target as a text"):
        opinion_of(target)


def test_lists_of_questions_are_checked():
    one = Question(**GIVEN)
    assert check_questions(one) == check_questions((one,)) == [one]
    with pytest.raises(ParameterError, match="at least one question"):
        check_questions([])
    for wrong in ("sentiment", ["sentiment"], 3):
        with pytest.raises(InputTypeError, match="a list of Question"):
            check_questions(wrong)
    with pytest.raises(ParameterError, match="name of their own, got 'tone' twice"):
        check_questions([one, Question("tone", "Another?", ["a", "b"])])
    with pytest.raises(ParameterError, match="text of their own"):
        check_questions([one, Question("other", one.text, ["a", "b"])])
