"""Parameters are checked one by one."""

import numpy as np
import pytest
from sklearn.metrics import get_scorer

from keraswrap.codegen._parameters import (
    check_number,
    check_seconds,
    check_whole,
    is_whole,
    scorer_of,
    seed_of,
)
from keraswrap.exceptions import ParameterError


@pytest.mark.parametrize(
    ("value", "whole"), [(3, True), (np.int8(3), True), (True, False), (3.0, False), ("3", False)]
)
def test_what_is_whole(value, whole):
    assert is_whole(value) is whole


@pytest.mark.parametrize("value", [0, 1.5, None, True])
def test_whole_numbers_have_a_least_value(value):
    with pytest.raises(ParameterError, match="Expected n as a whole number of at least 1, got"):
        check_whole("n", value, 1)
    check_whole("n", 1, 1)


@pytest.mark.parametrize("value", [-0.1, 1, 1.5, float("nan"), "0.5", None, True])
def test_numbers_have_a_range(value):
    with pytest.raises(ParameterError, match="Expected share as a number from 0 on and below 1"):
        check_number("share", value, 0, below=1)
    check_number("share", 0.5, 0, below=1)


@pytest.mark.parametrize("value", [0, -1, float("inf"), "1", True])
def test_a_time_is_above_0(value):
    with pytest.raises(ParameterError, match="Expected time_limit as seconds above 0, got"):
        check_seconds("time_limit", value)


def test_scorers_by_name_or_as_they_are():
    assert repr(scorer_of("r2")) == repr(get_scorer("r2"))
    assert scorer_of(max) is max
    with pytest.raises(ParameterError, match="Expected scoring as the name of a scorer"):
        scorer_of("r3")


def test_seeds():
    assert seed_of(np.int64(7)) == 7
    assert seed_of(None) != seed_of(None)
    generator = np.random.RandomState(0)
    assert seed_of(generator) != seed_of(generator)


@pytest.mark.parametrize("value", [-1, 2**32, 1.5, True, "0", np.random.default_rng(0)])
def test_what_is_no_seed(value):
    with pytest.raises(ParameterError, match="Expected random_state as a whole number from 0"):
        seed_of(value)
