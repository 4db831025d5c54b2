"""The rows of the main job: from a file, a hub or the rated sentences."""

import numpy as np
import pandas as pd
import pytest
from checkpoints import write_reviews
from hubs import go_offline, store_dataset

from keraswrap.demo import DemoSettings
from keraswrap.demo._labeled_texts import load_texts
from keraswrap.exceptions import DownloadError, InputError, InputTypeError

COLUMNS = {"text": "review", "label": "stars"}


def load(home, frame, **settings):
    frame.to_csv(home / "own.csv", index=False)
    return load_texts(DemoSettings(data=str(home / "own.csv"), **COLUMNS, **settings))


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
        (own_frame(12), InputError, "at least 6 rows of each label for the folds, got 4"),
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
        load_texts(DemoSettings(data=str(tmp_path / "x.csv"), **COLUMNS))


@pytest.fixture
def offline_hub(tmp_path, monkeypatch):
    """Hugging Face's cache with one data set in it, and no network."""
    go_offline(tmp_path, monkeypatch)
    write_reviews(store_dataset(tmp_path, "someone/reviews") / "train.csv")
    return tmp_path


def test_a_data_set_of_a_hub_is_read_from_the_cache_without_a_network(offline_hub):
    reviews = load_texts(DemoSettings(data="hf://someone/reviews", **COLUMNS))
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
    reviews = load_texts(DemoSettings(data="hf://someone/reviews", **COLUMNS))
    assert reviews.names == ("bad", "good")
    assert (reviews.train["given"] == reviews.train["row"] % 2).all()


def test_no_network_and_no_cache_is_said(offline_hub):
    with pytest.raises(DownloadError, match="Expected the dataset 'hf://someone/other'"):
        load_texts(DemoSettings(data="hf://someone/other", **COLUMNS))


@pytest.mark.network
def test_the_rated_sentences_come_with_truth_and_words():
    reviews = load_texts(DemoSettings(rows=200, test_rows=100, flip=0.1))
    assert list(reviews.train) == ["row", "text", "given", "truth", "said"]
    assert not set(reviews.train["text"]) & set(reviews.test["text"])
    assert 0.04 < (reviews.train["given"] != reviews.train["truth"]).mean() < 0.2
    assert reviews.train["said"].str.match(r"\d+ of \d\d (posi|nega)tive.*, mean .\d\.\d$").all()
