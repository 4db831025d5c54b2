"""Costs of stages: as they are given, in any order that can be indexed or by name."""

import numpy as np
import pandas as pd
import pytest

from keraswrap.exceptions import ParameterError
from keraswrap.selective._costs import check_costs

NAMES = ["words", "llm"]


@pytest.mark.parametrize(
    "costs",
    [
        [0, 2.5],
        (0, 2.5),
        np.array([0, 2.5], dtype="float32"),
        pd.Series([0, 2.5], index=[7, 3]),
        pd.Index([0, 2.5]),
        {"llm": 2.5, "words": 0},
        pd.Series({"llm": 2.5, "words": 0}),
    ],
)
def test_costs_are_read_in_order_or_by_name(costs):
    assert check_costs(costs, NAMES).tolist() == [0, 2.5]


@pytest.mark.parametrize(
    "costs",
    [
        *([1], [1, 2, 3], [1, -1], [1, np.nan], [1, np.inf], [1, "2"], [1, True], [1, None]),
        *(3, "12", {1, 2}, np.eye(2), pd.Series([1, None]), pd.DataFrame([[1, 2]])),
    ],
)
def test_what_is_no_cost_is_refused(costs):
    with pytest.raises(ParameterError, match="a finite cost ≥ 0 per row for each of 2 stages"):
        check_costs(costs, NAMES)


def test_numbered_costs_in_another_order_are_refused():
    with pytest.raises(ParameterError, match=r"the index \[1, 0\]. Use the names"):
        check_costs(pd.Series([2.5, 0], index=[1, 0]), NAMES)


@pytest.mark.parametrize("costs", [{"words": 1}, pd.Series({"words": 1, "model": 2})])
def test_names_are_those_of_the_stages(costs):
    with pytest.raises(ParameterError, match=r"each of the stages \['words', 'llm'\]"):
        check_costs(costs, NAMES)
