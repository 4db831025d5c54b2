"""What all exports share: one question, and tables that are none."""

import pytest
from exports import read

from keraswrap.exceptions import InputError


def test_of_several_questions_one_must_be_named():
    def answer(label):
        return [{"value": label, "user_id": "ann"}]

    fields = {"id": "r1", "fields": {"text": "t1"}}
    rows = [{**fields, "responses": {"mood": answer("glad"), "topic": answer("food")}}]
    with pytest.raises(InputError, match=r"\['mood', 'topic'\], got None. Name it with --label"):
        read(rows)
    assert read(rows, "topic").frame()["topic"][0] == "food"


@pytest.mark.parametrize(
    "row",
    [
        {"text": "a", "answer": "accept"},
        {"text": "a", "answer": "yes", "options": []},
        {"data": "a", "annotations": "b"},
        {"id": 1, "annotator": "ann", "label": "x"},
        {"fields": "a", "responses": 3},
        {"text": "a", "n.responses": 2},
    ],
)
def test_other_tables_are_no_exports(row):
    assert read([row]) is None
