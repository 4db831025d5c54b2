import json

import numpy as np
import pandas as pd
import pytest

from keraswrap.exceptions import InputError
from keraswrap.retraining import RetrainingSettings, read_answers, write_questions
from keraswrap.retraining._row_parts import split_rows
from keraswrap.retraining._wanted import wanted_rows

RNG = np.random.default_rng(0)
TEXTS = ["".join(RNG.choice([*"abcdefghij   "], 40)) for _ in range(60)]
CLASSES = np.array(["bad", "good"])


@pytest.fixture
def wanted():
    parts = split_rows(TEXTS, ["old"], 0.5, 0)
    settings = RetrainingSettings(n_train=10)
    return wanted_rows(parts, np.zeros(60, bool), np.arange(60.0), 0.025, settings)


def test_texts_are_asked_in_a_table_and_on_a_page(wanted, tmp_path):
    table, page = write_questions(wanted, TEXTS, CLASSES, tmp_path / "ask")
    frame = pd.read_csv(table, dtype=str, keep_default_na=False)
    assert list(frame) == ["row_id", "text", "label"]
    assert frame["text"].tolist() == [TEXTS[row] for row in wanted.rows]
    assert "Labels wanted" in page.read_text(encoding="utf-8")


def test_a_file_that_someone_fills_in_is_never_overwritten(wanted, tmp_path):
    table, page = write_questions(wanted, TEXTS, CLASSES, tmp_path)
    table.write_text("mine")
    assert write_questions(wanted, TEXTS, CLASSES, tmp_path) == [table, page]
    assert table.read_text() == "mine"


def test_a_table_that_is_filled_in_is_read_by_its_rows(wanted, tmp_path):
    table, _ = write_questions(wanted, TEXTS, CLASSES, tmp_path)
    frame = pd.read_csv(table, dtype=str).assign(label=None)
    frame.loc[[0, 1, 2], "label"] = ["good", " bad ", "?"]
    frame.sample(frac=1, random_state=0).to_csv(table, index=False)
    told = read_answers([table], TEXTS, CLASSES)
    assert [told.labels[row] for row in wanted.rows[:4]] == ["good", "bad", None, None]
    assert np.flatnonzero(told.unclear).tolist() == [wanted.rows[2]]


def test_a_spreadsheet_runs_no_text_and_rounds_no_name(wanted, tmp_path):
    formulas = [f"=1+{row}" for row in range(len(TEXTS))]
    table, _ = write_questions(wanted, formulas, CLASSES, tmp_path)
    frame = pd.read_csv(table, dtype=str)
    assert frame.text.tolist() == [f"'=1+{row}" for row in wanted.rows]
    assert frame.row_id.tolist() == [f"r{name}" for name in wanted.names]


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_labels_that_are_numbers_are_read_beside_gaps(wanted, tmp_path, suffix):
    frame = pd.DataFrame({"row_id": wanted.names[:2], "label": [1, None]})
    path = tmp_path / f"a.{suffix}"
    {
        "csv": lambda: frame.to_csv(path, index=False, sep=";", encoding="utf-8-sig"),
        "jsonl": lambda: frame.to_json(path, orient="records", lines=True),
        "parquet": lambda: frame.to_parquet(path),
    }[suffix]()
    told = read_answers([path], TEXTS, [0, 1])
    assert [told.labels[row] for row in wanted.rows[:2]] == [1, None]


def test_an_export_of_the_page_is_read(wanted, tmp_path):
    columns = {"row_id": wanted.names[:3], "given_label": "(no label yet)"}
    columns |= {"action": ["relabel", "relabel", "ambiguous"], "new_label": ["good", "bad", None]}
    columns |= {"data_hash": "0" * 16, "reviewer": "ann"}
    path = tmp_path / "decisions.csv"
    pd.DataFrame(columns).to_csv(path, index=False)
    told = read_answers([path], TEXTS, CLASSES)
    assert [told.labels[row] for row in wanted.rows[:3]] == ["good", "bad", None]
    assert told.unclear.sum() == 1


def test_people_who_disagree_leave_a_row_unclear(wanted, tmp_path):
    for name, label in (("a", "good"), ("b", "bad")):
        told = pd.DataFrame({"row_id": wanted.names[:1], "label": [label]})
        told.to_csv(tmp_path / f"{name}.csv", index=False)
    found = read_answers([tmp_path / "a.csv", tmp_path / "b.csv"], TEXTS, CLASSES)
    assert (found.labels[wanted.rows[0]], found.unclear.sum()) == (None, 1)


def test_answers_about_other_rows_are_counted(tmp_path):
    path = tmp_path / "a.csv"
    pd.DataFrame({"row_id": ["feed"], "label": ["good"]}).to_csv(path, index=False)
    assert read_answers([path], TEXTS, CLASSES).unknown == 1


def test_an_unknown_label_is_refused(wanted, tmp_path):
    path = tmp_path / "a.csv"
    pd.DataFrame({"row_id": wanted.names[:1], "label": ["god"]}).to_csv(path, index=False)
    with pytest.raises(InputError, match="got 'god'"):
        read_answers([path], TEXTS, CLASSES)


def test_rows_of_several_numbers_are_asked_as_json(wanted, tmp_path):
    X = np.arange(120.0).reshape(60, 2)
    (path,) = write_questions(wanted, X, CLASSES, tmp_path)
    first = json.loads(path.read_text().splitlines()[0])
    assert first["text"] == X[wanted.rows[0]].tolist()
