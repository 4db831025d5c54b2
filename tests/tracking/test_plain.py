"""What becomes JSON."""

import json

import numpy as np
import pytest

from keraswrap.exceptions import InputTypeError, ParameterError
from keraswrap.tracking._plain import check_facts, check_metrics, check_tags, now, to_json


def test_values_of_numpy_become_plain():
    facts = {
        "a": np.bool_(True),
        "b": np.float32(0.5),
        "c": (1, np.inf),
        "d": {"e": np.array(["x"])},
    }
    assert check_facts(facts) == {"a": True, "b": 0.5, "c": [1, None], "d": {"e": ["x"]}}


@pytest.mark.parametrize(
    "facts", [{"a": object()}, {"a": [b"x"]}, {1: 2}, {"a": {1: 2}}, {"a": {1}}]
)
def test_other_values_are_refused(facts):
    with pytest.raises(ParameterError, match=r"Expected (plain values|strings as names)"):
        check_facts(facts)


@pytest.mark.parametrize("value", [np.nan, np.inf, True, "0.5", None, 1j])
def test_a_metric_is_a_finite_number(value):
    with pytest.raises(ParameterError, match="finite number for the metric 'auc'"):
        check_metrics({"auc": value})


@pytest.mark.parametrize("check", [check_metrics, check_tags])
@pytest.mark.parametrize("name", ["a;b", "", "keraswrap.sha256", 3])
def test_names_are_checked(check, name):
    with pytest.raises(ParameterError, match="Expected names of"):
        check({name: 1})


@pytest.mark.parametrize("check", [check_metrics, check_tags, check_facts])
def test_a_dict_is_expected(check):
    with pytest.raises(InputTypeError, match="as a dict"):
        check([("a", 1)])


def test_a_tag_is_a_text():
    assert check_tags({"rows": 3, "by": "me"}) == {"rows": "3", "by": "me"}
    with pytest.raises(ParameterError, match="Expected a text of at most 5,000"):
        check_tags({"by": ["me"]})


def test_times_sort_as_text():
    first, second = now(), now()
    assert first <= second
    assert first.endswith("+00:00")


def test_json_is_one_text_for_equal_values():
    assert to_json({"b": 1, "a": "ü"}) == '{"a": "ü", "b": 1}'
    assert json.loads(to_json({"a": [None, 0.1]})) == {"a": [None, 0.1]}
