"""``keraswrap apply`` part by part: what is written is what the table in memory gives."""

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from keraswrap import _tables
from keraswrap._tables import labels_of, read_table, texts_of, write_table
from keraswrap.cli import main
from keraswrap.exceptions import InputError
from keraswrap.issues import apply_corrections, hash_data, write_decisions
from keraswrap.issues.corrections._apply import make_plan

N = 60
CELLS = ["a, b", 'said "no"', "two\nlines", "ünï 🙂", "", "x\r\ny", "'=1", "nul\0", "plain"]
LABELS = {
    "text": ["good", "bad", "so so"],
    "number": ["1", "5", "10"],
    "int": [1, 5, 10],
    "float": [0.5, 1.0, 2.5],
    "bool": [True, False, True],
}


@pytest.fixture
def small_parts(monkeypatch):
    """Parts of some rows, so that a file has many of them."""
    whole = _tables.table_parts
    parts = lambda *args, **kwargs: whole(*args, **kwargs, size=200)  # noqa: E731
    monkeypatch.setattr("keraswrap.cli._parted.table_parts", parts)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def table(kind, seed=0):
    rng = np.random.default_rng(seed)
    labels = [LABELS[kind][k] for k in rng.integers(0, 3, N)]
    texts = [f"{CELLS[k]} {n}" if n % 7 else CELLS[k] for n, k in enumerate(rng.integers(0, 9, N))]
    return pd.DataFrame(
        {
            "id": [f"{n:03}" for n in range(N)],
            "label": pd.Series(labels, dtype=object if kind in ("text", "number") else None),
            "text": texts,
            "n": rng.integers(0, 9, N),
            "x": np.where(rng.random(N) < 0.2, np.nan, rng.random(N)),
        }
    )


def decide(frame, path, new=()):
    """Write decisions of every kind on some rows."""
    labels = labels_of(frame["label"], path)
    known = [*new, *(str(label) for label in np.unique(labels))]
    actions = ["relabel", "drop", "keep", "ambiguous", "relabel"] * 3
    rows = [
        (4 * n, labels[4 * n], action, known[n % len(known)] if action == "relabel" else "")
        for n, action in enumerate(actions)
    ]
    found = pd.DataFrame(rows, columns=["row_id", "given_label", "action", "new_label"])
    data_hash = hash_data(texts_of(frame["text"]), labels)
    write_decisions(found.assign(data_hash=data_hash, reviewer="Ann"), path)


def in_memory(source, decisions, new=()):
    """Apply decisions to a whole frame, and return it and the log."""
    frame = read_table(source)
    labels = labels_of(frame["label"], source)
    data = frame.assign(label=labels, text=pd.Series(texts_of(frame["text"]), dtype=object))
    done = apply_corrections(
        data, decisions, label="label", features="text", new_classes=new, lost_classes=LABELS
    )
    given = frame["label"].iloc[done.positions].tolist()
    as_text = all(isinstance(value, str) for value in given)
    values = [
        old if new == before else str(new) if as_text else new
        for old, before, new in zip(given, labels[done.positions], done.labels, strict=True)
    ]
    corrected = frame.iloc[done.positions].copy()
    try:
        column = pd.Series(values, index=corrected.index, dtype=frame["label"].dtype)
    except (ValueError, TypeError):
        column = pd.Series(values, index=corrected.index, dtype=object)
    return corrected.assign(label=column), done.log


@pytest.mark.parametrize(
    ("label", "named"),
    [("text", True), ("number", False), ("int", True), ("float", False), ("bool", False)],
)
@pytest.mark.parametrize("out", ["csv", "tsv", "jsonl", "parquet"])
@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "parquet"])
def test_what_is_written_is_what_memory_gives(home, small_parts, kind, out, label, named):
    write_table(table(label), f"t.{kind}")
    decide(read_table(f"t.{kind}"), "d.csv")
    corrected, log = in_memory(f"t.{kind}", "d.csv")
    write_table(corrected, f"expected.{out}")
    write_table(log, "expected.log.csv", spreadsheet=True)
    columns = ["--text", "text", "--label", "label"] if named else []
    assert main(["apply", f"t.{kind}", "d.csv", *columns, "--out", f"new.{out}"]) == 0
    assert Path(f"new.{out}").read_bytes() == Path(f"expected.{out}").read_bytes()
    assert Path("new.log.csv").read_bytes() == Path("expected.log.csv").read_bytes()


