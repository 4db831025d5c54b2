"""Probabilities in a file."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from keraswrap.cli import main

FLIPPED = [3, 50, 98]
COLUMNS = ["--text", "review", "--label", "stars"]


def test_columns_of_probabilities_go_by_their_names(reviews, capsys):
    good = np.array(reviews["stars"] == "good")
    good[FLIPPED] = ~good[FLIPPED]
    pd.DataFrame({"good": 0.1 + 0.8 * good, "bad": 0.9 - 0.8 * good}).to_csv("p.csv", index=False)
    assert main(["issues", "reviews.csv", *COLUMNS, "--proba", "p.csv", "--out", "out"]) == 0
    worst = pd.read_csv("out/issues.csv")["row_id"]
    assert sorted(worst[:3]) == FLIPPED


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("p.npy", b"broken", "an array that numpy.save wrote"),
        ("p.csv", b"good,bda\n1,0\n", "a column for each label in 'p.csv', got none for 'bad'"),
        ("p.csv", b"good,bad\n1,x\n", "Expected numbers in 'p.csv'"),
        ("p.csv", b"good,bad\n1,0\n", "200 labels and 1 row"),
    ],
)
def test_probabilities_that_cannot_be_used_are_refused(reviews, capsys, name, content, message):
    Path(name).write_bytes(content)
    assert main(["issues", "reviews.csv", *COLUMNS, "--proba", name]) == 2
    assert message in capsys.readouterr().err
