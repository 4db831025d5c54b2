"""Each answer is tried or noted, what was paid for is kept, and equals are scored once."""

from dataclasses import replace

import numpy as np
import pytest
from mixed_tables import said, scripted

from keraswrap.codegen._calls import Call
from keraswrap.codegen._candidates import MODEL, RANDOM
from keraswrap.codegen._proposals import Proposer, Search, ask_model, draw_random
from keraswrap.codegen._space import Choice, Fields
from keraswrap.codegen._trials import Outcome
from keraswrap.exceptions import EndpointError
from keraswrap.llm import FakeLM
from keraswrap.llm._protocol import Message, Piece, Prompt
from keraswrap.llm._query import Account
from keraswrap.llm._responses import MemoryCache

SPACE = Fields({"C": Choice([0.1, 1.0, 10.0])})


class Briefing:
    """Tells how many candidates there are, and nothing else."""

    def prompt(self, candidates, own):
        return Prompt((Message("user", (Piece(f"{len(candidates)} so far"),)),))


def make(model, max_cost=None, store=None):
    runs = []

    def run(pipeline):
        runs.append(pipeline)
        return Outcome((pipeline.arguments["C"],), 0.1)

    search = Search(lambda told: Call("SVC", told), run)
    proposer = Proposer(model, store or MemoryCache(), Account(), max_cost, 50, 0.8, 0)
    return search, proposer, runs


def ask(model, n, **told):
    search, proposer, runs = make(model, **told)
    stopped = ask_model(search, proposer, Briefing(), SPACE, n)
    return search.candidates, stopped, runs, proposer


def test_each_answer_is_a_candidate_in_turn():
    found, stopped, runs, _ = ask(scripted({"C": 0.1}, {"C": 10.0}), 2)
    assert [one.score for one in found] == [0.1, 10.0]
    assert (stopped, len(runs)) == (None, 2)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("no json", "The answer cannot be used: no JSON"),
        ({"C": 5}, "The answer cannot be used: not of the schema"),
        ("word " * 60, "The answer cannot be used: length"),
    ],
)
def test_an_answer_that_cannot_be_used_is_noted_and_the_next_one_tried(answer, reason):
    found, _, runs, _ = ask(scripted(answer, {"C": 1.0}), 2)
    assert found[0].outcome.error.startswith(reason)
    assert (found[1].score, len(runs)) == (1.0, 1)


def test_what_a_model_repeats_is_not_scored_again():
    found, _, runs, _ = ask(scripted({"C": 1.0}), 3)
    assert [one.outcome.error for one in found] == [None, *["It was tried before."] * 2]
    assert len(runs) == 1


@pytest.mark.parametrize(
    ("temperature", "used"), [(0.8, [0.8, 0.8, 1.1, 1.4, 0.8]), (0.0, [0.0] * 5), (1.9, None)]
)
def test_repeats_raise_the_temperature_until_something_new_comes(temperature, used):
    seen, answers = [], iter([0.1, 0.1, 0.1, 1.0, 10.0])
    model = FakeLM(says=lambda p, s: seen.append(s.temperature) or said({"C": next(answers)}))
    search, proposer, _ = make(model)
    ask_model(search, replace(proposer, temperature=temperature), Briefing(), SPACE, 5)
    assert seen == pytest.approx(used or [1.9, 1.9, 2.0, 2.0, 1.9])


def test_the_end_of_the_budget_ends_the_asking():
    model = scripted({"C": 1.0}, {"C": 0.1}, prices=(0.0, 1e6))
    found, stopped, _, proposer = ask(model, 99, max_cost=60.0)
    assert [one.score for one in found[:2]] == [1.0, 0.1]
    assert stopped.startswith("budget: Expected a cost of at most max_cost=60")
    assert proposer.account.cost == 2 * len(found) <= 60


def test_a_budget_that_is_too_small_for_the_first_answer():
    found, stopped, _, _ = ask(scripted({"C": 1.0}, prices=(0.0, 1e6)), 5, max_cost=1.0)
    assert (found, stopped[:7]) == ([], "budget:")


def test_a_first_answer_that_does_not_come_is_an_error_and_a_later_one_an_end():
    with pytest.raises(EndpointError, match="told to fail"):
        ask(scripted({"C": 1.0}, fail_after=0), 3)
    found, stopped, _, _ = ask(scripted({"C": 1.0}, fail_after=1), 3)
    assert len(found) == 1
    assert stopped.startswith("endpoint: Expected an answer, got none")


def test_what_was_answered_is_not_asked_again():
    store, model = MemoryCache(), scripted({"C": 1.0}, {"C": 0.1})
    first = ask(model, 2, store=store)[0]
    again = ask(model, 2, store=store)[0]
    assert [one.score for one in again] == [one.score for one in first]
    assert len(model.calls) == 2


def test_what_is_drawn_is_distinct_and_ends_with_a_small_space():
    search, _, runs = make(scripted("{}"))
    draw_random(search, SPACE, 10, np.random.default_rng(0))
    assert sorted(one.score for one in search.candidates) == [0.1, 1.0, 10.0]
    assert {one.source for one in search.candidates} == {RANDOM}
    assert len(runs) == 3


def test_what_both_find_is_scored_once_and_counts_for_both():
    search, proposer, runs = make(scripted({"C": 1.0}))
    ask_model(search, proposer, Briefing(), SPACE, 1)
    draw_random(search, SPACE, 10, np.random.default_rng(0))
    same = [one.source for one in search.candidates if one.score == 1.0]
    assert (same, len(runs)) == ([MODEL, RANDOM], 3)


def test_an_estimate_is_not_exceeded():
    model = scripted({"C": 1.0}, {"C": 0.1}, {"C": 10.0}, prices=(1.0, 1.0))
    search, proposer, _ = make(model)
    expected = proposer.estimate(Briefing(), SPACE, 3)
    ask_model(search, proposer, Briefing(), SPACE, 3)
    assert proposer.account.calls == expected.calls == 3
    assert proposer.account.tokens_in <= expected.tokens_in
    assert proposer.account.tokens_out <= expected.tokens_out == 150


def test_an_estimate_counts_the_requests_that_a_server_may_take_for_a_schema():
    model = scripted({"C": 1.0}, prices=(1.0, 1.0))
    once = make(model)[1].estimate(Briefing(), SPACE, 1)
    model.most_tries = lambda sampling: 3 if sampling.schema else 1
    thrice = make(model)[1].estimate(Briefing(), SPACE, 1)
    assert (thrice.tokens_in, thrice.tokens_out) == (3 * once.tokens_in, 3 * once.tokens_out)
