"""Shares: intervals hold, also with a biased model, and are narrower with a good one."""

import numpy as np
import pytest

from keraswrap.exceptions import InputError, ParameterError
from keraswrap.labeling import estimate_share, label_texts
from keraswrap.labeling._shares import correct_share


def population(share, quality, n, rng):
    truth = rng.random(n) < share
    # A model that sees the class too often, and is right more or less often.
    seen = np.clip(np.where(rng.random(n) < quality, truth, rng.random(n) < 0.7) * 0.8 + 0.15, 0, 1)
    return truth, seen


@pytest.mark.parametrize("share", [0.02, 0.3, 0.8])
@pytest.mark.parametrize("quality", [0.0, 0.6, 0.98])
def test_intervals_hold_as_often_as_was_said(share, quality):
    rng, inside, widths = np.random.default_rng(0), 0, []
    for _ in range(400):
        truth, seen = population(share, quality, 2000, rng)
        rows = rng.permutation(2000)[:150]
        _, low, high = correct_share(truth[rows], seen[rows], seen, 0.9)
        inside += low <= truth.mean() <= high
        widths.append(high - low)
    assert inside >= 0.86 * 400
    if (share, quality) == (0.3, 0.98):
        plain = 2 * 1.645 * np.sqrt(0.3 * 0.7 / 150)
        assert np.mean(widths) < 0.6 * plain


def test_a_table_s_shares_are_corrected_where_its_labels_count_wrong():
    rng = np.random.default_rng(1)
    truth = np.where(rng.random(1000) < 0.3, "good", "bad")
    said = np.where(rng.random(1000) < 0.3, "good", truth)
    people = np.where(np.arange(1000) < 300, truth, None)
    found = estimate_share(label_texts([f"t {n}" for n in range(1000)], {"m": said}, people))
    true = (truth == "good").mean()
    assert found.loc["good", "low"] < true < found.loc["good", "high"]
    assert abs(found.loc["good", "share"] - true) < 0.04
    assert found["share"].sum() == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("settings", [{}, {"max_cost": 4.0, "prices": {"m": 0.01}}])
def test_intervals_hold_where_annotators_abstain_on_one_class_or_a_budget_ends(settings):
    inside = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        truth = np.where(rng.random(800) < 0.5, "bad", "good").astype(object)
        said = np.where((truth == "bad") & (rng.random(800) < 0.6), None, truth)
        people = np.where(rng.permutation(800) < 120, truth, None)
        table = label_texts([f"t {n}" for n in range(800)], {"m": said}, people, **settings)
        found = estimate_share(table).loc["bad"]
        inside += found["low"] <= (truth == "bad").mean() <= found["high"]
    assert inside >= 24


def test_without_an_audit_nothing_is_estimated():
    table = label_texts(["a", "b"], {"m": ["x", "y"]})
    with pytest.raises(InputError, match="at least 10 random rows"):
        estimate_share(table)
    with pytest.raises(ParameterError, match="confidence"):
        estimate_share(table, 90)
