"""What local models share: counting, limits, and what is not pickled."""

import threading

import numpy as np
import pytest
from causal import CONTEXT, write_causal
from reference import REVIEWS, continuations, prompt, prompts, score

from keraswrap.exceptions import InputError
from keraswrap.llm import KerasHubLM, Sampling
from keraswrap.llm._protocol import Continuation, Message, Piece, Prompt


@pytest.fixture(scope="module")
def llama(tmp_path_factory):
    folder = write_causal(tmp_path_factory.mktemp("llama"), seed=1)
    return folder, KerasHubLM(folder)


def test_counts(llama):
    _, model = llama
    assert model.count_tokens(prompts()).tolist() == [
        len(model.tokens_.encode(each)) for each in prompts()
    ]
    assert (model.count_continuations(continuations(True)) >= 1).all()
    answers = list(model.score(prompts(), continuations(True)))
    assert sum(each.n_tokens[0] for each in answers) == model.count_tokens(prompts()).sum()


def test_seconds_are_expected_by_the_tokens_that_are_run(llama):
    model, asked, one = llama[1], prompts(), [Continuation(" positive")]
    once, often = (model.expect_seconds(asked * n, one) for n in (1, 50))
    assert 0 < once < often
    # What prompts share is run once; what labels have between them, for each prompt.
    alike = [model.expect_seconds(asked[:1] * n, []) for n in (1, 2)]
    assert alike[0] == pytest.approx(alike[1])
    assert model.expect_seconds(asked, continuations(True)) > 1.2 * once
    assert model.expect_seconds([], one) == 0


def test_no_prompts_and_no_continuations(llama):
    _, model = llama
    assert list(model.score([], continuations(False))) == []
    assert score(model, prompts(), []).shape == (len(REVIEWS), 0)


@pytest.mark.parametrize(
    ("asked", "ways", "message"),
    [
        ([Prompt((Message("user", (Piece(""),)),))], ["a"], "at least one token, got none"),
        ([prompt("fine")], ["a", ""], "at least one token, got ''"),
        ([prompt("a b " * CONTEXT)], ["a"], f"at most {CONTEXT} tokens"),
    ],
)
def test_what_cannot_be_scored_is_refused_before_anything_is_run(llama, asked, ways, message):
    _, model = llama
    with pytest.raises(InputError, match=message):
        model.score(asked, [Continuation(way) for way in ways])


def test_a_prompt_has_room_for_a_token_at_least(llama):
    with pytest.raises(InputError, match=f"at most {CONTEXT} tokens.* in number 1"):
        llama[1].generate([prompt("fine"), prompt("a b " * CONTEXT)], Sampling())


def test_each_answer_has_the_room_behind_its_own_prompt(llama):
    asked = [prompt("fine"), prompt("fine " * 6)]
    written = {one.row: one for one in llama[1].generate(asked, Sampling(1000))}
    for one, n_read in zip([written[0], written[1]], llama[1].count_tokens(asked), strict=True):
        assert one.n_tokens == (n_read, CONTEXT - n_read)
        assert one.finish_reason == "length"
        assert "by the model's context" in one.problem


def test_threads_take_turns(llama):
    _, model = llama
    ways, found = continuations(True), {}
    expected = {chat: score(model, prompts(chat), ways) for chat in (False, True)}

    def work(chat):
        found[chat] = [score(model, prompts(chat), ways) for _ in range(3)]

    threads = [threading.Thread(target=work, args=(chat,)) for chat in (False, True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for chat, runs in found.items():
        np.testing.assert_allclose(runs, [expected[chat]] * 3, atol=1e-4)
