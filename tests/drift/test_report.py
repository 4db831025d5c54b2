"""A report as dict, table and metrics."""

import dataclasses
import json

import pytest
from drift_rows import linear_classifier, numbers

from keraswrap.drift import DriftMonitor


@pytest.fixture(scope="module")
def report():
    made = DriftMonitor(linear_classifier(), n_bootstrap=30, n_look=3)
    return made.fit(*numbers(100, 1)).check(*numbers(100, 2))


def test_a_summary_is_json(report):
    found = report.summary()
    assert json.loads(json.dumps(found)) == found
    assert list(found["statements"]) == ["inputs_moved", "shares_moved", "model_fails"]
    assert (len(found["rows"]), len(found["random_rows"])) == (3, 3)


def test_a_report_cannot_be_changed(report):
    with pytest.raises(dataclasses.FrozenInstanceError, match="alpha"):
        report.alpha = 0.5


def test_figures_are_one_table(report):
    frame = report.to_frame()
    assert frame["part"].drop_duplicates().tolist() == ["test", "fact", "share", "accuracy"]
    real = frame[frame["name"] == "real"].iloc[0]
    assert (real["reference"], real["new"]) == (report.accuracy.reference, report.accuracy.real)


def test_metrics_are_as_prometheus_reads_them(report):
    parser = pytest.importorskip("prometheus_client.parser")
    found = {one.name: one for one in parser.text_string_to_metric_families(report.to_prometheus())}
    shares = {
        tuple(s.labels.values()): s.value for s in found["keraswrap_drift_class_share"].samples
    }
    assert shares["0", "new"] == pytest.approx(report.shares[0].new)
    assert len(found["keraswrap_drift_found"].samples) == 3


def test_fewer_labels_show_a_larger_drop(report):
    assert report.labels_needed(0.3) < report.labels_needed(0.25)
