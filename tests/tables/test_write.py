"""Tables written: whole or not at all."""

import os

import numpy as np
import pandas as pd
import pytest
from pyarrow import parquet as pq

from keraswrap._tables import (
    check_new,
    part_writer,
    read_table,
    row_writer,
    write_table,
)
from keraswrap.exceptions import InputError, StorageError

FRAME = pd.DataFrame(
    {
        "text": ["a, b", 'she said "no"', "two\nlines", "\r", "ünï \u202e 🙂", "", "'=1", "NA"],
        "label": ["007", "1.0", "true", "-1", "x", "y", "z", "null"],
    }
)


HALF = pd.DataFrame({"text": pd.Series(["a", "\ud800"], dtype=object)})
FILES = ["t.csv", "t.tsv", "t.jsonl", "t.parquet"]


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("name", FILES)
def test_texts_come_back_as_they_were(tmp_path, name):
    write_table(FRAME, tmp_path / name)
    read = read_table(tmp_path / name)
    assert read.to_dict("list") == FRAME.to_dict("list")
    assert os.listdir(tmp_path) == [name]


@pytest.mark.parametrize("name", FILES[2:])
def test_kinds_and_gaps_come_back_as_they_were(tmp_path, name):
    frame = pd.DataFrame(
        {"n": pd.Series([1, None, 3], dtype=object), "on": [True, False, True], "w": [0.5, 1, 2]}
    )
    write_table(frame.assign(tags=[["a"], [], ["b", "c"]]), tmp_path / name)
    read = read_table(tmp_path / name)
    write_table(read, tmp_path / f"again-{name}")
    again = read_table(tmp_path / f"again-{name}")
    assert again["n"].tolist()[::2] == [1, 3]
    assert pd.isna(again["n"][1])
    assert [str(value) for value in again["on"]] == ["True", "False", "True"]
    assert [list(tags) for tags in again["tags"]] == [["a"], [], ["b", "c"]]


def test_nothing_is_overwritten_unless_asked(tmp_path):
    path = write(tmp_path / "t.csv", "mine")
    with pytest.raises(InputError, match=r"an unused path.*exists"):
        write_table(FRAME, path)
    assert path.read_text() == "mine"
    write_table(FRAME, path, overwrite=True)
    assert len(read_table(path)) == len(FRAME)


def test_what_fails_half_way_leaves_the_file_that_was_there(tmp_path):
    path = write(tmp_path / "t.csv", "mine")
    with pytest.raises(InputError, match=r"half a character in row 1.*\.jsonl"):
        write_table(HALF, path, overwrite=True)
    assert path.read_text() == "mine"
    assert os.listdir(tmp_path) == ["t.csv"]


def test_half_a_character_is_kept_in_json_lines(tmp_path):
    write_table(HALF, tmp_path / "t.jsonl")
    assert read_table(tmp_path / "t.jsonl")["text"].tolist() == ["a", "\ud800"]


def test_mixed_kinds_are_refused_by_parquet(tmp_path):
    with pytest.raises(InputError, match=r"columns of one kind.*\.jsonl"):
        write_table(pd.DataFrame({"a": pd.Series([1, "x"], dtype=object)}), tmp_path / "t.parquet")


def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    with pytest.raises(StorageError, match="is not there"):
        check_new(tmp_path / "none" / "t.csv")
    if os.geteuid():  # root may write everywhere
        tmp_path.chmod(0o500)
        with pytest.raises(StorageError, match="cannot be written"):
            check_new(tmp_path / "t.csv")


def test_missing_values_leave_a_cell_empty(tmp_path):
    with (tmp_path / "t.csv").open("w", newline="") as file:
        row_writer(file, "csv", ["a", "b", "c"])([None, float("nan"), np.int64(3)])
    assert (tmp_path / "t.csv").read_text() == "a,b,c\n,,3\n"


CELLS = ["a, b", 'she said "no"', "two\nlines", "\r", "ünï \u202e 🙂", "", "'=1", "NA", "a\tb"]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("size", [1, 4, 100])
@pytest.mark.parametrize("kind", ["str", object])
def test_parts_are_written_as_a_whole_frame_is(tmp_path, name, size, kind):
    """What Arrow joins is what Python's writer writes, byte for byte."""
    frame = pd.DataFrame({"text": CELLS, "more": CELLS[::-1], "n": list("123456789")}, dtype=kind)
    path, whole = tmp_path / name, tmp_path / f"whole-{name}"
    if name.endswith("parquet"):
        frame.to_parquet(whole, index=False)
    else:
        with whole.open("w", newline="", encoding="utf-8") as file:
            write = row_writer(file, name[2:], list(frame))
            for row in frame.itertuples(index=False, name=None):
                write(row)
    with part_writer(path, name[2:]) as write:
        for start in range(0, len(frame), size):
            write(frame[start : start + size])
    assert path.read_bytes() == whole.read_bytes()


VALUES = [1, 2.5, True, None, float("nan"), 10**20, "a", ["ü", None], {"b": np.int64(1)}, -0.0,
          np.float32(0.1), np.array([1.5]), pd.Timestamp("2024-01-01"), "\ud800"]  # fmt: skip


@pytest.mark.parametrize("size", [1, 4, 100])
def test_values_of_any_kind_are_written_as_row_by_row(tmp_path, size):
    frame = pd.DataFrame({'a "%s" %': pd.Series(VALUES, dtype=object), "n": range(len(VALUES))})
    frame["ü"] = frame["n"].astype("int64[pyarrow]").where(frame["n"] > 2)
    with (tmp_path / "whole.jsonl").open("w", newline="", encoding="utf-8") as file:
        write = row_writer(file, "jsonl", list(frame))
        for row in frame.itertuples(index=False, name=None):
            write(row)
    with part_writer(tmp_path / "t.jsonl", "jsonl") as write:
        for start in range(0, len(frame), size):
            write(frame[start : start + size])
    assert (tmp_path / "t.jsonl").read_text() == (tmp_path / "whole.jsonl").read_text()


@pytest.mark.parametrize("column", [["", "a"], [None, "a"], ["a"], []])
def test_frames_of_one_column_or_no_rows_are_written_alike(tmp_path, column):
    for kind in ("str", object):
        frame = pd.DataFrame({"text": pd.Series(column, dtype=kind)})
        write_table(frame, tmp_path / f"{kind}.csv")
        assert read_table_or_none(tmp_path / f"{kind}.csv") == [text or "" for text in column]


def read_table_or_none(path):
    try:
        return read_table(path)["text"].tolist()
    except InputError:  # no rows
        return []


def test_groups_of_rows_are_as_arrow_makes_them(tmp_path, monkeypatch):
    monkeypatch.setattr("keraswrap._tables.parquet._GROUP_ROWS", 5)
    with part_writer(tmp_path / "t.parquet", "parquet") as write:
        for _ in range(3):
            write(FRAME)
        write(FRAME[:0])
    about = pq.read_metadata(tmp_path / "t.parquet")
    assert [about.row_group(k).num_rows for k in range(about.num_row_groups)] == [5, 3] * 3
    assert read_table(tmp_path / "t.parquet")["text"].tolist() == FRAME["text"].tolist() * 3
