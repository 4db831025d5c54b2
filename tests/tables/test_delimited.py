"""CSV and TSV, read strictly."""

import pytest

from keraswrap._tables import (
    read_table,
)
from keraswrap.exceptions import InputError


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_a_text_of_megabytes_is_read_and_the_limit_of_others_kept(tmp_path):
    import csv

    before = csv.field_size_limit()
    path = write(tmp_path / "t.csv", "text\n" + "x" * 2_000_000 + "\n")
    assert len(read_table(path)["text"][0]) == 2_000_000
    assert csv.field_size_limit() == before


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
