"""Gains and their intervals, and when nothing is gained."""

import numpy as np
import pytest
from scipy import stats

from keraswrap.exceptions import ParameterError
from keraswrap.synthetic import Score, SyntheticComparison

REAL, BOTH = np.array([0.5, 0.6, 0.4]), np.array([0.7, 0.7, 0.6])


def compare(both=BOTH, overlap=0.0):
    ways = {"real": REAL, "both": both, "oversampled": REAL, "synthetic": REAL}
    scores = [
        Score(split, way, label, value)
        for way, values in ways.items()
        for split, value in enumerate(values)
        for label in (None, "bad")
    ]
    return SyntheticComparison(tuple(scores), (), ("bad", "good"), overlap)


@pytest.mark.parametrize("overlap", [0.0, 0.25])
def test_the_interval_is_students_widened_by_the_overlap(overlap):
    gain = compare(overlap=overlap).gain()
    difference = BOTH - REAL
    error = np.sqrt(difference.var(ddof=1) * (1 / 3 + overlap))
    half = stats.t.ppf(0.975, 2) * error
    assert gain.gain == pytest.approx(difference.mean())
    assert (gain.low, gain.high) == pytest.approx((gain.gain - half, gain.gain + half))


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ((0.1, 0.11, 0.12), "gain"),
        ((-0.1, -0.11, -0.12), "loss"),
        ((0.1, -0.1, 0.0), "no gain shown"),
        ((0, 0, 0), "no gain shown"),
        ((0.1, 0.1, 0.1), "no gain shown"),  # Student's interval would be this point
    ],
)
def test_the_verdict_is_that_of_the_interval(change, verdict):
    found = compare(REAL + np.array(change)).gain(label="bad")
    assert found.verdict == verdict
    assert verdict in str(found)


@pytest.mark.parametrize(("n", "verdict"), [(5, "no gain shown"), (6, "gain")])
def test_equal_differences_are_a_gain_from_as_many_on_as_a_sign_test_needs(n, verdict):
    ways = {"real": 0.5, "both": 0.7}
    scores = [Score(split, way, None, ways[way]) for way in ways for split in range(n)]
    found = SyntheticComparison(tuple(scores), (), (), 0.25).gain()
    assert (found.gain, found.verdict) == (pytest.approx(0.2), verdict)
    assert stats.binomtest(n, n).pvalue < 0.05 or np.isnan(found.low)


def test_a_single_split_has_no_interval_and_shows_nothing():
    scores = tuple(score for score in compare().scores if score.split == 0)
    found = SyntheticComparison(scores, (), ("bad",), 0.0).gain()
    assert found.gain == pytest.approx(0.2)
    assert np.isnan([found.low, found.high]).all()
    assert found.verdict == "no gain shown"


def test_a_class_that_was_never_tested_has_no_gain():
    gain = compare().gain(label="good")
    assert (gain.n_splits, gain.verdict) == (0, "no gain shown")
    assert np.isnan(gain.gain)


def test_a_frame_has_all_pairs_and_classes():
    frame = compare().to_frame()
    assert len(frame) == 4 * 3
    assert frame["label"].tolist()[::4] == [None, "bad", "good"]
    assert set(frame["verdict"]) == {"gain", "no gain shown"}


@pytest.mark.parametrize("asked", [{"way": "copies"}, {"over": None}, {"label": "ugly"}])
def test_unknown_ways_and_classes_are_refused(asked):
    with pytest.raises(ParameterError, match=r"Expected (way|over|label)"):
        compare().gain(**asked)
