"""Arrow in and out."""

import json
import struct

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from served import LIMITS, model

from keraswrap.serving import ServedModel
from keraswrap.serving._arrow_form import read_arrow, write_arrow
from keraswrap.serving._columns import Column
from keraswrap.serving._inputs import ColumnInputs, TextInputs
from keraswrap.serving._negotiation import ARROW
from keraswrap.serving._outputs import Answers, Output
from keraswrap.serving._refusals import RequestError

GAP = pa.array([None], pa.float64())
ROWS = np.array([[0.0, 1.0, 2.0], [3.0, -1.0, 0.5]])


def stream(table, **options):
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as out:
        out.write_table(table)
    return sink.getvalue().to_pybytes()


def columns(**given):
    return pa.table(given or {name: ROWS[:, k] for k, name in enumerate("abc")})


def test_columns_are_answered_by_columns(client, estimator):
    answer = client.predict(stream(columns()), ARROW)
    assert (answer.status, answer.headers["content-type"]) == (200, ARROW)
    table = pa.ipc.open_stream(answer.body).read_all()
    assert table.column("label").to_pylist() == ["cat", "ant"]
    shares = [list(row.values()) for row in table.column("probabilities").to_pylist()]
    np.testing.assert_array_equal(shares, estimator.predict_proba(ROWS))
    assert table.schema.metadata == {b"model_version": b"1"}


def test_booleans_are_ones_and_zeros_to_a_net(client, estimator):
    values = [[True, False], [0.5, 2.0], [False, True]]
    body = stream(pa.table(dict(zip("abc", values, strict=True))))
    answer = client.predict(body, ARROW, Accept="application/json")
    expected = estimator.predict(np.array(values, dtype=float).T)
    assert [row["label"] for row in answer.json["predictions"]] == list(expected)
    gaps = client.predict(stream(columns(a=[True, None], b=[1, 2], c=[3, 4])), ARROW)
    assert "got null in row 1" in gaps.json["error"]


def test_one_column_of_lists_is_a_row_each(client):
    table = columns(rows=pa.array(ROWS.tolist()))
    answer = client.predict(stream(table), ARROW, Accept="application/json")
    assert [row["label"] for row in json.loads(answer.body)["predictions"]] == ["cat", "ant"]


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"", 400, "what is none"),
        (b"something else", 400, "what is none"),
        (stream(columns())[:200], 400, "what is none"),
        (stream(columns(), compression="zstd"), 400, "not compressed"),
        (stream(columns(a=pa.array(["x"]).dictionary_encode())), 400, "another message"),
        (stream(columns(a=pa.nulls(3))), 422, "got null in the column 'a'"),
        (stream(columns(a=pa.array([1, 2]))), 422, "Expected 3 columns"),
        (stream(columns(a=[1], b=[2], c=["3"])), 422, "got '3' in row 0"),
        (stream(columns(a=GAP, b=GAP, c=GAP)), 422, "got null in row 0"),
        (stream(columns(a=[1.0], b=[2.0], c=[float("nan")])), 422, "got nan in row 0"),
        (stream(columns(a=[1.0][:0], b=[2.0][:0], c=[3.0][:0])), 422, "got null"),
        (stream(columns(a=[1.0] * 501, b=[1.0] * 501, c=[1.0] * 501)), 413, "at most 500 rows"),
        (stream(pa.table([pa.array([1.0])] * 2, names=["a", "a"])), 422, "got one twice"),
    ],
)
def test_other_streams_are_told(client, body, status, said):
    answer = client.predict(body, ARROW)
    assert answer.status == status
    assert said in answer.json["error"]


def test_offsets_that_lie_are_refused():
    good = stream(pa.table({"text": ["abcdefgh", "ijklmnop"]}))
    place = good.index(struct.pack("<iii", 0, 8, 16))
    bad = good[:place] + struct.pack("<iii", 0, 8, 2**30) + good[place + 12 :]
    assert read_arrow(good, TextInputs(), LIMITS).n == 2
    with pytest.raises(RequestError, match="what is none"):
        read_arrow(bad, TextInputs(), LIMITS)


def test_every_byte_that_is_changed_is_read_or_refused():
    good = stream(pa.table({"text": ["a", "bc"], "n": [1.0, 2.0]}))
    inputs = ColumnInputs((Column("text", "text"), Column("n", "number")), as_frame=True)
    rng = np.random.default_rng(0)
    refused = 0
    for place in range(len(good)):
        changed = bytearray(good)
        changed[place] = rng.integers(256)
        try:
            read_arrow(bytes(changed), inputs, LIMITS)
        except RequestError:
            refused += 1
    assert 0 < refused < len(good)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (
            Answers(
                Output("classes", (1, 2), proba=True, abstains=True),
                [None, 2],
                np.array([[0.5, 0.5], [0.0, 1.0]]),
                np.array([True, False]),
            ),
            [
                {"label": None, "probabilities": {"1": 0.5, "2": 0.5}, "abstained": True},
                {"label": 2, "probabilities": {"1": 0.0, "2": 1.0}, "abstained": False},
            ],
        ),
        (
            Answers(Output("labels", ("a", "b"), proba=True), [["a"]], np.array([[0.9, 0.1]])),
            [{"labels": ["a"], "probabilities": {"a": 0.9, "b": 0.1}}],
        ),
        (
            Answers(Output("positions", ("a",), proba=True), [["a", "a"]], np.ones((1, 2, 1))),
            [{"labels": ["a", "a"], "probabilities": [{"a": 1.0}, {"a": 1.0}]}],
        ),
        (
            Answers(Output("numbers", spread=True), values=np.ones((1, 2)), spread=np.ones((1, 2))),
            [{"value": [1.0, 1.0], "std": [1.0, 1.0]}],
        ),
        (
            Answers(parts={"one": Answers(Output("numbers"), values=np.array([2.0]))}),
            [{"one": {"value": 2.0}}],
        ),
    ],
)
def test_answers_are_those_of_json(answers, expected):
    table = pa.ipc.open_stream(write_arrow([answers], "1")).read_all()
    assert table.to_pylist() == answers.rows() == expected


def test_an_index_without_a_name_is_no_column():
    frame = pd.DataFrame({"text": ["x", "y"]}, index=["a", "b"])
    table = pa.Table.from_pandas(frame)
    assert table.column_names == ["text", "__index_level_0__"]
    inputs = TextInputs(pairs=True)
    assert inputs.assemble(read_arrow(stream(table), inputs, LIMITS)) == ["x", "y"]


def test_texts_come_in_one_column_or_two():
    pairs = stream(pa.table({"a": ["x"], "b": ["y"]}))
    assert TextInputs(pairs=True).assemble(read_arrow(pairs, TextInputs(pairs=True), LIMITS)) == [
        ("x", "y")
    ]
    with pytest.raises(RequestError, match="Expected one column of texts"):
        read_arrow(pairs, TextInputs(), LIMITS)
    assert ServedModel.of(model(), "1").inputs.kind == "rows"
