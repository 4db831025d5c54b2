"""What may be asked of an answer, and when two ways of writing are the same."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from keraswrap.exceptions import InputTypeError, ParameterError
from keraswrap.llm import Choices, Generated, Regex, Sampling
from keraswrap.llm._sampling import before_stop

INVALID = [
    ({"max_tokens": 0}, "max_tokens of at least 1, got 0"),
    ({"max_tokens": True}, "max_tokens of at least 1, got True"),
    ({"max_tokens": 2.0}, "max_tokens of at least 1, got 2.0"),
    ({"temperature": -1}, "temperature as a number from 0 on, got -1"),
    ({"temperature": math.nan}, "temperature as a number from 0 on, got nan"),
    ({"temperature": math.inf}, "temperature as a number from 0 on, got inf"),
    ({"temperature": 0.5}, r"a seed with temperature=0.5, got None. Pass a whole number"),
    ({"top_p": 0}, "top_p above 0 and at most 1, got 0"),
    ({"top_p": 1.1}, "top_p above 0 and at most 1, got 1.1"),
    ({"top_p": math.nan}, "top_p above 0 and at most 1, got nan"),
    ({"seed": -1}, "seed from 0 to 4294967295, got -1"),
    ({"seed": True}, "seed from 0 to 4294967295, got True"),
    ({"seed": 2**32}, "seed from 0 to 4294967295, got 4294967296"),
    ({"stop": ["a", ""]}, "stop as a list of texts, none empty"),
    ({"stop": 3}, "stop as a list of texts, none empty, got 3"),
    ({"schema": {"type": "no"}}, "a valid JSON schema, got 'no' is not valid"),
]


@pytest.mark.parametrize(("given", "message"), INVALID, ids=str)
def test_what_cannot_be_asked_is_refused_at_once(given, message):
    with pytest.raises(ParameterError, match=message):
        Sampling(**given)


def test_a_schema_has_one_of_three_types():
    with pytest.raises(InputTypeError, match="schema as a JSON schema in a dict, a Regex or Choi"):
        Sampling(schema=3)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Regex("("), "Expected a regular expression, got '\\(': missing"),
        (lambda: Regex(""), "Expected a pattern as a text, got ''"),
        (lambda: Choices([]), r"at least one text to choose, and each once, got \(\)"),
        (lambda: Choices(["a", "a"]), "each once, got"),
        (lambda: Choices(["a", ""]), "texts as a list of texts, none empty"),
        (lambda: Choices("ab"), "texts as a list of texts"),
        (lambda: Choices({"a", "b"}), "texts as a list of texts"),
        (lambda: Choices({"a": 1}), "texts as a list of texts"),
        (lambda: Choices(pd.Series(["a", None])), "texts as a list of texts"),
        (lambda: Choices(pd.DataFrame({"a": ["b"]})), "texts as a list of texts"),
    ],
)
def test_forms_are_checked(make, message):
    with pytest.raises(ParameterError, match=message):
        make()


@pytest.mark.parametrize("kind", [list, np.array, pd.Series, pd.Index, pd.Categorical])
def test_texts_come_in_any_order_that_can_be_indexed(kind):
    assert Choices(kind(["yes", "no"])) == Choices(("yes", "no"))
    assert Sampling(stop=kind(["yes", "no"])).stop == ("yes", "no")


def test_what_is_given_in_other_types_is_the_same():
    schema = {"type": "object", "properties": {"b": {}, "a": {}}}
    plain = Sampling(5, 1.0, 0.5, 3, ("a",), schema)
    other = Sampling(np.int64(5), 1, np.float32(0.5), np.int32(3), "a", schema)
    assert plain == other == replace(plain) == Sampling(5, 1.0, 0.5, 3, ["a"], plain.schema)
    assert hash(plain) == hash(other)
    assert len({plain, other, replace(plain, seed=4)}) == 2


def test_ways_of_writing_that_differ_have_names_that_differ():
    ways = [Sampling(), Sampling(9), Sampling(stop="a"), Sampling(schema={}), Sampling(stop="{}")]
    ways += [
        Sampling(schema=Regex("a")),
        Sampling(schema=Choices(["a"])),
        Sampling(stop=["a", "b"]),
    ]
    ways += [
        Sampling(temperature=t, seed=s, top_p=p) for t, s, p in [(1, 0, 1), (1, 1, 1), (1, 0, 0.5)]
    ]
    assert len({way.to_json() for way in ways}) == len(ways)
    # Where nothing is drawn, a seed says nothing.
    assert Sampling(seed=3, top_p=0.5).to_json() == Sampling().to_json()


def test_only_a_text_that_the_model_ended_is_whole():
    reasons = ("stop", "length", "invalid", "refused")
    assert [Generated(0, "a", reason).is_whole for reason in reasons] == [True, False, False, False]


@pytest.mark.parametrize(
    ("stop", "expected"),
    [
        ((), ("a. b; c", False)),
        ((";",), ("a. b", True)),
        ((";", "."), ("a", True)),
        (("d",), ("a. b; c", False)),
    ],
)
def test_a_text_ends_before_the_first_of_those_that_stop_it(stop, expected):
    assert before_stop("a. b; c", stop) == expected
