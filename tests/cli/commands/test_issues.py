"""``keraswrap issues``: what it writes, what it says, what it refuses."""

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from keraswrap.cli import _classifiers, main
from keraswrap.cli._commands.issues import find_near
from keraswrap.issues import (
    apply_corrections,
    find_label_issues,
    hash_data,
    review_plan,
    write_decisions,
)

FLIPPED = [3, 50, 98]
COLUMNS = ["--text", "review", "--label", "stars"]
QUICK = [*COLUMNS, "--encoder", "tfidf"]


def test_a_report_a_table_and_cleaned_data_are_written(reviews, capsys):
    assert main(["issues", "reviews.csv", *QUICK, "--out", "out"]) == 0
    names = ["cleaned.csv", "issues.csv", "report.html", "report.txt", "rows.csv"]
    assert sorted(os.listdir("out")) == names
    table = pd.read_csv("out/issues.csv")
    assert set(FLIPPED) <= set(table["row_id"][:10])
    assert table["quality"].is_monotonic_increasing
    assert (reviews["review"][table["row_id"]].to_numpy() == table["text"]).all()
    cleaned = pd.read_csv("out/cleaned.csv", dtype=str)
    fix = table["row_id"][table["list"] == "fix"]
    assert cleaned["id"].tolist() == reviews["id"].drop(fix).tolist()
    assert set(table["list"][table["is_issue"]]) <= {"fix", "look"}
    printed = capsys.readouterr()
    assert "Written:\n  out/cleaned.csv" in printed.out
    assert printed.err.startswith("reviews.csv: 200 rows, 2 labels")


def test_views_are_weighed_and_their_fits_recorded(reviews, capsys):
    told = ["--views", "fast", "--folds", "3", "--journal", "fits.db", "--labels-only"]
    assert main(["issues", "reviews.csv", *COLUMNS, *told, "--out", "out"]) == 0
    table = pd.read_csv("out/issues.csv")
    assert set(FLIPPED) <= set(table["row_id"][:10])
    assert {"view words", "view characters"} <= set(table.columns)
    assert {"fits.words.db", "fits.characters.db"} <= set(os.listdir())


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
    assert not set(result) & {"worklist", "words", "map"}
    assert result["facts"]["data_hash"] == hash_data(reviews["review"], reviews["stars"])
    assert [os.path.basename(path) for path in result["files"]] == sorted(os.listdir("out"))


def test_views_and_probabilities_exclude_each_other(reviews, capsys):
    arguments = ["issues", "reviews.csv", *COLUMNS, "--views", "fast", "--proba", "p.npy"]
    assert main(arguments) == 2
    assert "--views or --proba, got both" in capsys.readouterr().err


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


def test_folds_keep_groups_and_copies_together(reviews, capsys):
    reviews["person"] = np.arange(200) // 4
    pd.concat([reviews] * 3).to_csv("reviews.csv", index=False)
    arguments = ["issues", "reviews.csv", *QUICK, "--json", "--labels-only", "--overwrite"]
    assert main([*arguments, "--out", "out"]) == 0
    copies = json.loads(capsys.readouterr().out)["facts"]["copies"]
    assert (copies["rows"], copies["apart"]) == (600, 0)
    alone = ["--views", "one", "--out", "apart", "--split-copies", "--group", "person"]
    assert main([*arguments, *alone]) == 0
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


def judge_all(issues, path, action):
    """Write decisions on the first rows that the command has drawn to be judged."""
    rows = [str(row) for row in review_plan(issues).rows]
    given = [str(label) for label in issues.given[review_plan(issues).rows]]
    table = {"row_id": rows, "given_label": given, "action": action, "new_label": ""}
    write_decisions(pd.DataFrame(table | {"data_hash": issues.provenance["data_hash"]}), path)


def test_decisions_tell_how_many_labels_are_wrong(reviews, capsys):
    proba = np.tile([0.4, 0.6], (200, 1))
    np.save("proba.npy", proba)
    arguments = ["issues", "reviews.csv", *COLUMNS, "--proba", "proba.npy", "--labels-only"]
    assert main([*arguments, "--out", "before"]) == 0
    assert "Not known until some rows are judged" in capsys.readouterr().out
    labels = reviews["stars"].to_numpy()
    issues = find_label_issues(proba, reviews["review"].tolist(), labels)
    judge_all(issues, "decisions.csv", "keep")
    assert main([*arguments, "--out", "after", "--decisions", "decisions.csv"]) == 0
    assert "After 30 judged rows: about" in capsys.readouterr().out
    assert len(pd.read_csv("after/cleaned.csv")) == 200


def test_a_class_is_never_lost_from_the_cleaned_data(reviews, capsys):
    reviews.loc[[10, 20, 30, 40, 50], "stars"] = "odd"
    reviews.to_csv("reviews.csv", index=False)
    good = (reviews["stars"] == "good").to_numpy()
    proba = np.column_stack([0.95 - 0.9 * good, 0.04 + 0.9 * good, np.full(200, 0.01)])
    np.save("proba.npy", proba)
    arguments = ["issues", "reviews.csv", *COLUMNS, "--proba", "proba.npy", "--out-of-sample"]
    issues = find_label_issues(
        proba, reviews["review"].tolist(), reviews["stars"].to_numpy(), out_of_sample=True
    )
    odd = {"row_id": [str(i) for i in (10, 20, 30, 40, 50)], "given_label": "odd"}
    table = odd | {"action": "drop", "new_label": "", "data_hash": issues.provenance["data_hash"]}
    write_decisions(pd.DataFrame(table), "decisions.csv")
    judged = [*arguments, "--decisions", "decisions.csv"]
    assert main([*judged, "--out", "out", "--json"]) == 0
    printed = capsys.readouterr()
    assert (
        "warning: Every row of 'odd' (5) is to be fixed: cleaned.csv keeps its rows" in printed.err
    )
    assert "Lost class" in [alert["title"] for alert in json.loads(printed.out)["alerts"]]
    assert (pd.read_csv("out/cleaned.csv")["stars"] == "odd").sum() == 5
    assert main([*judged, "--out", "few", "--labels-only"]) == 0
    assert "WARNING: Lost class" in capsys.readouterr().out
