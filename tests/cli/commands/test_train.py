"""``keraswrap train``: a model in a file."""

import json
import os

import pandas as pd
import pytest

from keraswrap.cli import main

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


@pytest.mark.parametrize(
    ("options", "message"),
    [
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
