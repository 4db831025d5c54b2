"""The main job: its rows, what it writes, what it says, what it finds."""

import csv
import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
from checkpoints import write_checkpoint, write_reviews

from keraswrap import KerasWrapperModel
from keraswrap.demo import DemoSettings, format_report, run_demo
from keraswrap.demo.job import tabulate
from keraswrap.demo.learning import count_examples, make_estimator
from keraswrap.demo.output import OutputFolder
from keraswrap.demo.progress import ExampleBar, _make_callback
from keraswrap.demo.quiet import load_keras
from keraswrap.demo.results import DemoResult
from keraswrap.demo.reviews import Reviews, load_reviews
from keraswrap.exceptions import DownloadError, InputError, InputTypeError, ParameterError
from keraswrap.text import build_text_classifier, encode_texts

# A job of six fits on 90 rows.
SMALL = {"rows": 90, "test_rows": 60, "max_length": 8, "batch_sizes": (8,), "epochs": (10,)}
SMALL |= {"folds": 2, "cleaning_folds": 2, "learning_rate": 0.01, "train_layers": None}
COLUMNS = {"text": "review", "label": "stars"}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    write_reviews(folder / "reviews.csv", n=180)
    write_checkpoint(folder / "tiny")
    return folder


@pytest.fixture(scope="module")
def lines():
    return []


@pytest.fixture(scope="module")
def counted():
    return []


class CountingBar(ExampleBar):
    """A bar that remembers what it was told."""

    def add(self, examples):
        self.told.append(examples)
        super().add(examples)


@pytest.fixture(scope="module")
def result(home, lines, counted):
    load_keras()  # draws from numpy's global generator, once, on being imported
    before = np.random.get_state()[1].copy()
    settings = DemoSettings(
        data=str(home / "reviews.csv"),
        encoder=str(home / "tiny"),
        out=str(home / "out"),
        flip=0.1,
        **COLUMNS,
        **SMALL,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CountingBar, "told", counted, raising=False)
        patch.setattr("keraswrap.demo.job.ExampleBar", CountingBar)
        done = run_demo(settings, lines.append)
    assert np.array_equal(np.random.get_state()[1], before)  # whoever calls keeps the generator
    return done


# The job


def test_the_flipped_labels_come_first(result):
    errors = (result.issues["given"] != result.issues["truth"]).sum()
    assert errors >= 2
    assert result.precision[10] == min(errors, 10) / 10
    assert result.noise == errors / 90
    assert result.issues["quality"].is_monotonic_increasing


def test_the_cleaned_model_is_right_on_the_test_rows(result):
    assert result.after == 1.0
    assert result.newly_right - result.newly_wrong == round((result.after - result.before) * 60)


def test_each_fit_of_the_grid_is_written_down(result, home):
    fits = pd.read_csv(home / "out" / "fits.csv")
    assert fits[["batch_size", "epochs", "fold"]].to_numpy().tolist() == [[8, 10, 0], [8, 10, 1]]
    assert fits["accuracy"].mean() == pytest.approx(result.search_accuracy)


def test_the_saved_model_predicts_as_the_cleaned_one(result, home):
    model = KerasWrapperModel.load(home / "out" / "model.keraswrap", model=build_text_classifier)
    test = load_reviews(result.settings).test
    predicted = model.predict(encode_texts(test["text"], home / "tiny", 8))
    assert np.mean(predicted == test["label"]) == result.after


def test_the_issues_table_is_written_with_all_rows(result, home):
    table = pd.read_csv(home / "out" / "issues.csv")
    assert list(table) == ["row", "text", "given", "suggested", "quality", "is_issue", "truth"]
    source = pd.read_csv(home / "reviews.csv")
    assert (source["review"][table["row"]].to_numpy() == table["text"]).all()
    assert (source["stars"][table["row"]].to_numpy() == table["truth"]).all()


def test_settings_seed_versions_and_figures_are_written(result, home):
    written = json.loads((home / "out" / "settings.json").read_text())
    assert written["settings"]["seed"] == 0
    assert {"keras", "tensorflow", "cleanlab", "keraswrap"} <= set(written["versions"])
    assert written["accuracy"]["test_after"] == result.after
    assert list(written["seconds"]) == ["loading", "tuning", "issues", "retraining"]


