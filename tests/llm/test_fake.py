"""The model for tests."""

import copy
import pickle

import numpy as np
import pytest

from keraswrap.exceptions import EndpointError
from keraswrap.llm import FakeLM, LanguageModel, Sampling
from keraswrap.llm._protocol import Continuation, Message, Piece, Prompt

PROMPT = Prompt(
    (Message("user", (Piece("Labels: "), Piece("a, b", False), Piece("it broke", False))),)
)
WORDS = [Continuation("a"), Continuation("b")]


def score(model, *prompts):
    return np.concatenate([one.log_probs for one in model.score(prompts, WORDS)])


def test_it_is_a_language_model():
    assert isinstance(FakeLM(), LanguageModel)


@pytest.mark.parametrize("scores", [None, {"a": ["broke"], "b": []}, lambda p, w: -len(w)])
def test_it_answers_the_same_each_time(scores):
    models = [FakeLM(scores), FakeLM(scores), pickle_of(scores)]
    rows = [score(model, PROMPT).tolist() for model in models]
    assert rows[0] == rows[1] == rows[2]
    assert len({model.fingerprint for model in models}) == 1
    assert np.exp(rows[0]).sum() <= 1


def pickle_of(scores):
    return FakeLM(scores) if callable(scores) else pickle.loads(pickle.dumps(FakeLM(scores)))


def test_models_that_answer_otherwise_are_told_apart():
    assert FakeLM({"a": ["x"]}).fingerprint != FakeLM({"a": ["y"]}).fingerprint


def test_words_are_looked_for_in_the_text_of_the_row():
    shares = np.exp([2, 0]) / (np.exp(2) + 1)
    model = FakeLM({"a": ["broke"], "b": ["labels", "a"]})
    np.testing.assert_allclose(np.exp(score(model, PROMPT)), [0.9 * shares])


def test_it_is_never_copied_and_forgets_its_calls_in_a_pickle():
    model = FakeLM()
    score(model, PROMPT)
    assert copy.deepcopy(model) is model
    assert (model.calls, pickle.loads(pickle.dumps(model)).calls) == ([PROMPT], [])


def test_it_fails_once_if_told():
    model = FakeLM(batch_size=1, fail_after=1)
    with pytest.raises(EndpointError, match="told to fail"):
        score(model, PROMPT, PROMPT)
    assert score(model, PROMPT, PROMPT).shape == (2, 2)


def test_it_counts_words():
    model = FakeLM()
    assert model.count_tokens([PROMPT]).tolist() == [4]  # "Labels: a, bit broke"
    assert model.count_continuations([Continuation("good enough")]).tolist() == [2]


def write(model, *args, **kwargs):
    (one,) = model.generate([PROMPT], Sampling(*args, **kwargs))
    return one.text, one.finish_reason


def test_it_writes_words_up_to_a_length_a_stop_text_or_its_end():
    model = FakeLM(says=lambda prompt: "It  broke. Twice.")
    assert write(model) == ("It  broke. Twice.", "stop")
    assert write(model, 2) == ("It  broke.", "length")
    assert write(model, 2, stop=["."]) == ("It  broke", "stop")
    assert write(model, schema={}) == ("It  broke. Twice.", "invalid")
    assert write(FakeLM({"a": ["broke"], "b": []})) == ("a", "stop")


def test_what_it_says_may_depend_on_how_it_is_asked():
    model = FakeLM(says=lambda prompt, sampling: f"seed {sampling.seed}")
    assert [write(model, seed=seed)[0] for seed in (1, 2)] == ["seed 1", "seed 2"]
    assert write(FakeLM(says=lambda prompt, more="x": more)) == ("x", "stop")
    assert write(FakeLM(says=str))[0] == PROMPT.text
