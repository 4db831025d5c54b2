"""One hash for one data set, in whatever it comes, and another for any other."""

import numpy as np
import pandas as pd
import pytest
from datasets import Dataset
from scipy import sparse

from keraswrap.issues import hash_data

TEXTS, LABELS = ["a good book", "", "schön\n"], ["yes", "no", "yes"]
KNOWN = hash_data(TEXTS, LABELS)


@pytest.mark.parametrize(
    "rows",
    [
        np.array(TEXTS),
        np.array(TEXTS, dtype=object),
        pd.Series(TEXTS, index=[5, 6, 7]),
        pd.DataFrame({"text": TEXTS}),
        Dataset.from_dict({"text": TEXTS}),
    ],
    ids=["array", "objects", "series", "frame", "dataset"],
)
def test_texts_go_by_what_they_say(rows):
    assert hash_data(rows, LABELS) == KNOWN


@pytest.mark.parametrize(
    "labels", [np.array(LABELS), pd.Series(LABELS), pd.Series(LABELS, dtype="category")]
)
def test_labels_go_by_their_text(labels):
    assert hash_data(TEXTS, labels) == KNOWN
    assert hash_data(TEXTS, [0, 1, 0]) == hash_data(TEXTS, np.array(["0", "1", "0"]))


@pytest.mark.parametrize(
    ("rows", "labels"),
    [
        (TEXTS[::-1], LABELS),
        (TEXTS, ["no", "yes", "no"]),
        (["a good book", "schön\n", ""], LABELS),
        (["a good boo", "k", "schön\n"], LABELS),
        (TEXTS, ["ye", "sno", "yes"]),
        ({"text": TEXTS, "title": TEXTS}, LABELS),
        (None, LABELS),
    ],
)
def test_anything_else_is_another(rows, labels):
    assert hash_data(rows, labels) != KNOWN


def test_numbers_go_by_their_value():
    X = np.arange(12).reshape(4, 3)
    assert hash_data(X, [0] * 4) == hash_data(X.astype("float32").tolist(), [0] * 4)
    assert hash_data(X, [0] * 4) != hash_data(X + 1, [0] * 4)
    assert hash_data(sparse.csr_matrix(X), [0] * 4) == hash_data(sparse.coo_array(X), [0] * 4)


def test_the_hash_is_the_same_in_every_version():
    assert KNOWN == "93269c0acaed59bf"
