"""A prompt that comes again gets another text, and what was paid for is kept."""

import numpy as np
import pytest

from keraswrap.exceptions import EndpointError, RefusedError
from keraswrap.llm import FakeLM, Sampling
from keraswrap.llm._generator import as_prompt
from keraswrap.llm._query import Account, Query
from keraswrap.llm._questions import Generation
from keraswrap.llm._responses import memory_of
from keraswrap.synthetic._writer import Writer


def make(model, max_cost=None, seed=7):
    account = Account()

    def ask(sampling):
        return Query(model, Generation(sampling), memory_of(model), account, max_cost, False)

    return Writer(ask, Sampling(temperature=1.0, seed=seed)), account


def seeds(**params):
    return FakeLM(says=lambda prompt, sampling: f"{prompt} {sampling.seed}", **params)


def texts(writer, *prompts):
    return [one and one.text for one in writer.write([as_prompt(each) for each in prompts])]


def mixed(seed, times):
    return int(np.random.SeedSequence([seed, times]).generate_state(1)[0]) // 2


def test_a_prompt_that_comes_again_gets_another_seed():
    writer, account = make(seeds())
    assert texts(writer, "a", "b", "a") == ["a 7", "b 7", f"a {mixed(7, 1)}"]
    assert texts(writer, "a", "b") == [f"a {mixed(7, 2)}", f"b {mixed(7, 1)}"]
    assert account.calls == 5


def test_the_next_seed_gives_other_texts_and_seeds_stay_below_two_to_the_32():
    found = [texts(make(seeds(), seed=seed)[0], *["a"] * 20) for seed in (0, 1, 2**32 - 1)]
    assert len({text for each in found for text in each}) == 60
    assert max(int(text.split()[1]) for text in found[2]) == 2**32 - 1


def test_what_was_written_before_the_budget_ended_is_returned_and_costs_nothing_again():
    model = seeds(prices=(0, 1e6), batch_size=1)  # 1 a word
    short, account = make(model, max_cost=69)
    found = texts(short, *"abcd")
    assert short.is_over
    assert found == ["a 7", "b 7", "c 7", None]
    spent = account.cost
    more, account = make(model, max_cost=1000)
    assert texts(more, *"abcd") == ["a 7", "b 7", "c 7", "d 7"]
    assert spent > 0
    assert account.cost == 2 * 4 - spent


def test_after_a_failure_only_the_rest_is_asked():
    model = seeds(fail_after=1, batch_size=2)
    with pytest.raises(EndpointError, match="told to fail"):
        texts(make(model)[0], *"abcd")
    assert texts(make(model)[0], *"abcd") == ["a 7", "b 7", "c 7", "d 7"]
    assert len(model.calls) == 4


def test_a_prompt_that_a_server_refuses_is_a_text_that_is_refused():
    class Refusing(FakeLM):
        def generate(self, prompts, sampling):
            raise RefusedError("Expected answers, got refusals.", {0: "content"})
            yield

    writer, _ = make(Refusing())
    (one,) = writer.write([as_prompt("a")])
    assert (one.text, one.finish_reason) == ("", "refused")
