"""Attributes are checked before anything is asked, and drawn evenly."""

from collections import Counter

import numpy as np
import pytest

from keraswrap.exceptions import InputTypeError, ParameterError
from keraswrap.synthetic._attributes import check_attributes, check_holds, draw_attributes


@pytest.mark.parametrize(
    ("attributes", "error", "match"),
    [
        (["tone"], InputTypeError, "attributes as a dict"),
        ({"tone": "polite"}, InputTypeError, "as a list of texts"),
        ({"tone": [1]}, InputTypeError, "as a list of texts"),
        ({"tone": []}, ParameterError, "at least one value"),
        ({"tone": ["a", "a"]}, ParameterError, "each once"),
        ({"tone": [" "]}, ParameterError, "none empty"),
        ({"text": ["a"]}, ParameterError, "by a name other than text"),
        ({1: ["a"]}, ParameterError, "by a name other"),
    ],
)
def test_bad_attributes_are_named(attributes, error, match):
    with pytest.raises(error, match=match):
        check_attributes(attributes)


def test_holds_are_functions_for_attributes():
    assert check_holds(None, {}) == {}
    with pytest.raises(ParameterError, match=r"for the attributes .'tone'., got one for 'topic'"):
        check_holds({"topic": len}, {"tone": ("a",)})
    with pytest.raises(InputTypeError, match="as a function of a text and a value"):
        check_holds({"tone": "polite"}, {"tone": ("a",)})


def test_every_value_is_drawn_about_as_often():
    random = np.random.default_rng(0)
    drawn = Counter(draw_attributes({"t": ["a", "b"]}, random)["t"] for _ in range(400))
    assert set(drawn) == {"a", "b"}
    assert abs(drawn["a"] - 200) < 40