def test_nothing_unfinished_is_left(result, home):
    names = ["fits.csv", "issues.csv", "model.keraswrap", "settings.json"]
    assert sorted(path.name for path in (home / "out").iterdir()) == names
    assert sorted(path.name for path in result.files) == names


def test_a_line_is_said_at_each_stage(result, lines):
    stages = [line for line in lines if line.endswith("...")]
    assert [line.split()[0] for line in stages] == ["Loading", "Tuning", "Looking", "Training"]


def test_the_bar_reaches_its_end(result, counted):
    pruned = int(result.issues["is_issue"].sum())
    assert pruned > 0
    assert sum(counted) == count_examples(result.settings, 90, 10) - 10 * pruned


# The report


def test_the_report_has_all_that_was_asked_for(result):
    report = format_report(result)
    assert "batch_size=8, epochs=10" in report
    assert f"{result.before:.3f} as given, {result.after:.3f} without" in report
    assert f"first 10: {round(result.precision[10] * 10):2} errors" in report
    assert f"a random order has {result.noise:.1%}" in report
    assert report.count("suggested") == 10
    assert str(result.files[0]) in report


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [(3, 1, "Pruning helped: 3"), (1, 3, "Pruning did not help here: 1"), (0, 0, "did not help")],
)
def test_the_report_says_whether_pruning_helped(result, right, wrong, said):
    changed = dataclasses.replace(result, newly_right=right, newly_wrong=wrong)
    assert said in format_report(changed)


def test_the_report_claims_no_precision_where_the_truth_is_unknown(result):
    unknown = dataclasses.replace(result, issues=result.issues.drop(columns="truth"))
    assert isinstance(unknown, DemoResult)
    assert unknown.noise is None
    assert "Real errors" not in format_report(unknown)


def test_no_text_can_drive_the_terminal(result):
    evil = result.issues.assign(text="a\x1b[2J\x07\r\nb\u202ec\x9b", given="\x1bx")
    report = format_report(dataclasses.replace(result, issues=evil))
    assert not set("\x1b\x07\r\u202e\x9b") & set(report)
    assert "a[2J bc" in report


# The rows


def load(home, frame, **settings):
    frame.to_csv(home / "own.csv", index=False)
    return load_reviews(DemoSettings(data=str(home / "own.csv"), **COLUMNS, **settings))


def own_frame(n=60, labels=("bad", "good", "so-so")):
    texts = [f"text {number}" for number in range(n)]
    return pd.DataFrame({"review": texts, "stars": [labels[k % len(labels)] for k in range(n)]})


def test_own_rows_are_split_two_to_one_and_never_shared(tmp_path):
    reviews = load(tmp_path, own_frame())
    assert (len(reviews.train), len(reviews.test)) == (40, 20)
    assert not set(reviews.train["text"]) & set(reviews.test["text"])
    assert reviews.names == ("bad", "good", "so-so")
    assert "truth" not in reviews.train


def test_many_rows_are_drawn_down_to_what_was_asked_for(tmp_path):
    reviews = load(tmp_path, own_frame(300), rows=60, test_rows=30)
    assert (len(reviews.train), len(reviews.test)) == (60, 30)
    assert np.bincount(reviews.train["given"]).tolist() == [20, 20, 20]


@pytest.mark.parametrize("labels", [(1, 2), (0.5, 7.0), (True, False), ("NA", "null")])
def test_any_labels_are_taken(tmp_path, labels):
    reviews = load(tmp_path, own_frame(labels=labels))
    assert set(reviews.names) == {str(label) for label in labels}
    own = own_frame(labels=labels)
    names = np.array(reviews.names)[reviews.train["given"]]
    assert (own["stars"].astype(str)[reviews.train["row"]].to_numpy() == names).all()


def test_flips_are_of_the_share_asked_for_and_never_to_the_same_label(tmp_path):
    train = load(tmp_path, own_frame(900), flip=0.25).train
    wrong = train["given"] != train["truth"]
    assert abs(wrong.mean() - 0.25) < 0.06
    assert (train["given"] < 3).all()
    again = load(tmp_path, own_frame(900), flip=0.25).train
    assert again.equals(train)


