"""A report as Prometheus reads it, whatever classes are called."""

from dataclasses import replace

import pytest

from keraswrap.drift._facts import Fact
from keraswrap.drift._metrics import write_metrics
from keraswrap.drift._report import DriftReport
from keraswrap.drift._results import NO_SIGN, OPEN, YES, Accuracy, ClassShare, DriftTest, Statement

ODD = 'a "b"\\\nc'
REPORT = DriftReport(
    Statement("inputs_moved", YES, "", 0.001, 0.003),
    Statement("shares_moved", NO_SIGN, "", 0.5, 1.0),
    Statement("model_fails", OPEN, "", 1.0, 1.0),
    tests=(DriftTest("outputs", "inputs_moved", 0.75, 0.6, 0.8, 0.001, 0.003),
           DriftTest("facts", "inputs_moved", None, None, None, 0.5, 1.0)),
    facts=(Fact("words", 3.5, 4.5, 0.6, 0.5, 0.7, 0.1),),
    shares=(ClassShare(ODD, 0.25, 0.5, 0.4, 0.6, None),),
    accuracy=Accuracy(0.9, 0.8, 1.0, None, None, None, None, None, None, 0, None),
    mixture_p=None, rows=(), random_rows=(),
    n_reference=40, n_new=20, n_compared=20, alpha=0.05, n_checks=1, seed=0,
)  # fmt: skip


@pytest.fixture
def read():
    parser = pytest.importorskip("prometheus_client.parser")

    def reader(report):
        families = parser.text_string_to_metric_families(write_metrics(report))
        return {(one.name, *one.labels.values()): one.value for f in families for one in f.samples}

    return reader


def test_every_figure_is_read_back(read):
    found = {key[0].removeprefix("keraswrap_drift_"): {} for key in read(REPORT)}
    for (name, *labels), value in read(REPORT).items():
        found[name.removeprefix("keraswrap_drift_")][tuple(labels)] = value
    assert found["found"] == {("inputs_moved",): 1, ("shares_moved",): 0, ("model_fails",): 0}
    assert found["open"][("model_fails",)] == 1
    assert found["auc"] == {("outputs",): 0.75}
    assert found["fact"] == {("words", "reference"): 3.5, ("words", "new"): 4.5}
    assert found["accuracy"] == {("reference",): 0.9}
    assert found["rows"] == {("reference",): 40, ("new",): 20, ("labeled",): 0}


def test_a_class_may_be_called_anything(read):
    found = read(REPORT)
    assert found["keraswrap_drift_class_share", ODD, "new"] == 0.5


def test_of_many_classes_a_hundred_are_told():
    many = tuple(replace(REPORT.shares[0], label=k) for k in range(150))
    text = write_metrics(replace(REPORT, shares=many))
    assert text.count("keraswrap_drift_class_share{") == 200
    assert "keraswrap_drift_class_share" not in write_metrics(replace(REPORT, shares=()))
