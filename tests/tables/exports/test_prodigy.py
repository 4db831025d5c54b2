"""What Prodigy exports, in the shapes that its documentation gives."""

import pytest
from exports import check_two, left_out, read

from keraswrap.exceptions import InputError


def prodigy(text, answer="accept", **given):
    marks = {"_input_hash": 1, "_task_hash": 2, "_view_id": "choice", "meta": {"source": "web"}}
    return {"text": text, "answer": answer, **marks, **given}


CASES = {
    "prodigy choice": [
        prodigy("t1", accept=["glad"], options=[{"id": "glad"}], _annotator_id="ann"),
        prodigy("t1", accept=["sad"], _annotator_id="bob", _session_id="s-bob"),
        prodigy("t2", accept=["sad"], _annotator_id="bob"),
        prodigy("t3", accept=[], _annotator_id="bob"),
        prodigy("t3", "ignore", accept=["sad"], _annotator_id="bob"),
        prodigy("t3", "reject", accept=["sad"], _annotator_id="bob"),
    ],
    "prodigy label": [
        prodigy("t1", label="glad", _session_id="ann", _view_id="classification", spans=[]),
        prodigy("t1", label="sad", _session_id="bob", _view_id="classification"),
        prodigy("t1", "reject", label="sad", _session_id="ann", _view_id="classification"),
        prodigy("t2", label="sad", _session_id="bob", _view_id="classification"),
    ],
}


@pytest.mark.parametrize("name", CASES)
def test_labels_and_who_gave_them_are_read_and_nothing_else(tmp_path, name):
    check_two(CASES[name], tmp_path, "Prodigy")


def test_what_is_left_out_is_counted():
    assert left_out(CASES["prodigy choice"]) == {"without a label": 1, "ignored": 1, "rejected": 1}


@pytest.mark.parametrize(
    ("rows", "match"),
    [
        ([prodigy("a", accept=["x", "y"])], r"Prodigy, got \['x', 'y'\]"),
        ([prodigy("a", spans=[{"start": 0}])], "labels of whole texts .*Prodigy, got spans"),
        ([prodigy("a", label="X", _view_id="ner")], "got the view 'ner'"),
        ([prodigy("a", "ignore", accept=["x"])], "got none: {'ignored': 1}"),
    ],
)
def test_what_holds_no_label_of_a_whole_text_is_refused_by_name(rows, match):
    with pytest.raises(InputError, match=match):
        read(rows).frame()
