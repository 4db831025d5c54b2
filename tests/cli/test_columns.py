"""What a command takes from columns of a table."""

import json
import os
import re
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from keraswrap.cli import main
from keraswrap.cli._columns import groups_of
from keraswrap.cli._parser import make_parser

FLIPPED = [3, 50, 98]
COLUMNS = ["--text", "review", "--label", "stars"]
QUICK = [*COLUMNS, "--encoder", "tfidf"]


def test_labels_that_are_numbers_are_in_their_order(reviews, capsys):
    reviews["stars"] = np.where(reviews["stars"] == "good", 10, 9)
    reviews.to_csv("reviews.csv", index=False)
    good = (reviews["stars"] == 10).to_numpy()
    np.save("proba.npy", np.column_stack([0.8 - 0.6 * good, 0.2 + 0.6 * good]))
    arguments = ["issues", "reviews.csv", *COLUMNS, "--proba", "proba.npy", "--out", "out"]
    assert main([*arguments, "--out-of-sample", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["classes"] == ["9", "10"]
    assert result["facts"]["issues"] == 0
    assert result["facts"]["out_of_sample"] is True


def test_rows_without_a_label_are_named(reviews, capsys):
    reviews.loc[[7, 9], "stars"] = None
    reviews.to_csv("reviews.csv", index=False)
    assert main(["issues", "reviews.csv", *QUICK]) == 2
    assert "got none in 2 rows: row 7, 9, counted from 0" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("labels", "got"),
    [
        ([1, "neg"], "1 beside 'neg'"),
        ([True, 2], "True beside 2"),
        ([{"id": 1}, "neg"], "{'id': 1}"),
        ([["a", "b"], ["b"]], "['a', 'b']"),
    ],
)
def test_labels_that_json_lines_mix_are_refused(tmp_path, monkeypatch, capsys, labels, got):
    monkeypatch.chdir(tmp_path)
    rows = [{"review": f"fine {row}", "stars": labels[row % 2]} for row in range(20)]
    Path("reviews.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert main(["issues", "reviews.jsonl", *QUICK]) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert f"in the column 'stars' of 'reviews.jsonl', got {got}. Write" in error
    assert os.listdir() == ["reviews.jsonl"]


def encode(column, kind):
    if kind == "decimal":
        return pa.array(column == "good").cast(pa.int8()).cast(pa.decimal128(5, 2))
    values = pa.array(column).cast(pa.binary())
    return values.dictionary_encode() if kind == "dictionary" else values.cast(kind)


@pytest.mark.parametrize("kind", ["binary", "large_binary", "dictionary", "decimal"])
def test_bytes_and_decimals_of_parquet_are_what_a_csv_file_says(reviews, kind, capsys):
    label = encode(reviews["stars"], kind)
    table = {"review": encode(reviews["review"], "binary"), "stars": label}
    parquet.write_table(pa.table(table), "r.parquet")
    assert main(["issues", "r.parquet", *QUICK, "--out", "p", "--labels-only"]) == 0
    names = {"good": "1", "bad": "0"} if kind == "decimal" else {}
    plain = reviews.assign(stars=reviews["stars"].replace(names)).drop(columns="id")
    plain.to_csv("reviews.csv", index=False)
    assert main(["issues", "reviews.csv", *QUICK, "--out", "c", "--labels-only"]) == 0
    assert Path("p/issues.csv").read_bytes() == Path("c/issues.csv").read_bytes()
    assert Path("p/report.html").read_text().count("b&#39;") == 0


@pytest.mark.parametrize(
    ("column", "values", "got"),
    [
        ("review", pa.array([b"caf\xe9"] * 200), "got bytes that are no UTF-8: b'caf"),
        ("review", pa.array([["a", "b"]] * 200), "in the column 'review', got list: \\['a', 'b"),
        ("stars", pa.array([b"caf\xe9"] * 200), "in the column 'stars' of .*got b'caf"),
        ("stars", pa.array([date(2024, 1, 2)] * 200), r"'stars' of .*got datetime.date\(2024, 1"),
        ("stars", pa.array([datetime(2024, 1, 2)] * 200), "'stars' of .*got Timestamp"),
    ],
)
def test_columns_of_another_kind_are_refused_by_name(reviews, capsys, column, values, got):
    table = pa.Table.from_pandas(reviews)
    place = table.schema.get_field_index(column)
    parquet.write_table(table.set_column(place, column, values), "r.parquet")
    assert main(["issues", "r.parquet", *QUICK]) == 2
    assert re.search(got, capsys.readouterr().err.splitlines()[-1])


def test_a_group_that_is_missing_is_one_by_itself(reviews):
    options = make_parser().parse_args(["issues", "r.csv", *COLUMNS, "--group", "g"])
    codes = groups_of(pd.DataFrame({"g": ["a", "", None, "b", "a", ""]}), options)
    assert len(set(codes)) == 5
    assert codes[0] == codes[4]
