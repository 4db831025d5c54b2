"""What Argilla exports: records of two versions, and columns."""

import pytest
from exports import check_two, left_out, read

from keraswrap.exceptions import InputError


def record(number, *responses):
    given = [{"value": value, "user_id": who} for who, value in responses]
    fields = {"text": f"t{number}"}
    suggested = {"mood": {"value": "sad", "score": None, "agent": None}}
    told = {"metadata": {"source": "web"}, "suggestions": suggested, "status": "pending"}
    answers = {"mood": given} if given else {}
    return {"id": f"r{number}", "fields": fields, **told, "responses": answers}


def columns(number, responses, users, states):
    return {"id": f"r{number}", "status": "completed", "_server_id": "s", "text": f"t{number}",
            "mood.responses": responses, "mood.responses.users": users,
            "mood.responses.status": states, "mood.suggestion": "sad"}  # fmt: skip


CASES = {
    "argilla": [
        record(1, ("ann", "glad"), ("bob", "sad")),
        record(2, ("bob", "sad")),
        record(3),
    ],
    "argilla 1": [
        {
            "fields": {"text": text},
            "responses": [
                {"user_id": who, "status": state, "values": {"mood": {"value": label}}}
                for who, label, state in given
            ],
        }
        for text, given in [
            ("t1", [("ann", "glad", "submitted"), ("bob", "sad", "submitted")]),
            ("t2", [("bob", "sad", "submitted"), ("ann", "glad", "discarded")]),
        ]
    ],
    "argilla columns": [
        columns(1, ["glad", "sad"], ["ann", "bob"], ["submitted", "submitted"]),
        columns(2, ["sad", "glad"], ["bob", "ann"], ["submitted", "draft"]),
        columns(3, None, None, None),
    ],
}


@pytest.mark.parametrize("name", CASES)
def test_labels_and_who_gave_them_are_read_and_nothing_else(tmp_path, name):
    check_two(CASES[name], tmp_path, "Argilla")


def test_what_is_left_out_is_counted():
    assert left_out(CASES["argilla columns"]) == {"draft": 1, "without a response": 1}


@pytest.mark.parametrize(
    ("rows", "match"),
    [
        ([record(1, ("ann", ["x", "y"]))], r"Argilla, got \['x', 'y'\]"),
        ([record(1, ("ann", [{"label": "x", "start": 0}]))], "got marks or ranks"),
        ([{**record(1), "responses": {"mood": [3]}}], "as its annotation tool writes it"),
    ],
)
def test_what_holds_no_label_of_a_whole_text_is_refused_by_name(rows, match):
    with pytest.raises(InputError, match=match):
        read(rows).frame()
