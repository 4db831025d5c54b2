"""Parquet, and texts that it holds as bytes."""

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from keraswrap._tables import (
    parquet_parts,
    read_table,
    write_table,
)
from keraswrap.exceptions import InputError

FRAME = pd.DataFrame(
    {
        "text": ["a, b", 'she said "no"', "two\nlines", "\r", "ünï \u202e 🙂", "", "'=1", "NA"],
        "label": ["007", "1.0", "true", "-1", "x", "y", "z", "null"],
    }
)


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_an_index_that_parquet_kept_is_a_column(tmp_path):
    FRAME.set_index("label").to_parquet(tmp_path / "t.parquet")
    assert read_table(tmp_path / "t.parquet")["label"].tolist() == FRAME["label"].tolist()
    FRAME[2:5].to_parquet(tmp_path / "part.parquet")
    assert list(read_table(tmp_path / "part.parquet")) == list(FRAME)


def test_a_parquet_file_is_read_part_by_part(tmp_path):
    write_table(FRAME, tmp_path / "t.parquet")
    parts = list(parquet_parts(tmp_path / "t.parquet", 3))
    assert [[number for number, _ in part] for part in parts] == [[0, 1, 2], [3, 4, 5], [6, 7]]
    assert [row for part in parts for _, row in part] == FRAME.to_dict("records")
    with pytest.raises(InputError, match="a complete Parquet file"):
        next(parquet_parts(write(tmp_path / "x.parquet", "PAR1"), 3))


BYTES = [
    pa.array([b"Zo\xc3\xab", None]),
    pa.array([b"Zo\xc3\xab", None], pa.large_binary()),
    pa.array([b"Zo\xc3\xab", None], pa.binary(4)),
    pa.array([b"Zo\xc3\xab", None], pa.binary_view()),
    pa.array(["Zoë", None], pa.string_view()),
    pa.array([b"Zo\xc3\xab", None]).dictionary_encode(),
]


@pytest.mark.parametrize("column", BYTES, ids=lambda column: str(column.type))
def test_texts_that_parquet_holds_as_bytes_are_texts(tmp_path, column):
    lists = pa.array([[b"a"], []])
    table = pa.table(
        {"text": column, "tags": lists, "at": pa.StructArray.from_arrays([column], "x")}
    )
    parquet.write_table(table, tmp_path / "t.parquet")
    expected = {"text": ["Zoë", None], "tags": [["a"], []], "at": [{"x": "Zoë"}, {"x": None}]}
    ((_, first), (_, second)) = next(parquet_parts(tmp_path / "t.parquet", 9))
    assert {name: [first[name], second[name]] for name in first} == expected
    read = read_table(tmp_path / "t.parquet")
    assert read["text"][:1].tolist() == ["Zoë"]
    assert [list(tags) for tags in read["tags"]] == expected["tags"]
    write_table(read, tmp_path / "t.jsonl")
    assert read_table(tmp_path / "t.jsonl").to_dict("list") == expected


def test_bytes_that_are_no_texts_stay_and_are_written_to_parquet_alone(tmp_path):
    images = [b"\xff\xd8", b"text"]
    parquet.write_table(pa.table({"image": images}), tmp_path / "t.parquet")
    read = read_table(tmp_path / "t.parquet")
    assert read["image"].tolist() == images
    write_table(read, tmp_path / "u.parquet")
    for name in ("u.csv", "u.jsonl"):
        with pytest.raises(InputError, match=r"got bytes that are no UTF-8: b'\\xff"):
            write_table(read, tmp_path / name)
