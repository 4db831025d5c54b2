"""JSON and JSON lines: the rows in it, and answers as it."""

import json

import numpy as np
import pytest

from keraswrap.serving import ServingLimits
from keraswrap.serving._columns import Column
from keraswrap.serving._inputs import MatrixInputs, TextInputs
from keraswrap.serving._json_form import dump, read_line, read_request, write_json, write_lines
from keraswrap.serving._outputs import Answers, Output
from keraswrap.serving._refusals import RequestError

LIMITS = ServingLimits(max_rows=2)
TEXTS, ROWS = TextInputs(), MatrixInputs(Column("", "number", (1,)))
PARTS = [Answers(Output("numbers"), values=np.array([1.0, np.inf])),
         Answers(Output("numbers"), values=np.array([2.0]))]  # fmt: skip


def test_a_line_is_a_row():
    assert read_line(b"[3]", ROWS, LIMITS).columns[""].tolist() == [[3.0]]
    for line in (b'"fine"', b'{"text": "fine"}'):
        assert TEXTS.assemble(read_line(line, TEXTS, LIMITS)) == ["fine"]
    with pytest.raises(RequestError, match="Expected a text, got an object in row 0"):
        read_line(b'{"text": "fine", "more": 1}', TEXTS, LIMITS)


@pytest.mark.parametrize(
    ("body", "inputs", "status", "said"),
    [
        (b'{"rows": [[1]]}', TEXTS, 422, r'Expected an object {"texts": \[…\]}, got the keys \['),
        (b"[1]", ROWS, 422, "got a list"),
        (b'{"rows": []}', ROWS, 422, "Expected rows as a list of at least one, got none"),
        (b'{"rows": "x"}', ROWS, 422, "of at least one, got 'x'"),
        (b'{"rows": [[1], [2], [3]]}', ROWS, 413, "Expected at most 2 rows in a request, got 3"),
    ],
)
def test_other_requests_are_told(body, inputs, status, said):
    with pytest.raises(RequestError, match=said) as refused:
        read_request(body, inputs, LIMITS)
    assert refused.value.status == status


def test_parts_are_answered_as_one_and_infinity_is_null():
    rows = [{"value": 1.0}, {"value": None}, {"value": 2.0}]
    assert json.loads(write_json(PARTS, "7")) == {"predictions": rows, "model_version": "7"}
    assert [json.loads(line) for line in write_lines(PARTS).splitlines()] == rows


def test_a_line_break_in_a_text_breaks_no_line():
    assert dump({"label": "a\nb\u2028"}).count(b"\n") == 0
