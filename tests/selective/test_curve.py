"""Risk and coverage: against counting row by row; drawn as a picture."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from keraswrap.exceptions import InputError
from keraswrap.selective import (
    SelectiveReport,
    risk_coverage_curve,
    selective_report,
)

rng = np.random.default_rng(0)
PROBA = np.round(rng.dirichlet(np.ones(3), 60), 2)
PROBA[:, 2] = 1 - PROBA[:, 0] - PROBA[:, 1]
PROBA[5] = np.nan
LABELS = rng.integers(0, 3, 60)


def test_each_point_is_counted():
    curve = risk_coverage_curve(PROBA, LABELS)
    scores, top = PROBA.max(axis=1), np.nan_to_num(PROBA).argmax(axis=1)
    assert curve.threshold.tolist() == sorted(set(scores[~np.isnan(scores)]), reverse=True)
    for at, threshold in enumerate(curve.threshold):
        taken = scores >= threshold
        wrong = int((top != LABELS)[taken].sum())
        assert curve.coverage[at] == taken.mean()
        assert curve.error[at] == pytest.approx(wrong / taken.sum())
        test = binomtest(wrong, int(taken.sum()), alternative="less")
        high = test.proportion_ci(0.9, method="exact").high
        assert curve.error_bound[at] == pytest.approx(high)


def test_a_report_counts_answers():
    report = selective_report(["a", "b", "b", "a"], ["a", None, "a", "a"])
    assert (report.n, report.n_answered, report.n_wrong) == (4, 3, 1)
    assert (report.coverage, report.error) == (0.75, pytest.approx(1 / 3))
    numbers = selective_report([1, 2], np.array([1, -1]), abstain_label=-1)
    assert (numbers.coverage, numbers.error) == (0.5, 0.0)
    none = selective_report(["a"], [None])
    assert none.coverage == 0
    assert np.isnan(none.error)
    assert none.error_bound == 1.0


def test_a_report_is_of_the_same_rows():
    with pytest.raises(InputError, match="those of the same rows"):
        selective_report([0, 1], [0])


def test_no_row_with_an_answer_is_an_empty_curve():
    curve = risk_coverage_curve(np.full((2, 2), np.nan), [0, 1])
    assert len(curve.threshold) == len(curve.error) == len(curve.error_bound) == 0


@pytest.mark.parametrize("own", [True, False])
def test_it_is_drawn(own, tmp_path):
    from dataclasses import replace

    from matplotlib.figure import Figure
    from matplotlib.image import imread

    axes = None if own else Figure().add_subplot()
    chosen = SelectiveReport(60, 30, 1, 0.5, 1 / 30, 0.1)
    curve = replace(risk_coverage_curve(PROBA, LABELS), target_error=0.05, chosen=chosen)
    drawn = curve.plot(axes)
    assert own or drawn is axes
    assert {"target", "chosen"} < {text.get_text() for text in drawn.get_legend().get_texts()}
    drawn.figure.savefig(tmp_path / "curve.png")
    assert imread(tmp_path / "curve.png").std() > 0.01


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA])
def test_missing_values_are_no_answers(missing):
    predicted = pd.Series([1, missing, 0], dtype=object)
    for answers in (predicted, predicted.astype("Float64"), pd.Series([1, None, 0])):
        assert selective_report([1, 1, 1], answers).n_answered == 2
    assert selective_report([1, 1], [1, np.nan], abstain_label=np.nan).n_answered == 1


def test_other_orders_and_other_kinds_of_labels_are_refused():
    proba, labels = pd.DataFrame([[0.9, 0.1], [0.2, 0.8]], index=[7, 9]), pd.Series([0, 1], [7, 9])
    with pytest.raises(InputError, match="labels in the order of probabilities"):
        risk_coverage_curve(proba, labels[::-1])
    with pytest.raises(InputError, match="predicted in the order of labels"):
        selective_report(labels, labels[::-1])
    with pytest.raises(
        InputError, match=r"labels among the classes, such as .'0', '1'., got .0, 1."
    ):
        risk_coverage_curve(proba, labels, classes=["0", "1"])
    with pytest.raises(InputError, match=r"classes that differ, got .0, 0."):
        risk_coverage_curve(proba, labels, classes=[0, 0])
