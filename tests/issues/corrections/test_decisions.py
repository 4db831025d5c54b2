"""Files of decisions: read strictly, written whole."""

import json

import pytest
from made_decisions import EACH, LABELS, TEXTS

from keraswrap.exceptions import InputError, InputTypeError, StorageError
from keraswrap.issues import (
    apply_corrections,
    hash_data,
    read_decisions,
    write_decisions,
)


def test_decisions_of_another_kind_are_refused():
    with pytest.raises(InputTypeError, match="a path or a DataFrame, got int"):
        apply_corrections((TEXTS, LABELS), 3)


@pytest.mark.parametrize("name", ["decisions.csv", "decisions.json"])
def test_what_is_written_is_read_again(tmp_path, name):
    notes = ["=cmd()", "'-1", "two\nlines", 'a "quote", here', "ünï \u202e"]
    given = EACH.assign(note=notes, reviewer="-Ann", timestamp="2026-01-02T03:04:05Z")
    write_decisions(given, tmp_path / name)
    read = read_decisions(tmp_path / name)
    assert read.to_dict("list") == given.astype(str)[list(read)].to_dict("list")
    assert apply_corrections((TEXTS, LABELS), tmp_path / name).n_changed == 2


def test_a_formula_is_guarded_in_csv(tmp_path):
    write_decisions(EACH.assign(note="=1+1"), tmp_path / "d.csv")
    assert ",'=1+1," in (tmp_path / "d.csv").read_text()


def test_a_spreadsheet_may_save_it_with_semicolons_and_a_mark_at_the_start(tmp_path):
    write_decisions(EACH, tmp_path / "d.csv")
    text = (tmp_path / "d.csv").read_text().replace(",", ";")
    (tmp_path / "d.csv").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert apply_corrections((TEXTS, LABELS), str(tmp_path / "d.csv")).n_changed == 2


def test_nothing_is_overwritten_unless_asked(tmp_path):
    path = tmp_path / "d.json"
    path.write_text("mine")
    with pytest.raises(InputError, match=r"an unused path.*exists"):
        write_decisions(EACH, path)
    assert path.read_text() == "mine"
    write_decisions(EACH, path, overwrite=True)
    assert len(read_decisions(path)) == 5


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("none/d.csv", StorageError, "which is not there"),
        ("d.txt", InputError, "ends in .csv or .json"),
    ],
)
def test_a_path_that_cannot_be_written_is_refused(tmp_path, name, error, message):
    with pytest.raises(error, match=message):
        write_decisions(EACH, tmp_path / name)


HEADER = "row_id,given_label,action,new_label,data_hash\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "got an empty file"),
        ("row_id,action\n", "Expected the column 'given_label' in"),
        (HEADER + "0,good,keep,,abc\n1,good,ke", "Expected 5 cells in each row.* got 3 in line 3"),
        (HEADER + '0,"good,keep,,abc\n', r"quotes that are closed in line 2"),
        (HEADER + '0,"go"od",keep,,abc\n', r"quotes that are closed in line 2"),
        (HEADER + "0,good,keep,,abc\n\n0,good,drop,,abc\n", r"once.*\(line 2\).*\(line 4\)"),
        (HEADER + "0,good,keep,,\n", r"a data_hash.*\(line 2\)"),
        (HEADER + "0,good,Keep,,abc\n", r"an action of.*'Keep' \(line 2\)"),
    ],
)
def test_a_csv_file_that_is_broken_is_refused(tmp_path, content, message):
    (tmp_path / "d.csv").write_text(content)
    with pytest.raises(InputError, match=message):
        read_decisions(tmp_path / "d.csv")


def as_json(**changes):
    entry = {"row_id": 0, "given_label": "good", "action": "keep", "new_label": None}
    whole = {"format": "keraswrap-decisions", "version": 1, "data_hash": "abc"}
    return json.dumps({**whole, "decisions": [entry], **changes})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (as_json()[:-9], "complete JSON.*cut off"),
        ("[]", "the format 'keraswrap-decisions'.* got 'list'"),
        (as_json(format="other"), "got 'other'"),
        (as_json(version=2), "version 1 .* got 2. Upgrade"),
        (as_json(decisions=None), "got the keys"),
        (as_json(data_hash=None), "got the keys"),
        (as_json(decisions=[{"row_id": 0}]), "for decision 1 of"),
        (as_json(decisions=["x"]), "for decision 1 of"),
        ("[" * 100_000, "got"),
    ],
)
def test_a_json_file_that_is_broken_is_refused(tmp_path, content, message):
    (tmp_path / "d.json").write_text(content)
    with pytest.raises(InputError, match=message):
        read_decisions(tmp_path / "d.json")


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"a file that can be read, got .*No such file"):
        read_decisions(tmp_path / "none.csv")


def test_half_a_character_in_a_note_is_replaced_and_not_a_traceback(tmp_path):
    entry = {"row_id": 1, "given_label": "bad", "action": "relabel", "new_label": "good"}
    content = as_json(decisions=[entry | {"note": "so \ud83d", "reviewer": "\udc00"}])
    assert r"\ud83d" in content
    (tmp_path / "d.json").write_text(content)
    found = read_decisions(tmp_path / "d.json")
    assert found[["note", "reviewer"]].to_numpy().tolist() == [["so \ufffd", "\ufffd"]]
    X, y = ["a", "b", "c"], ["good", "bad", "bad"]
    found["data_hash"] = hash_data(X, y)
    write_decisions(found, tmp_path / "d.csv")
    done = apply_corrections((X, y), [read_decisions(tmp_path / "d.csv")], new_classes=["x"])
    assert done.log["note"].tolist() == ["so \ufffd"]
