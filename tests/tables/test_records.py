"""CSV and TSV in parts: the same rows and errors as from Python's reader alone."""

import random

import pandas as pd
import pytest

from keraswrap._tables.clean import clean_end
from keraswrap._tables.delimited import read_records
from keraswrap._tables.lines import open_lines
from keraswrap._tables.records import record_parts
from keraswrap.exceptions import InputError

# What cells and rows of odd files are made of.
PIECES = [
    '"',
    '""',
    ",",
    ";",
    "\t",
    "\n",
    "\r\n",
    "\r",
    "a",
    "ü",
    "5",
    " ",
    "",
    "\ufeff",
    "\0",
    "🙂",
]
CELLS = ["a, b", 'said "no"', "two\nlines", "ünï 🙂", "", "x\r\ny", "\ufeff", "plain", '"']
SIZES = [7, 40, 1 << 20]


def whole(path, encoding="utf-8", delimiter=None):
    """Read a file by Python's reader, as a list of rows, and the error that ends it."""
    rows = []
    try:
        with open_lines(path, encoding) as lines:
            header, read = read_records(lines, str(path), delimiter)
            rows.append(header)
            for _, cells in read:
                rows.append(cells)
    except InputError as error:
        return rows, str(error)
    return rows, None


def in_parts(path, size, encoding="utf-8", kind="csv"):
    rows = []
    try:
        for part in record_parts(path, kind, encoding, size):
            assert (part.dtypes == "str").all()
            rows += part.to_numpy().tolist() if rows else [list(part)]
    except InputError as error:
        return rows, str(error)
    return rows, None


def quoted(cell, rng):
    must = any(mark in cell for mark in ',;\t"\r\n')
    return f'"{cell.replace(chr(34), 2 * chr(34))}"' if must or rng.random() < 0.3 else cell


def clean_file(rng):
    end = rng.choice(["\n", "\r\n"])
    rows = [["text", "label", "n"], *([rng.choice(CELLS) for _ in range(3)] for _ in range(9))]
    lines = [",".join(quoted(cell, rng) for cell in row) for row in rows]
    blank = [rng.choice(["", "", end]) for _ in lines]
    return "".join(line + end + more for line, more in zip(lines, blank, strict=True))


def odd_file(rng):
    """A file of which a few characters are lost, doubled or moved."""
    text = list(clean_file(rng))
    for _ in range(rng.randint(1, 3)):
        place = rng.randrange(len(text))
        text[place : place + rng.randint(0, 2)] = rng.choice(PIECES)
    return "".join(text)


def noise(rng):
    return "".join(rng.choices(PIECES, k=rng.randint(1, 40)))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("make", [clean_file, odd_file, noise])
def test_parts_hold_what_the_strict_reader_reads(tmp_path, make, size):
    path, rng = tmp_path / "t.csv", random.Random(size)
    ends = []
    for _ in range(200):
        path.write_bytes(make(rng).encode())
        expected = whole(path)
        assert in_parts(path, size) == expected
        ends.append(expected[1] is None)
    assert any(ends)
    assert all(ends) == (make is clean_file)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "shift_jis"])
def test_encodings_are_read_alike(tmp_path, encoding, size):
    path = tmp_path / "t.csv"
    rows = 'text,label\n"ソ, b",x\nno "quotes"\ty,表\n' * 3
    path.write_bytes(rows.encode("shift_jis" if encoding == "shift_jis" else "utf-8"))
    assert in_parts(path, size, encoding) == whole(path, encoding)
    path.write_bytes(b'text,label\nZo\xeb,"a"\nfine,b\n\x81,c\n')
    assert in_parts(path, size, encoding) == whole(path, encoding)


@pytest.mark.parametrize("size", SIZES)
def test_tabs_and_returns_are_read_alike(tmp_path, size):
    path = tmp_path / "t.tsv"
    path.write_bytes(b'text\tn\r"a\tb"\t1\r\rc\t2\r')
    assert in_parts(path, size, kind="tsv") == whole(path, delimiter="\t")
    assert in_parts(path, size, kind="tsv")[0] == [["text", "n"], ["a\tb", "1"], ["c", "2"]]


def test_only_the_columns_that_are_wanted_are_kept(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('a,b,c\n1,2,3\n4,5" x,6\n')
    for size in SIZES:
        read = pd.concat(record_parts(path, "csv", "utf-8", size, ["c", "a"]))
        assert read.to_dict("list") == {"a": ["1", "4"], "c": ["3", "6"]}


def test_a_row_longer_than_a_part_is_read_whole(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('text,n\n"' + "long,\n" * 100 + '",1\nb,2\n')
    read = pd.concat(record_parts(path, "csv", "utf-8", 16))
    assert read["text"].str.len().tolist() == [600, 1]


@pytest.mark.parametrize(
    ("block", "is_last", "end"),
    [
        (b"a,b\nc,d", False, 4),
        (b"a,b\nc,d", True, 7),
        (b'a,"b\n', False, 0),
        (b'a,"b\n', True, 0),
        (b'a,""\r\nb,"', False, 6),
        (b'"a""b",c\nd', False, 9),
        (b'"a"b,c\n', True, 0),
        (b'a"b,c\n', True, 0),
        (b"a\rb\n", True, 0),
        (b"a,b\n\r", False, 4),
        (b"a\0b\n", True, 0),
    ],
)
def test_only_what_all_readers_read_alike_is_called_clean(block, is_last, end):
    assert clean_end(block, ",", is_last) == end
