"""One row's answer: when it ends, and what is told of it."""

import numpy as np
import pytest

from keraswrap.llm import Sampling
from keraswrap.llm.local._row_writer import RowWriter, Writing

END, WORDS = 0, ["", "It ", "broke", ". ", "Tw", "ice"]


def decode(ids):
    return "".join(WORDS[token] for token in ids)


def logits(token):
    return np.where(np.arange(len(WORDS)) == token, 5.0, 0.0)


def write(sampling, tokens, room=99, noise=0.0, alone=None):
    writer = RowWriter(Writing(sampling, (END,), decode, noise=noise), (7, 8, 9), room)
    for token in tokens:
        if writer.is_open:
            writer.add(logits(token), alone)
    return writer.result(4)


@pytest.mark.parametrize(
    ("given", "tokens", "expected"),
    [
        ({}, [1, 2, END, 3], ("It broke", "stop", (3, 3))),
        ({}, [END], ("", "stop", (3, 1))),
        ({"max_tokens": 2}, [1, 2, 3], ("It broke", "length", (3, 2))),
        ({"max_tokens": 2}, [1, END, 3], ("It ", "stop", (3, 2))),
        ({"stop": ["."]}, [1, 2, 3, 4], ("It broke", "stop", (3, 3))),
        ({"stop": ["Twice"]}, [1, 2, 3, 4, 5, 1], ("It broke. ", "stop", (3, 5))),
        ({"stop": ["Twice", "oke"]}, [1, 2, 3, 4], ("It br", "stop", (3, 2))),
    ],
)
def test_an_answer_ends_at_an_end_token_a_stop_text_or_a_length(given, tokens, expected):
    one = write(Sampling(**given), tokens)
    assert (one.text, one.finish_reason, one.n_tokens) == expected
    assert one.row == 4


@pytest.mark.parametrize(("room", "why"), [(2, "the model's context"), (9, "max_tokens")])
def test_what_cut_an_answer_is_told(room, why):
    n = min(room, 4)
    assert write(Sampling(4), [1] * 9, room).problem == f"cut after {n} tokens by {why}"


def test_where_other_rows_could_decide_the_row_is_run_alone():
    near = logits(1) + logits(2) + np.eye(6)[1] * 1e-4
    sampling, asked = Sampling(1), []
    for noise, token in [(0.0, 1), (1e-5, 1), (1e-3, 2)]:
        writer = RowWriter(Writing(sampling, (END,), decode, noise=noise), (7,), 9)
        writer.add(near, lambda: asked.append(1) or logits(2))
        assert writer.ids == [token]
    assert asked == [1]


def test_draws_are_of_the_seed_the_prompt_and_the_step():
    def draw(seed, prompt=(7,)):
        writer = RowWriter(Writing(Sampling(50, 1.0, seed=seed), (), decode), prompt, 99)
        while writer.is_open:
            writer.add(np.zeros(6), None)
        return writer.ids

    assert draw(0) == draw(0)
    assert len(set(draw(0))) == 6
    assert draw(0) != draw(1)
    assert draw(0) != draw(0, (8,))
