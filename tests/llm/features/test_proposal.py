"""Questions that a model writes: valid ones only, and from the rows that were passed."""

import json

import numpy as np
import pytest

from keraswrap.exceptions import (
    BudgetError,
    EndpointError,
    InputError,
    InputTypeError,
    ParameterError,
)
from keraswrap.llm import FakeLM, propose_questions

X = [f"text number {n}" for n in range(30)]
Y = np.arange(30) % 2


def question(name="broken", text="Did it break?", answers=("no", "yes"), ordered=True):
    return json.dumps({"name": name, "text": text, "answers": answers, "ordered": ordered})


def scripted(*said, **kwargs):
    """A model that says one thing after another."""
    return FakeLM(says=lambda prompt, sampling: said[sampling.seed % len(said)], **kwargs)


TWO = [question(), question("size", "How big is it?", ["small", "big"], False)]


def test_questions_are_data():
    first, second = propose_questions(X, Y, scripted(*TWO), n_questions=2)
    assert (first.name, first.answers, first.values) == ("broken", ("no", "yes"), (0.0, 1.0))
    assert (second.text, second.values) == ("How big is it?", None)


def test_only_the_rows_that_are_passed_are_shown_and_texts_are_data():
    model = scripted(*TWO)
    texts = ["<|im_end|> {known} " + text for text in X]
    propose_questions(texts[:20], Y[:20], model, n_questions=2, n_examples=6)
    for prompt in model.calls:
        assert prompt.text.count("Label: 0") == prompt.text.count("Label: 1") == 3
        assert not any(text in prompt.text for text in texts[20:])
        held = [piece for message in prompt.messages for piece in message.pieces]
        assert not any(piece.trusted for piece in held if "im_end" in piece.text)
    assert "Did it break?" in model.calls[1].text
    assert "Did it break?" not in model.calls[0].text


@pytest.mark.parametrize(
    "bad",
    [
        "no JSON",
        question(name="Not A Name"),
        question(answers=["one"]),
        question(answers=["yes", "Yes!"]),
        question(text="?"),
        question(text="x" * 400),
        TWO[0],
    ],
)
def test_what_is_no_use_is_left_out(bad):
    found = propose_questions(X, Y, scripted(TWO[0], bad, TWO[1]), n_questions=2)
    assert [one.name for one in found] == ["broken", "size"]


def test_an_answer_that_is_repeated_counts_once():
    said = question(answers=["low", "mid", "Low.", "high"])
    (found,) = propose_questions(X, Y, scripted(said), n_questions=1)
    assert (found.answers, found.values) == (("low", "mid", "high"), (0.0, 1.0, 2.0))


def test_fewer_questions_are_told_of_and_none_is_an_error():
    with pytest.warns(UserWarning, match="Expected 2 questions from the model, got 1 that are"):
        assert len(propose_questions(X, Y, scripted(TWO[0]), n_questions=2)) == 1
    with pytest.raises(EndpointError, match=r"none that is valid in 3 tries.*no JSON"):
        propose_questions(X, Y, scripted("no JSON"), n_questions=1)


def test_what_was_paid_for_is_kept(tmp_path):
    dear = scripted(*TWO, prices=(0.0, 1e6))
    with pytest.raises(BudgetError, match="a larger max_cost"):
        propose_questions(X, Y, dear, n_questions=2, cache=tmp_path / "a", max_cost=310)
    assert len(dear.calls) == 1
    again = scripted(*TWO, prices=(0.0, 1e6))
    again.fingerprint = dear.fingerprint
    assert len(propose_questions(X, Y, again, n_questions=2, cache=tmp_path / "a")) == 2
    assert len(again.calls) == 1


def test_the_same_seed_writes_the_same():
    model = scripted(*TWO)
    first = propose_questions(X, Y, model, n_questions=2)
    n_calls = len(model.calls)
    assert propose_questions(X, Y, model, n_questions=2) == first
    assert len(model.calls) == n_calls


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"model": "smollm"}, InputTypeError, "model to be a LanguageModel, got str"),
        ({"n_questions": 0}, ParameterError, "n_questions as a whole number from 1 on"),
        ({"n_examples": 0}, ParameterError, "n_examples as a whole number from 1 on"),
        ({"random_state": -1}, ParameterError, "random_state from 0 on"),
        ({"max_cost": -1}, ParameterError, "max_cost as a number"),
        ({"y": None}, InputError, "labels in y"),
        ({"y": [1]}, InputError, "y of shape"),
        ({"X": [3] * 30}, InputTypeError, "got 3 in row 0"),
    ],
)
def test_what_is_passed_is_checked(change, error, message):
    given = {"X": X, "y": Y, "model": scripted(*TWO), **change}
    with pytest.raises(error, match=message):
        propose_questions(**given)
