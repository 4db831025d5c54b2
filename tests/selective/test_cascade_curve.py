"""The curve of cost and error, and its picture."""

import numpy as np
import pytest

from keraswrap.selective import CascadeCurve, CascadePoint
from keraswrap.selective._cascade_curve import measure_alone, measure_point

SCORES = np.array([[0.9, 0.9], [0.6, 0.9], [0.6, 0.7], [0.6, -np.inf]])
CORRECT = np.array([[1, 1], [0, 1], [1, 0], [1, 0]], dtype=bool)
COSTS = np.array([1.0, 10.0])


def test_a_point_counts_answers_errors_and_costs():
    point = measure_point(SCORES, CORRECT, np.array([0.8, 0.7]), COSTS)
    assert (point.cost, point.coverage) == (1 + 30 / 4, 0.75)
    assert point.error == pytest.approx(1 / 3)
    assert point.stage_shares.tolist() == [0.25, 0.5]
    assert np.isnan(measure_point(SCORES, CORRECT, np.array([2.0, 2.0]), COSTS).error)


def test_each_stage_alone_answers_all_that_it_can():
    cheap, dear = measure_alone(SCORES, CORRECT, COSTS)
    assert (cheap.cost, cheap.error, cheap.coverage) == (1, 0.25, 1)
    assert (dear.cost, dear.error, dear.coverage) == (10, pytest.approx(1 / 3), 0.75)


@pytest.mark.parametrize("target", [0.05, "last"])
def test_it_is_drawn_with_names_as_they_are(target):
    pytest.importorskip("matplotlib")
    point = CascadePoint(2.0, 0.1, 0.9, np.array([0.5, 0.4]))
    line = np.array([1.0, 2.0])
    alone = measure_alone(SCORES, CORRECT, COSTS)
    names = ("$words$", "llm")
    axes = CascadeCurve(line[:, None], line, line / 9, line / 2, point, alone, names, target).plot()
    assert axes.get_xlabel() == "mean cost of a row"
    assert [text.get_text() for text in axes.texts] == [r"\$words\$", "llm"]
    shown = [text.get_text() for text in axes.get_legend().get_texts()]
    assert "chosen, answers 90%" in shown
    assert ("target" in shown) == (target == 0.05)
