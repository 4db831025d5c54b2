"""What a model answered: kept as records, and recalled as it was."""

import numpy as np
import pytest

from keraswrap.llm._protocol import Answers, Continuation, Message, Piece, Prompt
from keraswrap.llm._responses import KnownAnswers, MemoryCache, Responses

LABELS = (Continuation("bad"), Continuation("good"))
PROMPTS = [Prompt((Message("user", (Piece(text),)),)) for text in ("a", "b", "c")]
NAN = float("nan")


def recall(store, labels=LABELS, fingerprint="model"):
    said = Responses.unknown(len(PROMPTS), len(labels))
    return said, KnownAnswers(store, fingerprint, labels).recall(PROMPTS, said)


@pytest.mark.parametrize(
    "answers",
    [
        Answers(np.arange(2), np.array([[-1.0, -2.5], [-0.1, -3.0]])),
        Answers(np.arange(2), np.full((2, 2), NAN), ["good", None], upper=np.full((2, 2), -0.5)),
        Answers(np.arange(2), np.array([[-1.0, NAN]] * 2), ["bad"] * 2, problems=["cut", None]),
    ],
    ids=["scores", "words", "both"],
)
def test_what_was_kept_is_recalled_as_it_was(answers):
    store, expected = MemoryCache(), Responses.unknown(3, 2)
    KnownAnswers(store, "model", LABELS).keep(PROMPTS[:2], answers)
    expected.put([0, 1], answers)
    said, left = recall(store)
    np.testing.assert_array_equal(said.log_probs, expected.log_probs)
    np.testing.assert_array_equal(said.upper, expected.upper)
    assert (said.texts, said.problems) == (expected.texts, expected.problems)
    assert left == [2]
    assert recall(store, fingerprint="another")[1] == [0, 1, 2]


def test_responses_are_taken_in_any_order():
    said = Responses(np.array([[-1.0], [-2.0]]), ["a", None])
    again = said.at([1, 0, 1])
    assert again.log_probs.ravel().tolist() == [-2, -1, -2]
    assert again.texts == [None, "a", None]
    assert said.has_any()
    assert not Responses.unknown(2, 1).has_any()
