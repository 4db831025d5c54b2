"""Decisions: read, refused, carried out."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from keraswrap.exceptions import InputError, InputTypeError, ParameterError, StorageError
from keraswrap.issues import (
    apply_corrections,
    find_label_issues,
    hash_data,
    read_decisions,
    write_decisions,
)

TEXTS = ["works, well", "it broke", "=1+1", "so so", "what a\nwaste"]
LABELS = ["good", "good", "good", "bad", "bad"]
PROBA = [[0.2, 0.8], [0.9, 0.1], [0.4, 0.6], [0.7, 0.3], [0.6, 0.4]]
HASH = hash_data(TEXTS, LABELS)


def decide(*rows, data_hash=HASH, given=LABELS, **more):
    """Make decisions of (row, action, new label)."""
    return pd.DataFrame(
        {
            "row_id": [row for row, _, _ in rows],
            "given_label": [given[row] if row < len(given) else "good" for row, _, _ in rows],
            "action": [action for _, action, _ in rows],
            "new_label": [label for _, _, label in rows],
            "data_hash": data_hash,
            **more,
        }
    )


EACH = decide(
    *((0, "keep", ""), (1, "accept", "bad"), (2, "drop", "")),
    *((3, "ambiguous", ""), (4, "relabel", "good")),
)


# What becomes of the data


def test_each_action_does_what_it_says():
    done = apply_corrections((TEXTS, LABELS), EACH)
    assert done.data == (["works, well", "it broke", "what a\nwaste"], ["good", "bad", "good"])
    assert done.positions.tolist() == [0, 1, 4]
    assert (done.n_changed, done.n_dropped) == (2, 2)
    assert repr(done) == "Corrected(3 rows, 2 labels changed, 2 rows dropped)"


def test_the_log_says_what_was_done_to_which_row_and_by_whom():
    who = {"reviewer": "Ann", "note": "", "timestamp": "2026-01-02T03:04:05Z"}
    log = apply_corrections((TEXTS, LABELS), EACH.assign(**who)).log
    assert list(log) == ["row_id", "action", "old_label", "new_label", *who]
    assert log["new_label"].tolist() == ["good", "bad", None, None, "good"]
    assert log["old_label"].tolist() == LABELS
    assert set(log["reviewer"]) == {"Ann"}


def test_ambiguous_rows_can_be_kept():
    done = apply_corrections((TEXTS, LABELS), EACH, ambiguous="keep")
    assert done.positions.tolist() == [0, 1, 3, 4]
    assert done.log["new_label"].tolist() == ["good", "bad", None, "bad", "good"]


@pytest.mark.parametrize(
    "form", [list, tuple, np.array, pd.Series, lambda y: pd.Series(y, dtype="category")]
)
def test_labels_come_back_in_the_form_they_came(form):
    y = form(LABELS)
    _, corrected = apply_corrections((TEXTS, y), EACH, new_classes=["mixed"]).data
    assert type(corrected) is type(y)
    assert list(corrected) == ["good", "bad", "good"]
    assert list(y) == LABELS
    assert getattr(corrected, "dtype", None) == getattr(y, "dtype", None)


@pytest.mark.parametrize("form", [np.array, pd.Series, lambda y: pd.Series(y, dtype="category")])
def test_a_new_class_is_not_cut_to_the_width_of_the_old_ones(form):
    decisions = decide((0, "relabel", "much longer"))
    done = apply_corrections((TEXTS, form(LABELS)), decisions, new_classes=["much longer"])
    assert list(done.data[1]) == ["much longer", *LABELS[1:]]


@pytest.mark.parametrize("labels", [[0, 1, 1], [0.5, 2.0, 2.0], [True, False, False]])
def test_labels_that_are_no_texts_stay_what_they_are(labels):
    y = np.array(labels)
    decisions = decide((1, "accept", y[0]), data_hash=hash_data(None, y), given=y)
    _, corrected = apply_corrections((None, y), decisions).data
    assert corrected.dtype == y.dtype
    assert corrected.tolist() == [labels[0], labels[0], labels[2]]


def test_numbers_read_beside_gaps_are_still_those_labels():
    y = [1, 2, 2]
    decisions = decide((0, "keep", None), (1, "accept", 1.0), data_hash=hash_data(None, y), given=y)
    assert decisions["new_label"].dtype == float
    assert apply_corrections((None, y), decisions).data == (None, [1, 1, 2])


ROWS = [
    np.arange(10.0).reshape(5, 2),
    pd.DataFrame({"a": range(5), "b": list("vwxyz")}, index=list("ABCDE")),
    {"left": np.arange(5), "right": TEXTS},
    sparse.random_array((5, 3), density=0.5, rng=0).tocoo(),
    None,
]


@pytest.mark.parametrize(("y", "text"), [([True, False], "true"), ([2.0, 0.5], "2")])
def test_labels_may_be_written_as_a_page_writes_them(y, text):
    data = (pd.Series(["a", "b"], index=[7.0, 8.0]), y)
    row = {"row_id": "8", "given_label": y[1], "action": "accept", "new_label": text}
    decisions = pd.DataFrame([row | {"data_hash": hash_data(*data)}])
    assert apply_corrections(data, decisions).data[1] == [y[0], y[0]]


@pytest.mark.parametrize(
    "index", [[2**60, 2**60 + 1], pd.date_range("2026-01-01", periods=2), [(1, "a"), (1, "b")]]
)
def test_rows_are_known_by_the_text_of_their_index(index):
    X = pd.Series(["a", "b"], index=pd.Index(index))
    found = find_label_issues(PROBA[:2], X, ["good", "bad"], out_of_sample=True)
    row = {"row_id": str(found.row_ids[1]), "given_label": "bad", "action": "drop"}
    decisions = pd.DataFrame([row | {"new_label": "", **found.provenance}])
    kept, _ = apply_corrections((X, ["good", "bad"]), decisions).data
    assert kept.tolist() == ["a"]


@pytest.mark.parametrize("X", ROWS, ids=lambda X: type(X).__name__)
def test_rows_come_back_in_the_form_they_came(X):
    found = find_label_issues(PROBA, X, LABELS, out_of_sample=True)
    data_hash = found.provenance["data_hash"]
    decisions = decide((1, "drop", ""), data_hash=data_hash).assign(row_id=found.row_ids[1])
    kept, _ = apply_corrections((X, LABELS), decisions).data
    expected = [0, 2, 3, 4]
    if isinstance(X, pd.DataFrame):
        pd.testing.assert_frame_equal(kept, X.iloc[expected])
    elif isinstance(X, dict):
        assert kept["left"].tolist() == expected
        assert kept["right"] == [TEXTS[k] for k in expected]
    elif sparse.issparse(X):
        assert (kept.toarray() == X.toarray()[expected]).all()
    else:
        assert X is kept is None or np.array_equal(kept, X[expected])


def test_a_frame_keeps_its_index_and_its_other_columns():
    frame = pd.DataFrame({"label": LABELS, "text": TEXTS, "stars": range(5)}, index=list("ABCDE"))
    before = frame.copy()
    decisions = EACH.assign(row_id=list("ABCDE"))  # issues were looked for in the texts alone
    done = apply_corrections(frame, decisions, label="label")
    expected = frame.loc[["A", "B", "E"]].assign(label=["good", "bad", "good"])
    pd.testing.assert_frame_equal(done.data, expected)
    pd.testing.assert_frame_equal(frame, before)
    assert done.log["stars"].tolist() == list(range(5))
    assert "text" not in done.log
    whole = decide((0, "drop", ""), data_hash=hash_data(frame[["text", "stars"]], LABELS))
    assert len(apply_corrections(frame, whole.assign(row_id="A"), label="label").data) == 4
    assert apply_corrections(frame, decisions, label="label", features="text").n_dropped == 2


def test_a_hugging_face_dataset_stays_one():
    datasets = pytest.importorskip("datasets")
    X = datasets.Dataset.from_dict({"text": TEXTS})
    done = apply_corrections((X, LABELS), EACH.assign(data_hash=hash_data(X, LABELS)))
    assert done.data[0]["text"][:] == ["works, well", "it broke", "what a\nwaste"]


# Several reviewers


def test_reviewers_who_agree_are_both_in_the_log():
    other = decide((1, "relabel", "bad"), (0, "skip", ""), reviewer="Ben")
    done = apply_corrections((TEXTS, LABELS), [EACH, other])
    assert done.n_changed == 2
    assert done.log["row_id"].tolist() == [0, 1, 2, 3, 4, 1, 0]


def test_reviewers_who_differ_are_named(tmp_path):
    write_decisions(EACH, tmp_path / "ann.csv")
    write_decisions(decide((4, "keep", "bad")), tmp_path / "ben.json")
    message = r"row_id 4: relabel 'good' \(.*ann.csv, line 6\) against keep 'bad' \(.*decision 1\)"
    with pytest.raises(InputError, match=message):
        apply_corrections((TEXTS, LABELS), [tmp_path / "ann.csv", tmp_path / "ben.json"])


# What is refused


@pytest.mark.parametrize(
    ("decisions", "message"),
    [
        (decide((0, "drop", ""), data_hash="f" * 16), f"whose hash is {HASH}, got .* f{{16}}"),
        (decide((0, "accept", "bda")), r"got 'bda' for row_id '0'.*Did you mean 'bad'\?"),
        (decide((9, "drop", "")), r"rows that are in the data, got row_id '9'.*\(row 0\)"),
        (decide((0, "keep", ""), (0, "drop", "")), "each row once"),
        (decide((0, "delete", "")), r"an action of accept, .* got row_id '0' with 'delete'"),
        (decide((0, "accept", "")), "a new_label where the action is accept or relabel"),
        (decide((0, "keep", "bad")), "no other new_label where the action is keep"),
        (decide((0, "keep", "")).assign(given_label="bad"), "the given_label that the data has"),
        (decide((0, "keep", "")).assign(data_hash=""), "a data_hash in each row"),
        (decide(), "at least one decision"),
        (decide(*((row, "drop", "") for row in range(5))), "decisions that drop all"),
        (EACH.drop(columns="action"), "Expected the column 'action'"),
        ([], "at least one file or frame"),
        ([EACH, EACH.assign(data_hash="e" * 16)], f"the hashes {HASH}.*{'e' * 16}"),
    ],
)
def test_decisions_that_do_not_fit_are_refused(decisions, message):
    with pytest.raises(InputError, match=message):
        apply_corrections((TEXTS, LABELS), decisions)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda X, y: (X[::-1], y), "the same rows, order and labels"),
        (lambda X, y: (X, [*y[:4], "good"]), "the same rows, order and labels"),
        (lambda X, y: (X[:4], y[:4]), "the same rows, order and labels"),
        (lambda X, y: (pd.Series(X, index=[0, 1, 2, 3, 3]), y), "rows that are in the data"),
    ],
)
def test_data_that_is_not_what_was_decided_on_is_refused(change, message):
    with pytest.raises(InputError, match=message):
        apply_corrections(change(TEXTS, LABELS), EACH)


LONG = [f"{row} " + "a whole text " * 120 for row in range(100)]
OF_LONG = dict(row_id=7, given_label=LONG[7], action="relabel", data_hash=hash_data(LONG, LONG))


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (
            lambda: apply_corrections((LONG, LONG), pd.DataFrame([OF_LONG | {"new_label": "bad"}])),
            r"got 'bad' for row_id '7'.*named: new_classes=, or --new-class of keraswrap apply",
        ),
        (
            lambda: apply_corrections(
                (LONG, LONG), pd.DataFrame([OF_LONG | {"new_label": LONG[0] + "."}])
            ),
            "got '0 a whole text .* Did you mean '0 a",
        ),
        (lambda: find_label_issues(np.full((100, 2), 0.5), y=LONG), "Expected as many columns"),
        (lambda: find_label_issues(LogisticRegression(), np.ones((100, 1)), LONG), "5 examples of"),
        (lambda: find_label_issues(LogisticRegression(), np.ones((9, 1)), LONG[:1] * 9), "one cl"),
    ],
)
@pytest.mark.filterwarnings("ignore:The number of unique classes")
def test_labels_that_are_whole_texts_are_cut_in_errors(ask, message):
    with pytest.raises(InputError, match=message) as caught:
        ask()
    assert len(str(caught.value)) < 1400


def test_an_index_that_names_rows_twice_is_refused():
    X = pd.Series(TEXTS, index=[0, 1, 1, 3, 4])
    with pytest.raises(InputError, match=r"got row_id '1' with 'drop'.*Call reset_index"):
        apply_corrections((X, LABELS), decide((1, "drop", "")))


@pytest.mark.parametrize(
    ("data", "arguments", "error", "message"),
    [
        ([TEXTS, LABELS], {}, InputTypeError, r"a tuple \(X, y\) or a DataFrame, got list"),
        ((TEXTS, LABELS), {"label": "y"}, ParameterError, "with a DataFrame alone"),
        ((TEXTS, LABELS), {"ambiguous": "ask"}, ParameterError, "'drop' or 'keep', got 'ask'"),
        (pd.DataFrame({"y": LABELS}), {}, ParameterError, "Pass label="),
        (pd.DataFrame({"label": LABELS}), {"label": "lable"}, InputError, "Did you mean 'label'"),
        ((TEXTS, np.eye(5)), {}, InputError, "the same rows, order and labels"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(data, arguments, error, message):
    with pytest.raises(error, match=message):
        apply_corrections(data, EACH, **arguments)


def test_decisions_of_another_kind_are_refused():
    with pytest.raises(InputTypeError, match="a path or a DataFrame, got int"):
        apply_corrections((TEXTS, LABELS), 3)


# Files


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


def test_a_class_that_loses_its_last_row_is_named():
    X, y = ["a", "b", "c"], ["good", "bad", "good"]
    one = {"row_id": 1, "given_label": "bad", "action": "drop", "new_label": ""}
    decisions = pd.DataFrame([one | {"data_hash": hash_data(X, y)}])
    with pytest.warns(UserWarning, match="No row is left of 'bad'"):
        done = apply_corrections((X, y), decisions)
    assert done.lost == ("bad",)


@pytest.mark.parametrize("left", [1, 2, 5])
def test_a_csv_file_that_was_cut_between_two_lines_is_refused(tmp_path, left):
    one = {"given_label": "bad", "action": "drop", "new_label": "", "data_hash": "abc"}
    path = tmp_path / "d.csv"
    write_decisions(pd.DataFrame([one | {"row_id": n, "note": "a\nb"} for n in range(6)]), path)
    assert read_decisions(path)["row_id"].tolist() == [*"012345"]
    records = path.read_bytes().split(b",abc\n")
    path.write_bytes(b",abc\n".join([*records[:left], b""]))
    with pytest.raises(InputError, match=f"the last of 6 decisions.*got {left} rows without it"):
        read_decisions(path)


def test_rows_of_a_csv_file_may_be_sorted_taken_out_and_added(tmp_path):
    one = {"given_label": "bad", "action": "drop", "new_label": "", "data_hash": "abc"}
    path = tmp_path / "d.csv"
    write_decisions(pd.DataFrame([one | {"row_id": n} for n in range(6)]), path)
    edited = pd.read_csv(path)[::-1].drop(2)
    added = pd.DataFrame([one | {"row_id": 9, "entry": None}])
    pd.concat([edited, added]).to_csv(path, index=False)
    assert read_decisions(path)["row_id"].tolist() == [*"543109"]


def test_half_a_character_in_a_note_is_replaced_and_not_a_traceback(tmp_path):
    entry = {"row_id": 1, "given_label": "bad", "action": "relabel", "new_label": "good"}
    content = as_json(decisions=[entry | {"note": "so \ud83d", "reviewer": "\udc00"}])
    assert r"\ud83d" in content
    (tmp_path / "d.json").write_text(content)
    found = read_decisions(tmp_path / "d.json")
    assert found[["note", "reviewer"]].to_numpy().tolist() == [["so \ufffd", "\ufffd"]]
    X, y = ["a", "b"], ["good", "bad"]
    found["data_hash"] = hash_data(X, y)
    write_decisions(found, tmp_path / "d.csv")
    done = apply_corrections((X, y), [read_decisions(tmp_path / "d.csv")], new_classes=["x"])
    assert done.log["note"].tolist() == ["so \ufffd"]
