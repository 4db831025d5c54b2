"""Commands on data sets of Hugging Face's hub, from the cache that an earlier run left."""

import json
import os

import pandas as pd
import pytest
from checkpoints import write_reviews
from hubs import go_offline, store_dataset

from keraswrap._tables import read_table
from keraswrap.cli import main
from keraswrap.issues import hash_data, write_decisions

NAME = "hf://someone/reviews"
COLUMNS = ["--text", "review", "--label", "stars"]
QUICK = [*COLUMNS, "--encoder", "tfidf", "--labels-only", "--out", "out", "--json"]


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A cache with one data set, in the working folder."""
    go_offline(tmp_path, monkeypatch)
    monkeypatch.chdir(tmp_path)
    return store_dataset(tmp_path, "someone/reviews")


def test_a_data_set_by_its_name_goes_to_a_report_and_to_corrected_data(hub, capsys):
    frame = pd.read_csv(write_reviews(hub / "train.csv", n=120))
    write_reviews(hub / "test.csv", n=20, seed=1)
    assert main(["issues", NAME, *QUICK]) == 0
    facts = json.loads(capsys.readouterr().out)["facts"]
    assert facts["data_hash"] == hash_data(frame["review"], frame["stars"])
    cleaned = read_table("out/cleaned.parquet")
    assert len(cleaned) == 120 - facts["issues"]
    other = {"good": "bad", "bad": "good"}[frame["stars"][7]]
    one = {"row_id": 7, "given_label": frame["stars"][7], "action": "accept", "new_label": other}
    write_decisions(pd.DataFrame([one | {"data_hash": facts["data_hash"]}]), "d.json")
    assert main(["apply", NAME, "d.json", "--out", "new.csv"]) == 0
    assert (read_table("new.csv")["stars"] != frame["stars"]).to_numpy().nonzero()[0] == [7]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("hf://someone/other", "HF_HUB_OFFLINE"),
        ("hf://someone/reviews@v2", "HF_HUB_OFFLINE"),
        ("hf://someone", "Expected a hub name like 'hf://owner/name'"),
        ("hf://../reviews", "Expected a hub name like"),
        (NAME, "Expected a data set of one configuration"),
    ],
)
@pytest.mark.parametrize("command", ["issues", "apply", "train", "predict"])
def test_what_is_not_there_is_said_before_anything_is_written(hub, capsys, command, name, message):
    one = {"row_id": 0, "given_label": "a", "action": "keep", "new_label": ""}
    write_decisions(pd.DataFrame([one]).assign(data_hash="0" * 16), "d.csv")
    arguments = {
        "issues": [name, *QUICK],
        "apply": [name, "d.csv", "--out", "new.csv"],
        "train": [name, *COLUMNS, "--out", "m.kw"],
        "predict": ["m.kw", name, "--text", "review"],
    }
    before = sorted(os.listdir())
    assert main([command, *arguments[command]]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error
    assert sorted(os.listdir()) == before
