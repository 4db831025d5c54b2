"""Tables in files: read strictly, written whole."""

import os
import tracemalloc

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from keraswrap._tables import (
    Stream,
    check_columns,
    check_new,
    parquet_parts,
    read_table,
    row_writer,
    write_table,
)
from keraswrap.exceptions import InputError, ParameterError, StorageError

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


# What is written is what is read


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


MAC = ["text,label\r", '"a ""b"", c",x\r', '"two\rlines",y']


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
@pytest.mark.parametrize("size", [1, 3, 1 << 16])
def test_lines_may_end_as_on_any_machine(tmp_path, monkeypatch, end, size):
    content = "".join(MAC).replace("\r", end).encode()
    expected = {"text": ['a "b", c', f"two{end}lines"], "label": ["x", "y"]}
    path = write(tmp_path / "t.csv", content)
    assert read_table(path).to_dict("list") == expected
    monkeypatch.setattr("keraswrap._tables.stream._BLOCK", size)
    with path.open("rb") as file:
        rows = [row for _, row in Stream(file.fileno(), "t.csv").rows]
    assert pd.DataFrame(rows).to_dict("list") == expected
    lines = write(tmp_path / "t.jsonl", content=end.join(['{"a": 1}', '{"a": 2}']))
    assert read_table(lines)["a"].tolist() == [1, 2]


def test_another_encoding_is_read_by_its_name(tmp_path):
    path = write(tmp_path / "t.csv", "text\nZoë\n".encode("cp1252"))
    assert read_table(path, encoding="cp1252")["text"][0] == "Zoë"


def test_a_text_of_megabytes_is_read_and_the_limit_of_others_kept(tmp_path):
    import csv

    before = csv.field_size_limit()
    path = write(tmp_path / "t.csv", "text\n" + "x" * 2_000_000 + "\n")
    assert len(read_table(path)["text"][0]) == 2_000_000
    assert csv.field_size_limit() == before


def test_a_large_file_is_read_in_little_more_than_it_holds(tmp_path):
    line = "it was good and it was bad" * 4 + ",good\n"
    path = write(tmp_path / "t.csv", "text,label\n" + line * 100_000)
    tracemalloc.start()
    read = read_table(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(read) == 100_000
    assert peak < 3 * path.stat().st_size  # as lists of cells it would be more


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


# What is refused, and how it is named


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "a header with the names of columns in .*got an empty file"),
        (b"text,label\n", "got none below the header"),
        (b"text,text\na,b\n", "got 'text' twice"),
        (b",\na,b\n", "got '' twice"),
        (b"text,label\na,b\nc\n", "Expected 2 cells in each row.*got 1 in line 3"),
        (b'text,label\n"a\nb",c\nd,e,f\n', "got 3 in line 4"),
        (b'text,label\na,b\n"c,d\ne,f\n', "in the row in lines 3 to 4 of .*unexpected end"),
        (b'text,label\n"it was "great"",b\n', "quotes that are closed in line 2"),
        (b"text,label\na,b\nZo\xeb,c\n", "text in utf-8, got the byte 0xeb in line 3"),
        ("text,label\na,b\n".encode("utf-16"), "begins like UTF-16"),
    ],
)
def test_a_broken_csv_file_is_refused_with_its_line(tmp_path, content, message):
    with pytest.raises(InputError, match=message):
        read_table(write(tmp_path / "t.csv", content))


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


@pytest.mark.parametrize("encoding", ["utf-16", "no such"])
def test_an_encoding_that_is_none_is_refused(tmp_path, encoding):
    path = write(tmp_path / "t.csv", "text\na\n")
    with pytest.raises(ParameterError, match="encoding"):
        read_table(path, encoding=encoding)


def test_a_column_that_is_not_there_is_named_with_near_ones():
    with pytest.raises(InputError, match=r"'txt' in 'r.csv', got \['text', 'label'\].*'text'\?"):
        check_columns(["label", "txt"], ["text", "label"], "r.csv")


# Writing


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


# Streams


@pytest.fixture
def pipe():
    reading, writing = os.pipe()
    yield reading, writing
    os.close(reading)


def test_rows_are_handed_on_as_they_come(pipe):
    reading, writing = pipe
    os.write(writing, b'{"text": "a"}\n{"te')
    parts = Stream(reading, "-").parts(10)
    assert next(parts) == [(1, {"text": "a"})]
    os.write(writing, b'xt": "b"}\n{"text": "c"}\n')
    assert [row["text"] for _, row in next(parts)] == ["b", "c"]
    os.write(writing, b'{"text": "d"}')  # no end of line
    os.close(writing)
    assert [row["text"] for _, row in next(parts)] == ["d"]
    assert next(parts, None) is None


def test_parts_are_no_larger_than_asked(pipe):
    reading, writing = pipe
    os.write(writing, b"text,n\n" + b"".join(b"a,%d\n" % k for k in range(5)))
    os.close(writing)
    stream = Stream(reading, "-")
    assert stream.kind == "csv"
    assert [len(part) for part in stream.parts(2)] == [2, 2, 1]


def test_rows_before_a_broken_one_are_handed_on(pipe):
    reading, writing = pipe
    os.write(writing, b"text,n\na,1\nb,2\nc\n")
    os.close(writing)
    parts = Stream(reading, "-").parts(10)
    assert len(next(parts)) == 2
    with pytest.raises(InputError, match="got 1 in line 4 of '-'"):
        next(parts)


def test_an_empty_stream_is_refused(pipe):
    os.close(pipe[1])
    with pytest.raises(InputError, match="got an empty file"):
        Stream(pipe[0], "-")
