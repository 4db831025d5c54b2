"""Which classifier texts get, by the script they are written in."""

import json
import os

import numpy as np
import pandas as pd
import pytest
from checkpoints import write_checkpoint

from keraswrap.cli import _classifiers, main

FLIPPED = [3, 50, 98]
COLUMNS = ["--text", "review", "--label", "stars"]
QUICK = [*COLUMNS, "--encoder", "tfidf"]


def test_texts_without_words_are_refused(reviews, capsys):
    reviews.assign(review="!").to_csv("reviews.csv", index=False)
    assert main(["issues", "reviews.csv", *QUICK]) == 2
    assert "Expected words of two letters or more in the texts" in capsys.readouterr().err
    assert os.listdir() == ["reviews.csv"]


CHINESE = ["这个手机很好用我非常喜欢", "屏幕太差了我要退货", "声音清楚质量很好", "电池太差用了就坏"]


def test_texts_without_blanks_are_read_by_their_signs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    labels = np.array(["good", "bad"] * 60)
    labels[[4, 33]] = "bad", "good"
    ends = ["东", "西", "南", "北", "中", "上", "下", "左", "右", "前", "后"]
    texts = [CHINESE[i % 4] + ends[i % 11] + ends[i % 7] + ends[i % 5] for i in range(120)]
    pd.DataFrame({"review": texts, "stars": labels}).to_csv("chinese.csv", index=False)
    command = ["issues", "chinese.csv", *COLUMNS, "--out", "out", "--json", "--views", "one"]
    assert main(command) == 0
    printed = capsys.readouterr()
    assert "multilingual-e5-base" in printed.err
    result = json.loads(printed.out)
    assert result["facts"]["model"].count("analyzer='char'") == 1
    assert "Encoder" in [alert["title"] for alert in result["alerts"]]
    assert sorted(pd.read_csv("out/issues.csv")["row_id"][:2]) == [4, 33]


def test_an_encoder_that_does_not_know_the_texts_is_named_beside_one_that_does(tmp_path):
    encoder = str(write_checkpoint(tmp_path / "checkpoint"))
    assert _classifiers.choose(encoder, 16, ["it was good", "it was bad"] * 5).note == ""
    with pytest.warns(UserWarning, match="unknown to the"):
        chosen = _classifiers.choose(encoder, 16, ["καλό πράγμα", "κακό"] * 5)
    assert "unknown to the vocabulary" in chosen.note
    assert "multilingual-e5-base" in chosen.note
    assert chosen.vectors.shape[0] == 10
