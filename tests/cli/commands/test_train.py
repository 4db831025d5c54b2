"""``keraswrap train``: a model in a file."""

import json
import os

import numpy as np
import pandas as pd
import pytest

from keraswrap.cli import main
from keraswrap.cli._commands.train import find_order
from keraswrap.text import TransformerClassifier

TINY = ["tiny", "--max-length", "16"]
COLUMNS = ["--text", "review", "--label", "stars"]


def test_label_issues_are_found_by_a_frozen_encoder(home, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("KERASWRAP_HOME", str(tmp_path / "cache"))
    frame = pd.read_csv("reviews.csv")
    flipped = frame["stars"][:2].map({"good": "bad", "bad": "good"})
    frame.assign(stars=[*flipped, *frame["stars"][2:]]).to_csv("wrong.csv", index=False)
    arguments = ["issues", "wrong.csv", *COLUMNS, "--encoder", *TINY, "--out", "out", "--json"]
    # The reviews are so alike that they would be kept together, and the folds be other ones.
    assert main([*arguments, "--split-copies", "--views", "one"]) == 0
    assert "TextEmbedder" in json.loads(capsys.readouterr().out)["facts"]["model"]
    assert main([*arguments, "--split-copies", "--overwrite"]) == 0
    assert "vectors" in json.loads(capsys.readouterr().out)["facts"]["model"]
    # An encoder of random numbers knows little; the words beside it know more.
    assert {0, 1} <= set(pd.read_csv("out/issues.csv")["row_id"][:10])


ORDER = ["bad", "fine, good", "best"]


@pytest.mark.parametrize("labels", [ORDER, [1, 2, 10], ["1", "2", "10"]])
def test_ordered_labels_are_trained_and_predicted_as_in_python(home, labels):
    frame = pd.read_csv("reviews.csv")
    frame["stars"] = np.array(labels)[np.arange(len(frame)) % 3]
    frame.to_csv("rated.csv", index=False)
    told = ["--order", 'bad,"fine, good", best'] if labels is ORDER else ["--ordered"]
    command = ["train", "rated.csv", *COLUMNS, "--encoder", *TINY, "--epochs", "2", *told]
    assert main([*command, "--out", "new.kw"]) == 0
    clf = TransformerClassifier("tiny", trainable="head", max_length=16, epochs=2, random_state=0)
    classes = labels if labels is ORDER else [1, 2, 10]
    clf.set_params(target="ordered", classes=classes)
    clf.fit(frame["review"], np.array(classes)[np.arange(len(frame)) % 3])
    made = TransformerClassifier.load("new.kw")
    np.testing.assert_array_equal(
        made.predict_proba(frame["review"]), clf.predict_proba(frame["review"])
    )
    assert main(["predict", "new.kw", "rated.csv", "--text", "review", "--out", "p.csv"]) == 0
    assert pd.read_csv("p.csv")["predicted_label"].tolist() == clf.predict(frame["review"]).tolist()


def test_the_order_of_numbers_in_texts_is_that_of_the_numbers():
    assert find_order(np.array(["10", "9.5", "-1"]), None) == ["-1", "9.5", "10"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--ordered"], "labels ['bad', 'good'] are no numbers"),
        (["--order", "bad,better"], "missing ['good'], unknown ['better']"),
        (["--order", "bad,bad,good"], "each label once in --order"),
        (["--encoder", "tfidf"], "for `keraswrap issues` alone"),
        (["--out", "reviews.csv"], "which exists"),
        (["--out", "none/m.kw"], "which is not there"),
        (["--trainable", "some"], "got 'some'"),
        (["--max-length", "2"], "Expected --max-length of at least 3"),
    ],
)
def test_what_cannot_be_trained_is_said(home, capsys, options, message):
    arguments = ["train", "reviews.csv", *COLUMNS, "--encoder", *TINY, "--epochs", "1"]
    before = sorted(os.listdir())
    assert main([*arguments, "--out", "new.kw", *options]) == 2
    assert message in capsys.readouterr().err
    assert sorted(os.listdir()) == before
