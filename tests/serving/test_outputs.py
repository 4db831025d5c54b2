"""Answers as JSON, and the schema that they keep."""

import numpy as np
import pytest

from keraswrap.serving._outputs import Answers, Output, name_of

CLASSES = Output("classes", ("a", True), proba=True, abstains=True)


def answers():
    return Answers(CLASSES, ["a", None, True], np.eye(3)[:, :2], np.array([False, True, False]))


def test_an_answer_has_what_its_schema_needs():
    told = CLASSES.schema()
    rows = answers().rows()
    assert rows[1] == {"label": None, "probabilities": {"a": 0.0, "true": 1.0}, "abstained": True}
    assert told["required"] == list(rows[0])
    assert told["properties"]["label"] == {"anyOf": [{"enum": ["a", True]}, {"type": "null"}]}
    assert told["properties"]["probabilities"]["required"] == ["a", "true"]


def test_several_labels_and_positions_are_lists():
    label = {"type": "array", "items": {"enum": ["a", "b"]}}
    several = Output("labels", ("a", "b")).schema()
    each = Output("positions", ("a", "b"), proba=True).schema()
    assert several["properties"] == {"labels": label}
    assert each["properties"]["labels"] == label
    assert each["properties"]["probabilities"]["items"]["required"] == ["a", "b"]


def test_some_rows_are_cut_in_every_head():
    values = Answers(Output("numbers", spread=True), values=np.arange(3.0), spread=np.ones(3))
    cut = Answers(parts={"kind": answers(), "size": values}).cut(1, 3)
    assert [row["size"] for row in cut.rows()] == [
        {"value": 1.0, "std": 1.0},
        {"value": 2.0, "std": 1.0},
    ]
    assert [row["kind"]["label"] for row in cut.rows()] == [None, True]


@pytest.mark.parametrize(("label", "name"), [(False, "false"), (0, "0"), ("False", "False")])
def test_keys_are_those_of_json(label, name):
    assert name_of(label) == name
