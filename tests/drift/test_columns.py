"""Columns of tables as numbers: levels, gaps, and more than means."""

import numpy as np

from keraswrap.drift._columns import column_values, table_features
from keraswrap.drift._two_samples import separate


def test_levels_and_gaps_are_columns():
    values, names = column_values(
        {"n": np.r_[np.nan, np.nan, np.nan, np.arange(5.0)], "c": np.array([*"aaabbb", "z", ""])}
    )
    assert names == ("n", "n missing", "c = a", "c = b")
    assert values[:, 2].tolist() == [1, 1, 1, 0, 0, 0, 0, 0]
    assert values[:3, 0].tolist() == [2, 2, 2]


def test_columns_that_go_together_otherwise_are_told():
    rng = np.random.default_rng(0)
    old, new = rng.normal(size=(2, 400, 2))
    new[:, 1] = new[:, 0] * 0.9 + new[:, 1] * 0.4
    features = table_features(np.vstack([old, new]), np.random.default_rng(1))
    found = separate(features, np.arange(800) >= 400, rng, 999)
    assert found.p_value == 0.001
