"""Tables read, whatever their format."""

import os
import tracemalloc

import pandas as pd
import pytest

from keraswrap._tables import (
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


FILES = ["t.csv", "t.tsv", "t.jsonl", "t.parquet"]


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_rows_that_miss_a_key_have_a_gap(tmp_path):
    path = write(tmp_path / "t.jsonl", '{"a": 1}\n\n{"b": "x"}\n')
    assert read_table(path).to_dict("list") == {"a": [1, None], "b": [None, "x"]}


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"\xef\xbb\xbftext,label\r\nfine,1\r\n", "utf-8"),
        (b"text;label\nfine;1", "utf-8"),
        (b"text\tlabel\n\nfine\t1\n", "utf-8"),
        (b'"text","label"\n"fine",1\n', "cp1252"),
    ],
)
def test_what_spreadsheets_write_is_read(tmp_path, content, encoding):
    read = read_table(write(tmp_path / "t.csv", content), encoding=encoding)
    assert read.to_dict("list") == {"text": ["fine"], "label": ["1"]}


def test_a_large_file_is_read_in_little_more_than_it_holds(tmp_path):
    line = "it was good and it was bad" * 4 + ",good\n"
    path = write(tmp_path / "t.csv", "text,label\n" + line * 100_000)
    tracemalloc.start()
    read = read_table(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(read) == 100_000
    assert peak < 3 * path.stat().st_size  # as lists of cells it would be more


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.jsonl", '{"a": 1}\n{"a": ', "a JSON object in line 2"),
        ("t.jsonl", "[1]\n", r"a JSON object in line 1 .*got '\[1\]'"),
        ("t.jsonl", "", "got none below"),
        ("t.parquet", "PAR1", "a complete Parquet file"),
        ("t.xlsx", "", "a file that ends in .csv, .tsv"),
    ],
)
def test_other_files_that_are_broken_are_refused(tmp_path, name, content, message):
    with pytest.raises(InputError, match=message):
        read_table(write(tmp_path / name, content))


@pytest.mark.parametrize(("name", "message"), [("x.csv", "not there"), ("", "a folder")])
def test_what_is_no_file_is_refused(tmp_path, name, message):
    folder = tmp_path / "folder.csv"
    folder.mkdir()
    with pytest.raises(InputError, match=message):
        read_table(tmp_path / name if name else folder)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_too_big_is_refused_unread(tmp_path, name):
    write_table(FRAME, tmp_path / name)
    with pytest.raises(InputError, match=r"at most 10 bytes, .* got \d+ bytes.*stay on disk"):
        read_table(tmp_path / name, limit=10)


def test_a_file_of_more_than_a_gigabyte_is_refused_at_once(tmp_path):
    path = write(tmp_path / "t.csv", "text\n")
    os.truncate(path, 1_300_000_000)  # a hole: no bytes on the disk
    with pytest.raises(InputError, match=r"at most 1.0 GB.*got 1.2 GB"):
        read_table(path)
