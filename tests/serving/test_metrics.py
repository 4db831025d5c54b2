"""What is counted, and what others add to it."""

import numpy as np
import pytest
from served import model

from keraswrap.serving import ServedModel
from keraswrap.serving._blocks import Block
from keraswrap.serving._metrics import Metrics
from keraswrap.serving._outputs import Answers, Output

BLOCK = Block("rows", {"": np.zeros((3, 1))})


def told(metrics):
    lines = metrics.text()[0].decode().splitlines()
    return dict(line.rsplit(" ", 1) for line in lines if line and line[0] != "#")


def make(**settings):
    return Metrics(lambda: 5, lambda: True, **settings)


def test_answers_are_counted_by_label_and_head():
    metrics = make()
    one = ServedModel.of(model(), "1")
    output = Output("classes", ("a", "b"), proba=True, abstains=True)
    answers = Answers(output, ["a", None, "a"], None, np.array([False, True, False]))
    metrics.note_batch(one, BLOCK, answers, 0.2)
    metrics.note_batch(one, BLOCK, Answers(parts={"size": answers}), 0.2)
    found = told(metrics)
    assert found["keraswrap_rows_total"] == "6.0"
    assert found["keraswrap_abstentions_total"] == "2.0"
    assert found['keraswrap_labels_total{head="",label="a"}'] == "2.0"
    assert found['keraswrap_labels_total{head="size",label="a"}'] == "2.0"
    assert found['keraswrap_batch_seconds_bucket{le="0.25"}'] == "2.0"
    assert found["keraswrap_queue_rows"] == "5.0"


def test_classes_beyond_some_are_counted_together():
    metrics = make()
    output = Output("classes", tuple(range(300)))
    answers = Answers(output, [0, 250, 299])
    metrics.note_batch(ServedModel.of(model(), "1"), BLOCK, answers, 0.1)
    found = told(metrics)
    assert found['keraswrap_labels_total{head="",label="0"}'] == "1.0"
    assert found['keraswrap_labels_total{head="",label="(others)"}'] == "2.0"


@pytest.mark.parametrize(
    ("content", "added"),
    [
        (b"keraswrap_drift_auc 0.7\n\n", True),
        (b"keraswrap_drift_auc 0.7", True),
        (None, False),
        (b"", False),
        (b"\xff", False),
        (b"#" * (1 << 21), False),
    ],
)
def test_others_may_add_a_file(tmp_path, content, added):
    file = tmp_path / "drift.prom"
    if content is not None:
        file.write_bytes(content)
    found = told(make(file=file))
    assert (found.get("keraswrap_drift_auc") == "0.7") == added
    assert found["keraswrap_ready"] == "1.0"
