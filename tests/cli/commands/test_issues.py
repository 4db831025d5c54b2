"""``keraswrap issues``: what it writes, what it says, what it refuses."""

import json
import os
import re
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from checkpoints import write_checkpoint, write_reviews
from pyarrow import parquet

from keraswrap.cli import _classifiers, main
from keraswrap.cli._columns import groups_of
from keraswrap.cli._commands.issues import find_near
from keraswrap.cli._parser import make_parser
from keraswrap.issues import apply_corrections, find_label_issues, hash_data, write_decisions

MAIN = "import sys; from keraswrap.cli import main; sys.exit(main(sys.argv[1:]))"
FLIPPED = [3, 50, 98]
COLUMNS = ["--text", "review", "--label", "stars"]
QUICK = [*COLUMNS, "--encoder", "tfidf"]


@pytest.fixture
def reviews(tmp_path, monkeypatch):
    """Reviews with three wrong labels, in the working folder."""
    monkeypatch.chdir(tmp_path)
    frame = pd.read_csv(write_reviews(tmp_path / "reviews.csv", n=200))
    other = frame["stars"].map({"good": "bad", "bad": "good"})
    frame.loc[FLIPPED, "stars"] = other[FLIPPED]
    frame.insert(0, "id", [f"{number:03}" for number in range(200)])
    frame.to_csv("reviews.csv", index=False)
    return frame


def test_a_report_a_table_and_cleaned_data_are_written(reviews, capsys):
    assert main(["issues", "reviews.csv", *QUICK, "--out", "out"]) == 0
    names = ["cleaned.csv", "issues.csv", "report.html", "report.txt", "rows.csv"]
    assert sorted(os.listdir("out")) == names
    table = pd.read_csv("out/issues.csv")
    assert set(FLIPPED) <= set(table["row_id"][:10])
    assert table["quality"].is_monotonic_increasing
    assert (reviews["review"][table["row_id"]].to_numpy() == table["text"]).all()
    cleaned = pd.read_csv("out/cleaned.csv", dtype=str)
    assert cleaned["id"].tolist() == reviews["id"].drop(table["row_id"][table["is_issue"]]).tolist()
    printed = capsys.readouterr()
    assert "Written:\n  out/cleaned.csv" in printed.out
    assert printed.err.startswith("reviews.csv: 200 rows, 2 labels")


def test_own_columns_go_wherever_a_row_goes(reviews, capsys):
    reviews["id"] = [f"order-{number}" for number in range(200)]
    reviews.assign(note="n").to_csv("reviews.csv", index=False)
    assert main(["issues", "reviews.csv", *QUICK, "--id", "id", "--out", "out"]) == 0
    for name in ("issues.csv", "rows.csv"):
        table = pd.read_csv(f"out/{name}")
        assert table["id"].tolist() == [f"order-{row}" for row in table["row_id"]]
        assert set(table["data_note"]) == {"n"}
    assert f"row {FLIPPED[0]} (id order-{FLIPPED[0]}): " in Path("out/report.txt").read_text()
    assert '"names":["id","data_note"]' in Path("out/report.html").read_text()


