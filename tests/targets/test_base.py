"""What every kind of target must keep to, whatever y is."""

import numpy as np
import pytest
from scipy.special import expit, softmax

from keraswrap._targets.classes import Classes
from keraswrap._targets.gaussian import Gaussian
from keraswrap._targets.head import Head
from keraswrap._targets.indicators import Indicators
from keraswrap._targets.numbers import Numbers
from keraswrap._targets.ordered import Ordered
from keraswrap._targets.positions import Positions
from keraswrap.exceptions import ParameterError

WORDS = ["low", "high", "mid", "low", "high", "mid"]
FLOATS = np.array([[1.5, 2.0], [np.nan, 1.0], [0.0, -1.0], [3.0, 4.0]])
KINDS = {
    "classes": (Classes, WORDS),
    "indicators": (Indicators, [[1, 0, 1], [0, 0, 0], [0, 1, 1]]),
    "positions": (Positions, [[1, -1], [0, 1], [2, 0]]),
    "ordered": (lambda: Ordered(["low", "mid", "high"]), WORDS),
    "numbers": (Numbers, FLOATS),
    "gaussian": (Gaussian, FLOATS),
}
every = pytest.mark.parametrize("kind", KINDS)


def learned(kind):
    make, y = KINDS[kind]
    target = make()
    return target, np.asarray(y), target.learn(np.asarray(y))


@every
def test_a_later_call_reads_y_as_the_fit_did_and_by_rows(kind):
    target, given, y = learned(kind)
    np.testing.assert_array_equal(target.check(given), y)
    for rows in ([2, 0], [1], np.arange(len(given)) > 0):
        np.testing.assert_array_equal(target.check(given[rows]), y[rows])


@every
def test_what_a_file_keeps_makes_the_same_target(kind):
    target, given, y = learned(kind)
    again = type(target).restored(target.learned)
    np.testing.assert_equal(again.learned, target.learned)
    np.testing.assert_equal(again.meta, target.meta)
    np.testing.assert_array_equal(again.check(given), y)


@every
def test_weights_by_class_are_where_a_row_has_one_class_or_are_refused(kind):
    target, _, y = learned(kind)
    if kind in ("numbers", "gaussian", "indicators"):
        with pytest.raises(ParameterError, match=r"class_weight.* got 'balanced'\. Use"):
            target.weigh(y, None, "balanced")
        return
    weights = target.weigh(y, None, "balanced")
    assert weights.mean() == pytest.approx(1)
    assert ((weights == 0) == (y < 0 if kind == "positions" else False)).all()


@pytest.mark.parametrize("width", [1, 3])
def test_the_users_word_on_logits_goes_before_the_heads(width):
    raw = np.random.default_rng(0).normal(size=(5, width))
    target, head = Classes(), Head("index", "normalise", width)
    one = np.hstack([1 - expit(raw), expit(raw)])
    expected = one if width == 1 else softmax(raw, axis=1)
    np.testing.assert_allclose(target.to_proba(raw, head, True), expected)
    kept = target.to_proba(np.abs(raw).clip(0, 1), head, False)
    np.testing.assert_allclose(kept[:, -1], np.abs(raw).clip(0, 1)[:, -1])
    np.testing.assert_allclose(target.to_proba(expected, head).sum(axis=1), 1)
