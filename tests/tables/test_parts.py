"""Tables in parts: together they are the table that is read whole."""

import datetime as dt
import json

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from keraswrap._tables import read_table, table_parts, with_columns, write_table
from keraswrap._tables.lines import open_lines, read_lines
from keraswrap.exceptions import InputError

SIZES = [1, 100, 1 << 22]
ROWS = [
    {"text": "a, b", "n": 1, "tags": ["x"]},
    {"text": "\ud800", "n": 2.0, "more": {"a": None}},
    {"n": True, "text": None},
    {"text": "two\nlines", "late": "ü"},
    {"text": "", "n": 10**30},
]


def together(path, size, **options):
    parts = list(table_parts(path, size=size, **options))
    names = list(dict.fromkeys(name for part in parts for name in part))
    parts = [with_columns(part, names) for part in parts]
    return pd.concat([part for part in parts if len(part)], ignore_index=True)


@pytest.mark.parametrize("size", SIZES)
def test_json_lines_in_parts_are_the_whole_file(tmp_path, size):
    path = tmp_path / "t.jsonl"
    path.write_text("\n\n".join(map(json.dumps, ROWS * 3)))
    expected = read_table(path)
    pd.testing.assert_frame_equal(together(path, size), expected)
    with open_lines(path) as lines:
        given = [row for _, row in read_lines(lines, "t.jsonl")]
    assert [{name: row[name] for name in old} for row, old in
            zip(expected.to_dict("records"), given, strict=True)] == given  # fmt: skip
    some = pd.concat([*table_parts(path, size=size, columns=["n", "text"])], ignore_index=True)
    assert some["text"].tolist() == expected["text"].tolist()


def columns(n):
    moments = [dt.datetime(2024, 1, 1, 12, 30, k % 60, 5) for k in range(n)]
    return {
        "text": [f"ü {k}" if k % 5 else None for k in range(n)],
        "n": pa.array([k if k % 3 else None for k in range(n)], pa.int16()),
        "x": [0.5 if k % 2 else float("nan") for k in range(n)],
        "bytes": [b"fine"] * (n - 1) + [b"\xff"],
        "utf8": [b"Zo\xc3\xab"] * n,
        "fixed": pa.array([b"abcd"] * n, pa.binary(4)),
        "view": pa.array(["v"] * n, pa.string_view()),
        "kind": pa.array(["a", "b"] * (n // 2)).dictionary_encode(),
        "tags": [[b"x"]] * n,
        "mixed": [[b"x"]] * (n - 1) + [[b"\xff"]],
        "at": pa.array(moments),
        "took": pa.array([dt.timedelta(seconds=k) for k in range(n)]),
        "on": [True, False] * (n // 2),
    }


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("group", [7, 1000])
def test_parquet_in_parts_is_the_whole_file(tmp_path, size, group):
    path = tmp_path / "t.parquet"
    parquet.write_table(pa.table(columns(40)), path, row_group_size=group)
    expected = read_table(path)
    pd.testing.assert_frame_equal(together(path, size), expected)
    pd.testing.assert_frame_equal(
        together(path, size, columns=["n", "text"]), expected[["text", "n"]]
    )


def test_columns_are_told_apart_whatever_their_names(tmp_path):
    path = tmp_path / "t.parquet"
    nested = [{"b": 1}, {"b": 2}]
    for table in (
        {"a": nested, "b": [1, 2], "c": [b"x", b"\xff"]},
        {"a": nested, "a.b": [3, 4]},
        {"a.b": ["x", "y"], "b": [b"x", b"y"]},
    ):
        parquet.write_table(pa.table(table), path)
        for wanted in (["a", "x"], ["b", "a.b"], ["a.b"], ["c", "b"]):
            expected = read_table(path)
            expected = expected[[name for name in expected if name in wanted]]
            pd.testing.assert_frame_equal(
                together(path, 1, columns=wanted), expected, check_column_type=False
            )


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("index", [None, "at", pd.Index(range(5, 25)), pd.Index(list("ab") * 10)])
def test_a_stored_index_is_a_column_of_each_part(tmp_path, size, index):
    frame = pd.DataFrame({"text": list("abcdefghij") * 2, "at": range(20)})
    frame = frame[3:] if index is None else frame.set_index(index)
    frame.to_parquet(tmp_path / "t.parquet")
    pd.testing.assert_frame_equal(
        together(tmp_path / "t.parquet", size), read_table(tmp_path / "t.parquet")
    )


@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.jsonl", "t.parquet"])
def test_any_file_is_read_in_parts(tmp_path, name):
    frame = pd.DataFrame({"text": ["a, b", "c\td", "e\nf"] * 5, "n": list("12345") * 3})
    write_table(frame, tmp_path / name)
    for size in SIZES:
        read = together(tmp_path / name, size)
        pd.testing.assert_frame_equal(read, read_table(tmp_path / name))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.csv", "a,b\n1,2\n3\n", "got 1 in line 3"),
        ("t.jsonl", '{"a": 1}\n{"a": ', "a JSON object in line 2"),
        ("t.parquet", "PAR1", "a complete Parquet file"),
        ("t.xlsx", "", "a file that ends in .csv, .tsv"),
        ("t.csv", None, "which is not there"),
    ],
)
def test_a_broken_file_is_refused_after_the_rows_before(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_text(content)
    read = []
    with pytest.raises(InputError, match=message):
        read.extend(len(part) for part in table_parts(tmp_path / name))
    assert sum(read) == (1 if name in ("t.csv", "t.jsonl") and content else 0)
