"""Columns are drawn as described, and contradictory descriptions are refused."""

import numpy as np
import pytest

from keraswrap._made_tables import SyntheticColumn
from keraswrap.exceptions import ParameterError

N = 20_000


def draw(**told):
    return SyntheticColumn("a", **told).draw(N, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("told", "mean"), [({}, 50.5), ({"skewed": True}, 99 / np.log(100)), ({"whole": True}, 50.5)]
)
def test_numbers_are_spread_over_their_range(told, mean):
    values, _ = draw(low=1, high=100, **told)
    assert (values.min() >= 1, values.max() <= 100) == (True, True)
    assert values.mean() == pytest.approx(mean, rel=0.02)
    assert bool((values == values.round()).all()) is bool(told.get("whole"))


@pytest.mark.parametrize("skewed", [False, True])
def test_an_effect_counts_standard_deviations(skewed):
    values, added = draw(low=1, high=100, skewed=skewed, effect=0.5)
    assert (added.mean(), added.std()) == (
        pytest.approx(0, abs=0.01),
        pytest.approx(0.5, rel=0.01),
    )
    scale = np.log(values) if skewed else values
    assert np.corrcoef(scale, added)[0, 1] == pytest.approx(1)


def test_categories_have_their_shares_and_effects():
    values, added = draw(categories=["x", "y"], shares=[0.25, 0.75], effect=[-1.0, 2.0])
    assert (values == "x").mean() == pytest.approx(0.25, abs=0.01)
    assert set(zip(values, added, strict=True)) == {("x", -1.0), ("y", 2.0)}


def test_categories_without_shares_are_equally_likely():
    values, added = draw(categories=["x", "y", "z"])
    assert values.value_counts(normalize=True).to_numpy() == pytest.approx(1 / 3, abs=0.01)
    assert not added.any()


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({}, "Expected categories, or low below high, of 'a', got None and None"),
        ({"low": 2, "high": 1}, "low below high"),
        ({"low": 0, "high": np.inf}, "low below high"),
        ({"low": 0, "high": 1, "skewed": True}, "Expected low above 0 for the skewed 'a', got 0"),
        (
            {"low": 0, "high": 1, "effect": [1.0]},
            "Expected one effect and no shares of the numbers",
        ),
        ({"low": "0", "high": "1"}, "low below high, of 'a', got '0' and '1'"),
        ({"low": 0.5, "high": 2, "whole": True}, "Expected low and high of the whole 'a'"),
        ({"low": 0, "high": 1e25, "whole": True}, "as whole numbers up to 2"),
        ({"low": 0, "high": 1, "effect": np.nan}, "effect of 'a', got nan"),
        ({"low": 0, "high": 1, "effect": None}, "Expected effect of 'a' in a list, got None"),
        ({"low": 0, "high": 1, "effect": "x"}, "Expected finite numbers as the effect of 'a'"),
        ({"low": 0, "high": 1, "missing": "1"}, "Expected missing of 'a' from 0"),
        ({"categories": ["x", None]}, "Expected categories of 'a' as texts"),
        ({"categories": ["x", "y"], "shares": [1.5, -0.5]}, "Expected 2 shares of 'a' from 0 on"),
        ({"categories": 3}, "Expected categories of 'a' in a list, got 3"),
        ({"low": 0, "high": 1, "missing": 1}, "Expected missing of 'a' from 0 to below 1, got 1"),
        ({"categories": ["x"]}, "at least two different categories of 'a'"),
        ({"categories": ["x", "x"]}, "at least two different categories of 'a'"),
        ({"categories": "xy"}, "at least two different categories of 'a'"),
        ({"categories": ["x", "y"], "low": 1}, "Expected either categories or a range of 'a'"),
        (
            {"categories": ["x", "y"], "shares": [0.5, 0.4]},
            "2 shares of 'a' from 0 on that add",
        ),
        ({"categories": ["x", "y"], "effect": [1.0]}, "an effect for each of 2 categories"),
        ({"categories": ["x", "y"], "effect": 1.0}, "Expected an effect for each category of 'a'"),
    ],
)
def test_contradictory_descriptions(told, message):
    with pytest.raises(ParameterError, match=message):
        SyntheticColumn("a", **told)


@pytest.mark.parametrize("name", ["", None, 3])
def test_a_column_needs_a_name(name):
    with pytest.raises(ParameterError, match="Expected the name of a column as a text"):
        SyntheticColumn(name, low=0, high=1)


def test_arrays_are_lists():
    told = {"categories": ["x", "y"], "shares": [0.25, 0.75], "effect": [-1.0, 2.0]}
    made = SyntheticColumn("a", **{name: np.array(each) for name, each in told.items()})
    assert made == SyntheticColumn("a", **told)