@pytest.mark.parametrize("label", ["int", "float", "bool"])
@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_a_class_of_another_kind_changes_the_column_alike(home, small_parts, kind, label, capsys):
    write_table(table(label), f"t.{kind}")
    decide(read_table(f"t.{kind}"), "d.csv", new=["other"])
    corrected, _ = in_memory(f"t.{kind}", "d.csv", ["other"])
    write_table(corrected, "expected.jsonl")
    command = ["apply", f"t.{kind}", "d.csv", "--new-class", "other"]
    assert main([*command, "--out", "new.jsonl"]) == 0
    assert Path("new.jsonl").read_bytes() == Path("expected.jsonl").read_bytes()
    before = sorted(os.listdir())
    assert main([*command, "--out", "other.parquet"]) == 2
    assert "columns of one kind each" in capsys.readouterr().err
    assert sorted(os.listdir()) == before


def test_json_lines_that_differ_in_their_keys_are_written_alike(home, small_parts):
    rows = table("int").to_dict("records")
    for place, row in enumerate(rows):
        del row[["x", "n", "id"][place % 3]]
        if place > 40:
            row[f"late {place % 2}"] = [place, None]
    Path("t.jsonl").write_text("\n".join(map(json.dumps, rows)))
    decide(read_table("t.jsonl"), "d.csv")
    corrected, log = in_memory("t.jsonl", "d.csv")
    write_table(corrected, "expected.jsonl")
    write_table(log, "expected.log.csv", spreadsheet=True)
    assert main(["apply", "t.jsonl", "d.csv", "--out", "new.jsonl"]) == 0
    assert Path("new.jsonl").read_bytes() == Path("expected.jsonl").read_bytes()
    assert Path("new.log.csv").read_bytes() == Path("expected.log.csv").read_bytes()


BROKEN = {
    "csv": ["9,a\n", '9,"a"b,c,1,2\n', "9,\udce9,a,1,2\n", '9,"a'],
    "jsonl": ['{"id": 1', "[1]\n", '{"id": "é'],
    "parquet": ["PAR1"],
}


@pytest.mark.parametrize(
    ("kind", "end"), [(kind, end) for kind, ends in BROKEN.items() for end in ends]
)
def test_what_is_broken_is_told_alike_and_leaves_nothing(home, small_parts, kind, end, capsys):
    write_table(table("text"), f"t.{kind}")
    decide(read_table(f"t.{kind}"), "d.csv")
    with Path(f"t.{kind}").open("ab") as file:
        file.write(end.encode(errors="surrogateescape"))
    with pytest.raises(InputError, match="Expected") as told:
        read_table(f"t.{kind}")
    before = sorted(os.listdir())
    columns = ["--text", "text", "--label", "label"]
    assert main(["apply", f"t.{kind}", "d.csv", *columns, "--out", "new.csv"]) == 2
    assert str(told.value) in capsys.readouterr().err
    assert sorted(os.listdir()) == before


@pytest.mark.parametrize("rows", [{5: ""}, {5: " ", 59: ""}], ids=str)
def test_rows_without_a_label_are_told_alike(home, small_parts, rows, capsys):
    frame = table("text")
    write_table(frame, "t.csv")
    decide(frame, "d.csv")
    frame.loc[list(rows), "label"] = list(rows.values())
    write_table(frame, "t.csv", overwrite=True)
    with pytest.raises(InputError, match="Expected a label") as told:
        labels_of(read_table("t.csv")["label"], "t.csv")
    columns = ["--text", "text", "--label", "label"]
    assert main(["apply", "t.csv", "d.csv", *columns, "--out", "new.csv"]) == 2
    assert str(told.value) in capsys.readouterr().err


@pytest.mark.parametrize("stop", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_a_stop_while_writing_leaves_nothing(home, small_parts, monkeypatch, stop):
    write_table(table("text"), "t.csv")
    decide(table("text"), "d.csv")
    before = sorted(os.listdir())
    correct = "keraswrap.issues.corrections._parts.PartsCorrection.correct"
    monkeypatch.setattr(correct, lambda *_: (_ for _ in ()).throw(stop))
    assert main(["apply", "t.csv", "d.csv", "--out", "new.csv"]) in (2, 130)
    assert sorted(os.listdir()) == before


def test_a_file_that_changes_while_it_is_read_is_refused(home, monkeypatch, capsys):
    write_table(table("text"), "t.csv")
    decide(table("text"), "d.csv")

    def meanwhile(*args):
        frame = table("text")
        write_table(frame.assign(text=frame["text"][::-1].to_numpy()), "t.csv", overwrite=True)
        return make_plan(*args)

    monkeypatch.setattr("keraswrap.cli._commands.apply.make_plan", meanwhile)
    assert main(["apply", "t.csv", "d.csv", "--out", "new.csv"]) == 2
    assert "to stay as it is while it is read" in capsys.readouterr().err
    assert not Path("new.csv").exists()