@pytest.mark.parametrize(
    ("frame", "error", "message"),
    [
        (own_frame().rename(columns={"stars": "star"}), InputError, r"got \['review', 'star'\]"),
        (own_frame(0), InputError, "got none below the header"),
        (own_frame(labels=("one",)), InputError, r"two different labels.*\['one'\]"),
        (own_frame(12), InputError, "at least 10 rows of each label for the folds, got 4"),
        (own_frame().assign(review=None), InputTypeError, "in row 0"),
        (own_frame().assign(review=3), InputTypeError, "got 3 in row 0"),
        (own_frame().assign(stars=["x", None] * 30), InputError, "a label in each row.*row 1"),
    ],
)
def test_rows_that_cannot_be_used_are_refused(tmp_path, frame, error, message):
    with pytest.raises(error, match=message):
        load(tmp_path, frame)


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "which is not there"), (b"", "No columns"), (b"\xff\xfe\x00", "Expected a CSV file")],
)
def test_a_file_that_is_no_table_is_refused(tmp_path, content, message):
    if content is not None:
        (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(InputError, match=message):
        load_reviews(DemoSettings(data=str(tmp_path / "x.csv"), **COLUMNS))


@pytest.fixture
def offline_hub(tmp_path, monkeypatch):
    """Hugging Face's cache with one data set in it, and no network."""
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    config = pytest.importorskip("datasets.config")
    monkeypatch.setattr(config, "HF_DATASETS_CACHE", tmp_path / "datasets")
    stored = tmp_path / "hub" / "datasets--someone--reviews"
    (stored / "snapshots" / ("0" * 40)).mkdir(parents=True)
    (stored / "refs").mkdir()
    (stored / "refs" / "main").write_text("0" * 40)
    write_reviews(stored / "snapshots" / ("0" * 40) / "train.csv")
    return tmp_path


def test_a_data_set_of_a_hub_is_read_from_the_cache_without_a_network(offline_hub):
    reviews = load_reviews(DemoSettings(data="hf://someone/reviews", **COLUMNS))
    assert (len(reviews.train), len(reviews.test)) == (40, 20)
    assert reviews.names == ("bad", "good")


def test_classes_that_are_stored_as_numbers_get_their_names(offline_hub):
    datasets = pytest.importorskip("datasets")
    features = datasets.Features(
        {"review": datasets.Value("string"), "stars": datasets.ClassLabel(names=["bad", "good"])}
    )
    rows = {"review": [f"text {k}" for k in range(60)], "stars": [0, 1] * 30}
    stored = next((offline_hub / "hub").rglob("train.csv"))
    stored.unlink()
    table = datasets.Dataset.from_dict(rows, features=features)
    table.to_parquet(str(stored.with_suffix(".parquet")))
    reviews = load_reviews(DemoSettings(data="hf://someone/reviews", **COLUMNS))
    assert reviews.names == ("bad", "good")
    assert (reviews.train["given"] == reviews.train["row"] % 2).all()


def test_no_network_and_no_cache_is_said(offline_hub):
    with pytest.raises(DownloadError, match="Expected the dataset 'hf://someone/other'"):
        load_reviews(DemoSettings(data="hf://someone/other", **COLUMNS))


@pytest.mark.network
def test_the_rated_sentences_come_with_truth_and_words():
    reviews = load_reviews(DemoSettings(rows=200, test_rows=100, flip=0.1))
    assert list(reviews.train) == ["row", "text", "given", "truth", "said"]
    assert not set(reviews.train["text"]) & set(reviews.test["text"])
    assert 0.04 < (reviews.train["given"] != reviews.train["truth"]).mean() < 0.2
    assert reviews.train["said"].str.match(r"\d+ of 20 (posi|nega)tive.*, mean .\d\.\d$").all()


def test_the_issues_table_says_what_the_raters_said():
    train = pd.DataFrame({"row": ["1_1", "1_2"], "text": ["a", "b"], "given": [0, 1]})
    train = train.assign(truth=[1, 1], said=["3 of 4 positive", "all"])
    found = {"is_label_issue": [True, False], "label_quality": [0.1, 0.05]}
    found |= {"given_label": [0, 1], "predicted_label": [1, 1]}
    reviews = Reviews(train, train, ("no", "yes"), "")
    table = tabulate(pd.DataFrame(found), reviews)
    assert table["row"].tolist() == ["1_2", "1_1"]
    assert table.iloc[1][["given", "suggested", "truth"]].tolist() == ["no", "yes", "yes"]
    assert table["said"].tolist() == ["all", "3 of 4 positive"]


# Settings and output


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"flip": -0.1}, "flip of at least 0"),
        ({"flip": 1.0}, "less than 1, got 1.0"),
        ({"rows": 0}, "rows of at least 2"),
        ({"folds": 1}, "folds of at least 2"),
        ({"seed": -1}, "seed of at least 0"),
        ({"max_length": 2}, "max_length of at least 3"),
        ({"epochs": ()}, "epochs of at least 1, got 0"),
        ({"batch_sizes": (16, 0)}, "batch_sizes of at least 1, got 0"),
        ({"text": "a"}, "Expected data beside text"),
        ({"data": "x.csv", "text": "a"}, "label=None"),
    ],
)
def test_settings_out_of_range_are_refused(wrong, message):
    with pytest.raises(ParameterError, match=message):
        DemoSettings(**wrong)