def test_json_is_all_that_comes_out_and_its_hash_is_that_of_the_texts(reviews, capsys):
    assert main(["issues", "reviews.csv", *QUICK, "--out", "out", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["facts"]["rows"] == 200
    assert result["facts"]["data_hash"] == hash_data(reviews["review"], reviews["stars"])
    assert [os.path.basename(path) for path in result["files"]] == sorted(os.listdir("out"))


def test_what_was_there_is_kept_unless_asked(reviews, capsys):
    os.mkdir("out")
    Path("out/issues.csv").write_text("mine")
    arguments = ["issues", "reviews.csv", *QUICK, "--out", "out"]
    assert main(arguments) == 2
    assert "out/issues.csv', which exists" in capsys.readouterr().err
    assert os.listdir("out") == ["issues.csv"]
    assert Path("out/issues.csv").read_text() == "mine"
    assert main([*arguments, "--overwrite"]) == 0
    assert len(pd.read_csv("out/issues.csv")) == 200


@pytest.mark.parametrize("kind", ["jsonl", "parquet", "tsv"])
def test_other_files_are_read_and_cleaned_in_their_own_form(reviews, kind, capsys):
    write = {"jsonl": lambda p: reviews.to_json(p, orient="records", lines=True)}
    write |= {"parquet": reviews.to_parquet, "tsv": lambda p: reviews.to_csv(p, sep="\t")}
    write[kind](f"reviews.{kind}")
    assert main(["issues", f"reviews.{kind}", *QUICK, "--out", "out", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)["facts"]
    assert facts["data_hash"] == hash_data(reviews["review"], reviews["stars"])
    assert os.path.exists(f"out/cleaned.{kind}")


def test_what_is_wrong_beside_labels_is_told_unless_not_asked(reviews, capsys):
    reviews.loc[[10, 20], "review"] = ["", "It cost 5 â‚¬ and was cafÃ©"]
    reviews.to_csv("reviews.csv", index=False)
    assert main(["issues", "reviews.csv", *QUICK, "--out", "out", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    found = pd.read_csv("out/rows.csv")  # a line for each finding, the most severe first
    rows = found.drop_duplicates("row_id").set_index("row_id")["kind"]
    assert (rows[10], rows[20]) == ("empty", "garbled")
    assert "duplicate" in found["kind"].to_numpy()
    assert {"Empty", "Garbled"} <= {alert["title"] for alert in result["alerts"]}
    assert main(["issues", "reviews.csv", *QUICK, "--out", "few", "--labels-only"]) == 0
    assert not os.path.exists("few/rows.csv")


def test_a_journal_is_gone_on_from_and_only_with_the_same_data(reviews, capsys):
    arguments = ["issues", "reviews.csv", *QUICK, "--journal", "j", "--out", "out", "--overwrite"]
    assert main(arguments) == 0
    table = Path("out/issues.csv").read_bytes()
    assert main(arguments) == 0
    assert Path("out/issues.csv").read_bytes() == table
    reviews[::-1].to_csv("reviews.csv", index=False)
    assert main(arguments) == 2
    assert "kept with other X and other y" in capsys.readouterr().err
    assert Path("out/issues.csv").read_bytes() == table


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


def test_columns_of_probabilities_go_by_their_names(reviews, capsys):
    good = np.array(reviews["stars"] == "good")
    good[FLIPPED] = ~good[FLIPPED]
    pd.DataFrame({"good": 0.1 + 0.8 * good, "bad": 0.9 - 0.8 * good}).to_csv("p.csv", index=False)
    assert main(["issues", "reviews.csv", *COLUMNS, "--proba", "p.csv", "--out", "out"]) == 0
    worst = pd.read_csv("out/issues.csv")["row_id"]
    assert sorted(worst[:3]) == FLIPPED


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--text", "revew"], "Did you mean 'review'?"),
        (["--text", "stars"], "Expected two columns, as --text and as --label"),
        (["--id", "idd"], "Did you mean 'id'?"),
        (["--id", "stars"], "beside --text and --label as --id, got 'stars'"),
        (["--n-jobs", "0"], "Expected --n-jobs of at least 1"),
        (["--seed", "-1"], "Expected --seed from 0 to 2**32 - 1"),
        (["--folds", "1"], "--folds of at least 2, got 1"),
        (["--folds", "150"], "at least 150 examples of each class"),
        (["--score", "magic"], "got 'magic'"),
        (["--max-size", "0"], "--max-size above 0, in GB, got 0"),
        (["--max-size", "1e-6"], "at most 1.0 kB, as the table is read into memory, got"),
        (["--proba", "p.npy"], "--encoder or --proba, got both"),
        (["--out-of-sample"], "--out-of-sample with --proba"),
        (["--out", "reviews.csv"], "which is a file"),
        (["--encoding", "utf-16"], "an encoding whose lines end in one byte"),
    ],
)
def test_what_cannot_be_used_ends_in_one_line_and_nothing_written(
    reviews, capsys, options, message
):
    assert main(["issues", "reviews.csv", *QUICK, *options]) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("error: ")
    assert message in error
    assert os.listdir() == ["reviews.csv"]


def test_texts_without_words_are_refused(reviews, capsys):
    reviews.assign(review="!").to_csv("reviews.csv", index=False)
    assert main(["issues", "reviews.csv", *QUICK]) == 2
    assert "Expected words of two letters or more in the texts" in capsys.readouterr().err
    assert os.listdir() == ["reviews.csv"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("p.npy", b"broken", "an array that numpy.save wrote"),
        ("p.csv", b"good,bda\n1,0\n", "a column for each label in 'p.csv', got none for 'bad'"),
        ("p.csv", b"good,bad\n1,x\n", "Expected numbers in 'p.csv'"),
        ("p.csv", b"good,bad\n1,0\n", "200 labels and 1 rows"),
    ],
)
def test_probabilities_that_cannot_be_used_are_refused(reviews, capsys, name, content, message):
    Path(name).write_bytes(content)
    assert main(["issues", "reviews.csv", *COLUMNS, "--proba", name]) == 2
    assert message in capsys.readouterr().err


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


def test_probabilities_that_look_seen_are_warned_of(reviews, capsys):
    good = (reviews["stars"] == "good").to_numpy(float)
    np.save("p.npy", np.column_stack([1 - good, good]))
    assert main(["issues", "reviews.csv", *COLUMNS, "--proba", "p.npy", "--out", "out"]) == 0
    error = capsys.readouterr().err
    assert "\nwarning: These probabilities look like those of rows" in error
    assert "warnings.warn" not in error


def test_from_the_report_to_corrected_data(reviews, capsys):
    assert main(["issues", "reviews.csv", *QUICK, "--out", "out", "--json"]) == 0
    data_hash = json.loads(capsys.readouterr().out)["facts"]["data_hash"]
    found = pd.read_csv("out/issues.csv").set_index("row_id").loc[FLIPPED].reset_index()
    decisions = found.rename(columns={"suggested_label": "new_label"})
    decisions = decisions.assign(action="accept", data_hash=data_hash)
    data = (reviews["review"].tolist(), reviews["stars"].tolist())
    corrected = apply_corrections(data, decisions).data[1]
    assert sum(a != b for a, b in zip(corrected, data[1], strict=True)) == 3


def test_neighbors_are_the_rows_nearest_by_angle():
    proba = np.array([[0.9, 0.1], [0.1, 0.9], [0.97, 0.03]] * 8)
    labels = ["bad", "good", "good"] * 8
    issues = find_label_issues(proba, y=labels, out_of_sample=True)
    vectors = np.random.default_rng(0).normal(size=(24, 5))
    near = find_near(issues, vectors)
    assert sorted(near) == np.flatnonzero(issues.is_issue).tolist() != []
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    for row, others in near.items():
        order = [other for other in np.argsort(-unit @ unit[row]).tolist() if other != row]
        assert others == order[:5]


@pytest.mark.parametrize("command", [[], ["issues"], ["apply"], ["train"], ["predict"], ["demo"]])
def test_help_loads_nothing_heavy(command):
    script = MAIN.replace("sys.exit(", "atexit.register(lambda: print(*sys.modules)); sys.exit(")
    arguments = [sys.executable, "-c", f"import atexit; {script}", *command, "--help"]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("usage: keraswrap")
    loaded = set(done.stdout.splitlines()[-1].split())
    assert not loaded & {"numpy", "pandas", "sklearn", "tensorflow", "keras", "pyarrow"}


CHINESE = ["这个手机很好用我非常喜欢", "屏幕太差了我要退货", "声音清楚质量很好", "电池太差用了就坏"]


def test_texts_without_blanks_are_read_by_their_signs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    labels = np.array(["good", "bad"] * 60)
    labels[[4, 33]] = "bad", "good"
    ends = ["东", "西", "南", "北", "中", "上", "下", "左", "右", "前", "后"]
    texts = [CHINESE[i % 4] + ends[i % 11] + ends[i % 7] + ends[i % 5] for i in range(120)]
    pd.DataFrame({"review": texts, "stars": labels}).to_csv("chinese.csv", index=False)
    assert main(["issues", "chinese.csv", *COLUMNS, "--out", "out", "--json"]) == 0
    printed = capsys.readouterr()
    assert "multilingual-e5-base" in printed.err
    result = json.loads(printed.out)
    assert result["facts"]["model"].count("analyzer='char'") == 1
    assert "Encoder" in [alert["title"] for alert in result["alerts"]]
    assert sorted(pd.read_csv("out/issues.csv")["row_id"][:2]) == [4, 33]


def test_folds_keep_groups_and_copies_together(reviews, capsys):
    reviews["person"] = np.arange(200) // 4
    pd.concat([reviews] * 3).to_csv("reviews.csv", index=False)
    arguments = ["issues", "reviews.csv", *QUICK, "--json", "--labels-only", "--overwrite"]
    assert main([*arguments, "--out", "out"]) == 0
    copies = json.loads(capsys.readouterr().out)["facts"]["copies"]
    assert (copies["rows"], copies["apart"]) == (600, 0)
    assert main([*arguments, "--out", "apart", "--split-copies", "--group", "person"]) == 0
    facts = json.loads(capsys.readouterr().out)["facts"]
    assert facts["copies"] is None
    groups = np.tile(np.arange(200) // 4, 3)
    texts = pd.read_csv("reviews.csv")["review"].tolist()
    expected = find_label_issues(
        _classifiers.choose("tfidf", 128, texts).estimator, texts,
        pd.read_csv("reviews.csv")["stars"], groups=groups, copies="apart",
    )  # fmt: skip
    table = pd.read_csv("apart/issues.csv").set_index("row_id").sort_index()
    np.testing.assert_allclose(table["quality"], expected.quality)


def test_a_group_that_is_missing_is_one_by_itself(reviews):
    options = make_parser().parse_args(["issues", "r.csv", *COLUMNS, "--group", "g"])
    codes = groups_of(pd.DataFrame({"g": ["a", "", None, "b", "a", ""]}), options)
    assert len(set(codes)) == 5
    assert codes[0] == codes[4]


def test_labels_that_differ_in_form_are_named_and_merged_on_request(reviews, capsys):
    clean = reviews["stars"].to_numpy()
    forms = {"good": ["good", "Good ", "good\u00a0"], "bad": ["bad", "BAD", "bad"]}
    reviews["stars"] = [forms[label][n % 3] for n, label in enumerate(clean)]
    reviews.to_csv("reviews.csv", index=False)
    arguments = ["issues", "reviews.csv", *QUICK, "--out", "out", "--overwrite", "--json"]
    assert main(arguments) == 0
    printed = capsys.readouterr()
    assert "--merge-labels" in printed.err
    assert "good⍽" in json.loads(printed.out)["classes"]
    assert main([*arguments, "--merge-labels"]) == 0
    printed = capsys.readouterr()
    assert "Unicode" not in printed.err
    result = json.loads(printed.out)
    assert result["classes"] == ["bad", "good"]
    assert result["facts"]["data_hash"] == hash_data(reviews["review"], clean)
    assert set(pd.read_csv("out/cleaned.csv")["stars"]) == {"good", "bad"}
    one = {"row_id": 3, "given_label": clean[3], "action": "drop", "new_label": ""}
    decisions = pd.DataFrame([one | {"data_hash": result["facts"]["data_hash"]}])
    write_decisions(decisions, "decisions.csv")
    apply = ["apply", "reviews.csv", "decisions.csv", "--out", "corrected.csv"]
    assert main([*apply, "--label", "stars", "--merge-labels"]) == 0
    corrected = pd.read_csv("corrected.csv")["stars"]
    np.testing.assert_array_equal(corrected, np.delete(clean, 3))
    assert main([*apply, "--merge-labels", "--overwrite"]) == 2
    assert "Expected --label with --merge-labels" in capsys.readouterr().err


def test_a_class_that_the_cleaned_data_loses_is_said_before_it_is_written(reviews, capsys):
    reviews.loc[[10, 20, 30, 40, 50], "stars"] = "odd"
    reviews.to_csv("reviews.csv", index=False)
    good = (reviews["stars"] == "good").to_numpy()
    proba = np.column_stack([0.95 - 0.9 * good, 0.04 + 0.9 * good, np.full(200, 0.01)])
    np.save("proba.npy", proba)
    arguments = ["issues", "reviews.csv", *COLUMNS, "--proba", "proba.npy", "--out-of-sample"]
    assert main([*arguments, "--out", "out", "--json"]) == 0
    printed = capsys.readouterr()
    assert "warning: Every row is suspected of 'odd' (5): cleaned.csv has none" in printed.err
    assert "Lost class" in [alert["title"] for alert in json.loads(printed.out)["alerts"]]
    assert main([*arguments, "--out", "few", "--labels-only"]) == 0
    assert "WARNING: Lost class" in capsys.readouterr().out


def test_an_encoder_that_does_not_know_the_texts_is_named_beside_one_that_does(tmp_path):
    encoder = str(write_checkpoint(tmp_path / "checkpoint"))
    assert _classifiers.choose(encoder, 16, ["it was good", "it was bad"] * 5).note == ""
    with pytest.warns(UserWarning, match="unknown to the"):
        chosen = _classifiers.choose(encoder, 16, ["καλό πράγμα", "κακό"] * 5)
    assert "unknown to the vocabulary" in chosen.note
    assert "multilingual-e5-base" in chosen.note
    assert chosen.vectors.shape[0] == 10
