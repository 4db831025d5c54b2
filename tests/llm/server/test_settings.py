"""Settings of an endpoint: what is taken, and what an error says of the rest."""

import numpy as np
import pytest

from keraswrap.exceptions import ParameterError
from keraswrap.llm.server._settings import check_positive, check_prices, check_whole, copy_json


@pytest.mark.parametrize("value", [2, np.int64(7)])
def test_whole_numbers_are_taken(value):
    assert check_whole("n", value, 2) == value


@pytest.mark.parametrize("value", [1, True, 2.0, "3", None])
def test_other_numbers_are_no_whole_ones(value):
    with pytest.raises(ParameterError, match="Expected n as a whole number from 2 on, got"):
        check_whole("n", value, 2)


@pytest.mark.parametrize("value", [0, -1.5, float("inf"), float("nan"), True, "1"])
def test_seconds_are_above_0(value):
    with pytest.raises(ParameterError, match="Expected timeout as a number above 0, got"):
        check_positive("timeout", value)


@pytest.mark.parametrize("prices", [1, (1,), (1, -1), (1, "2"), None])
def test_prices_are_two_numbers(prices):
    with pytest.raises(ParameterError, match="Expected prices as two numbers"):
        check_prices(prices)


def test_fields_are_copied_if_json_can_hold_them():
    extra = {"a": [1]}
    copied = copy_json(extra)
    assert copied == extra
    assert copied["a"] is not extra["a"]
    with pytest.raises(ParameterError, match="extra_body as JSON can hold it"):
        copy_json({"a": {1, 2}})
