"""The main job, whole: what it finds, what it writes, what it says."""

import numpy as np
import pandas as pd

from keraswrap.demo._job import tabulate
from keraswrap.demo._labeled_texts import LabeledTexts, load_texts
from keraswrap.issues import LabelIssues, hash_data


def test_the_cleaned_model_is_right_on_the_test_rows(result):
    assert result.after == 1.0
    assert result.newly_right - result.newly_wrong == round((result.after - result.before) * 60)


def test_the_issues_table_is_written_with_all_rows(result, home):
    table = pd.read_csv(home / "out" / "issues.csv")
    names = ["row", "text", "given", "suggested", "quality", "is_issue", "cleanlab", "truth"]
    assert list(table) == names
    source = pd.read_csv(home / "reviews.csv")
    assert (source["review"][table["row"]].to_numpy() == table["text"]).all()
    assert (source["stars"][table["row"]].to_numpy() == table["truth"]).all()


def test_the_report_names_rows_and_labels_as_the_source_does(result, home):
    page = (home / "out" / "report.html").read_text()
    reviews = load_texts(result.settings)
    names = np.asarray(reviews.names)[reviews.train["given"]]
    assert hash_data(reviews.train["text"], names) in page
    assert "Content-Security-Policy" in page


def test_nothing_unfinished_is_left(result, home):
    names = ["fits.csv", "issues.csv", "model.keraswrap", "report.html", "settings.json"]
    assert sorted(path.name for path in (home / "out").iterdir()) == names
    assert sorted(path.name for path in result.files) == names


def test_a_line_is_said_at_each_stage(result, lines):
    stages = [line for line in lines if line.endswith("...")]
    assert [line.split()[0] for line in stages] == ["Loading", "Tuning", "Finding", "Training"]


def test_the_issues_table_says_what_the_raters_said():
    train = pd.DataFrame({"row": ["1_1", "1_2"], "text": ["a", "b"], "given": [0, 1]})
    train = train.assign(truth=[1, 1], said=["3 of 4 positive", "all"])
    proba = np.array([[0.3, 0.7], [0.4, 0.6]])
    quality, is_issue = np.array([0.1, 0.05]), np.array([True, False])
    labels = np.array([0, 1]), np.array([1, 1])
    found = LabelIssues(np.arange(2), *labels, quality, is_issue, np.array([0, 1]), proba)
    reviews = LabeledTexts(train, train, ("no", "yes"), "")
    table = tabulate(found, reviews, quality)
    assert table["row"].tolist() == ["1_2", "1_1"]
    assert table.iloc[1][["given", "suggested", "truth"]].tolist() == ["no", "yes", "yes"]
    assert table["said"].tolist() == ["all", "3 of 4 positive"]
