"""Tables written: whole or not at all."""

import os

import numpy as np
import pandas as pd
import pytest

from keraswrap._tables import (
    check_new,
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
