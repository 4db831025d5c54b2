"""Answers and replies: what a handler may return, what it may cost, and plain data."""

import json
import math

import numpy as np
import pytest

from keraswrap.exceptions import InputTypeError, ParameterError
from keraswrap.routing import Answer, Conversation
from keraswrap.routing._answers import Reply, check_cost, read_answer
from keraswrap.routing._conversation import Pending


def test_a_text_is_an_answer_that_costs_nothing():
    assert read_answer("Hello") == Answer("Hello", draft=False, cost=0.0, found=True, usable=True)
    given = Answer("Hello", draft=True, cost=2)
    assert read_answer(given) is given


@pytest.mark.parametrize(
    ("given", "error", "match"),
    [
        (None, InputTypeError, "a handler to return a str or an Answer, got None"),
        (b"Hello", InputTypeError, "a str or an Answer, got b'Hello'"),
        (Answer(5), InputTypeError, r"a str or an Answer, got Answer\(text=5"),
        (Answer("a", cost=-1), ParameterError, "the cost of an Answer as .* got -1"),
        (Answer("a", cost="1"), ParameterError, "the cost of an Answer as .* got '1'"),
    ],
)
def test_what_is_no_answer_is_refused(given, error, match):
    with pytest.raises(error, match=match):
        read_answer(given)


@pytest.mark.parametrize("cost", [0, 1, 0.25, np.float64(2.5)])
def test_a_cost_is_a_number_from_0_on(cost):
    assert check_cost(cost, "the cost") == cost
    assert type(check_cost(cost, "the cost")) is float


@pytest.mark.parametrize("cost", [-0.1, math.inf, math.nan, True, None, "1"])
def test_what_is_no_cost_is_refused(cost):
    with pytest.raises(
        ParameterError, match=f"Expected the cost as a finite number .* got {cost!r}"
    ):
        check_cost(cost, "the cost")


def test_a_reply_is_plain_data_with_the_conversation_as_its_text():
    kept = Conversation().add("where?", "which?", Pending("status", (("order", "A"),), 1))
    reply = Reply(
        "which?", "question", "status", 0.5, cost=0.25, fields={"order": "A"},
        trace=(("field", "day is missing"),), conversation=kept,
    )  # fmt: skip
    plain = json.loads(json.dumps(reply.to_dict()))
    assert plain == {
        "text": "which?",
        "kind": "question",
        "route": "status",
        "confidence": 0.5,
        "stage": None,
        "cost": 0.25,
        "draft": False,
        "reason": None,
        "fields": {"order": "A"},
        "trace": [["field", "day is missing"]],
        "conversation": kept.to_json(),
    }
    assert Conversation.from_json(plain["conversation"]) == kept
