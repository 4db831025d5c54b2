"""The picture of errors and coverage: the lines are the curve's own numbers."""

from dataclasses import replace

import numpy as np
import pytest

from keraswrap.selective import SelectiveReport, risk_coverage_curve
from keraswrap.selective._plots import draw_curve, new_axes

CURVE = risk_coverage_curve([[0.9, 0.1], [0.3, 0.7], [0.6, 0.4], [0.45, 0.55]], [0, 1, 1, 1])
CHOSEN = SelectiveReport(60, 30, 1, 0.5, 1 / 30, 0.1)

pytest.importorskip("matplotlib")


def drawn(curve):
    return {line.get_label(): line.get_xydata().tolist() for line in draw_curve(curve).lines}


def test_errors_and_their_bounds_are_drawn_over_coverage():
    found = drawn(CURVE)
    assert set(found) == {"error seen", "upper bound of each, confidence 0.9"}
    assert found["error seen"] == np.column_stack([CURVE.coverage, CURVE.error]).tolist()
    bounds = np.column_stack([CURVE.coverage, CURVE.error_bound]).tolist()
    assert found["upper bound of each, confidence 0.9"] == bounds


def test_the_target_and_what_was_chosen_are_marked():
    found = drawn(replace(CURVE, target_error=0.05, chosen=CHOSEN))
    assert [y for _, y in found["target"]] == [0.05, 0.05]
    assert found["chosen"] == [[0.5, 1 / 30]]
    silent = replace(CHOSEN, n_answered=0)
    assert "chosen" not in drawn(replace(CURVE, chosen=silent))


def test_axes_are_those_given_or_of_no_global_figure():
    from matplotlib import pyplot

    axes = new_axes()
    assert draw_curve(CURVE, axes) is axes
    assert (axes.get_xlim(), axes.get_ylim()[0]) == ((0, 1), 0)
    assert axes.get_xlabel() == "share of rows answered"
    assert pyplot.get_fignums() == []
