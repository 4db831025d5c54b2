"""Rows of a job's tables: what is read is what was written."""

import json

import numpy as np
import pandas as pd
import pytest

from keraswrap.exceptions import InputError
from keraswrap.retraining.job._rows import (
    Table,
    files_of,
    read_new,
    read_rows,
    read_train,
    together,
    write_rows,
)
from keraswrap.retraining.job._sections import Data

TEXTS = Data(train="t.csv", text="text")
NUMBERS = Data(train="t.csv", columns=["a", "b"], label="y")
ODD = ["007", "NA", "2026-01-01", "é\u2028\n", '=SUM("x")', "  blank ", "\U0001f600"]


def write(path, *rows):
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


@pytest.mark.parametrize("y", [list("abcdefg"), [*range(7)], [True, False, *[True] * 5]])
def test_texts_and_labels_come_back_as_they_were(tmp_path, y):
    path = write_rows(Table(ODD, np.array(y)), tmp_path / "rows.jsonl", TEXTS)
    found = read_rows(path, TEXTS)
    assert (found.X, found.y.tolist(), found.y.dtype.kind) == (ODD, y, np.array(y).dtype.kind)


def test_numbers_come_back_bit_by_bit(tmp_path):
    frame = pd.DataFrame({"a": [0.1 + 0.2, -0.0, 1e300], "b": [1 / 3, 5e-324, 2.0]})
    path = write_rows(Table(frame, np.array(["x", "y", "x"])), tmp_path / "rows.jsonl", NUMBERS)
    pd.testing.assert_frame_equal(read_rows(path, NUMBERS).X, frame, check_exact=True)


def test_new_rows_may_have_labels_or_none(tmp_path):
    first = write(tmp_path / "1.jsonl", {"text": "a", "label": 1}, {"text": "b", "label": None})
    (tmp_path / "2.csv").write_text("text,label\nc,2\nd,\n")
    third = write(tmp_path / "3.jsonl", {"text": "e"})
    found, left_out = read_new([first, tmp_path / "2.csv", third], TEXTS, [1, 2])
    assert (found.X, found.y.tolist()) == (list("abcde"), [1, None, 2, None, None])
    assert left_out == 0


@pytest.mark.parametrize(
    ("data", "good", "bad", "kept"),
    [
        (TEXTS, {"text": "a"}, [{"text": " "}, {"text": None}], ["a"]),
        (NUMBERS, {"a": 3, "b": "4"}, [{"a": 5, "b": "?"}, {"a": 6, "b": None}], [[3.0, 4.0]]),
    ],
)
def test_new_rows_that_no_model_can_be_given_are_left_out(tmp_path, data, good, bad, kept):
    mixed = write(tmp_path / "1.jsonl", bad[0], good, bad[1])
    found, left_out = read_new([mixed, write(tmp_path / "2.jsonl", bad[0])], data, [1, 2])
    assert (np.asarray(found.X).tolist(), found.y.tolist(), left_out) == (kept, [None], 3)


@pytest.mark.parametrize(
    ("labels", "classes"),
    [([1.0, np.nan], [1, 2]), ([1.5, None], [1.5, 2.0]), (["a", None], ["a", "b"]),
     (["a", " "], ["a", "b"])],
)  # fmt: skip
def test_labels_in_parquet_may_have_gaps(tmp_path, labels, classes):
    path = tmp_path / "new.parquet"
    pd.DataFrame({"text": ["x", "y"], "label": labels}).to_parquet(path)
    assert read_new([path], TEXTS, classes)[0].y.tolist() == [classes[0], None]


@pytest.mark.parametrize(
    ("row", "data", "said"),
    [
        ({"text": "a", "label": 3}, TEXTS, r"one of the labels \['1', '2'\] .* got 3"),
        ({"text": " ", "label": 1}, TEXTS, "Expected a text in each row .* the first in row 0"),
        ({"txt": "a"}, TEXTS, "Expected the column 'text'"),
        ({"a": 1, "b": "Infinity"}, NUMBERS, "got 'Infinity' in row 0 of the column 'b'"),
        ({"a": 1}, NUMBERS, "Expected the column 'b'"),
    ],
)
def test_what_is_no_row_is_named(tmp_path, row, data, said):
    with pytest.raises(InputError, match=said):
        read_new([write(tmp_path / "new.jsonl", row)], data, [1, 2])


def test_a_row_to_train_on_needs_a_label(tmp_path):
    path = write(tmp_path / "t.jsonl", {"a": "1", "b": 2, "y": "up"}, {"a": 3, "b": 4, "y": None})
    with pytest.raises(InputError, match=r"Expected a label in each row .*: row 1"):
        read_train(path, NUMBERS)


def test_tables_are_found_taken_and_put_together(tmp_path):
    for name in ("b.csv", "a.PARQUET", "note.txt"):
        (tmp_path / name).touch()
    assert [path.name for path in files_of(tmp_path)] == ["a.PARQUET", "b.csv"]
    assert files_of(tmp_path / "b.csv") == [tmp_path / "b.csv"]
    assert files_of(tmp_path / "none") == []
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
    table = Table(frame, np.array(["x", "y"]))
    both = together([table.take(np.array([1])), table])
    assert (both.X["b"].tolist(), both.y.tolist()) == ([4.0, 3.0, 4.0], ["y", "x", "y"])
    assert both.X.index.tolist() == [0, 1, 2]
