"""Facts of rows: only those that vary, the clearest first."""

import numpy as np
import pytest

from keraswrap.drift._facts import compare_facts

IS_NEW = np.arange(80) >= 40


def compare(values, names):
    return compare_facts(values, names, IS_NEW, np.random.default_rng(0), 999)


def test_the_clearest_difference_comes_first():
    rng = np.random.default_rng(1)
    same, moved = rng.normal(size=80), rng.normal(size=80) + 3 * IS_NEW
    found = compare(np.column_stack([same, np.ones(80), -moved]), ("same", "constant", "moved"))
    assert [fact.name for fact in found] == ["moved", "same"]
    first = found[0]
    assert (first.reference, first.new) == (-moved[:40].mean(), -moved[40:].mean())
    assert first.p_value == 0.001
    assert first.low <= first.auc <= first.high < 0.5


@pytest.mark.parametrize("values", [np.ones((80, 2)), np.zeros((80, 0))])
def test_what_never_varies_is_no_fact(values):
    assert compare(values, ("a", "b")) == ()