def test_a_run_replaces_the_one_before_only_at_its_end(tmp_path):
    (tmp_path / "issues.csv").write_text("before")
    (tmp_path / "notes.txt").write_text("the user's own")
    folder = OutputFolder(str(tmp_path))
    folder.begin()
    folder.write_csv("issues.csv", pd.DataFrame({"a": [1]}))
    assert (tmp_path / "issues.csv").read_text() == "before"
    assert folder.finish() == [tmp_path / "issues.csv"]
    assert (tmp_path / "issues.csv").read_text() == '"a"\n1\n'
    assert (tmp_path / "notes.txt").read_text() == "the user's own"


def test_an_output_folder_that_is_a_file_is_refused_at_once(tmp_path):
    (tmp_path / "taken").write_text("")
    for path in ("taken", "taken/below"):
        with pytest.raises(ParameterError, match="Name another with --out"):
            OutputFolder(str(tmp_path / path))


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(tmp_path, cell):
    folder = OutputFolder(str(tmp_path))
    folder.begin()
    folder.write_csv("x.csv", pd.DataFrame({"text": [cell], "number": [-1.5]}))
    with (tmp_path / "unfinished" / "x.csv").open(newline="") as file:
        assert list(csv.reader(file)) == [["text", "number"], ["'" + cell, "-1.5"]]


def test_the_bar_counts_every_example_of_a_fit(home):
    settings = DemoSettings(max_length=8, train_layers=None)
    seen = []
    counter = _make_callback(seen.append)
    clf = make_estimator(settings, str(home / "tiny"), 2, counter)
    X = encode_texts(["good", "it broke"] * 10, home / "tiny", 8)
    clf.set_params(batch_size=8, epochs=2).fit(X, [1, 0] * 10)
    assert seen == [8, 8, 4] * 2


def test_a_failed_run_leaves_the_one_before_and_nothing_of_its_own(tmp_path):
    (tmp_path / "issues.csv").write_text("before")
    for path in (tmp_path, tmp_path / "new"):
        folder = OutputFolder(str(path))
        folder.begin()
        folder.append_csv("fits.csv", {"epochs": 1})
        folder.discard()
    assert [path.name for path in tmp_path.iterdir()] == ["issues.csv"]


def test_what_an_earlier_run_left_unfinished_is_not_said_to_be_of_this_one(tmp_path):
    first = OutputFolder(str(tmp_path))
    first.begin()
    first.append_csv("fits.csv", {"epochs": 1})
    assert "nothing was written" in OutputFolder(str(tmp_path)).describe_unfinished()


def test_a_run_that_was_broken_off_says_what_is_there(tmp_path):
    folder = OutputFolder(str(tmp_path))
    assert "nothing was written" in folder.describe_unfinished()
    folder.begin()
    folder.append_csv("fits.csv", {"epochs": 1, "accuracy": 0.5})
    folder.append_csv("fits.csv", {"epochs": 2, "accuracy": 0.6})
    assert str(tmp_path / "unfinished" / "fits.csv") in folder.describe_unfinished()
    assert len(pd.read_csv(tmp_path / "unfinished" / "fits.csv")) == 2
