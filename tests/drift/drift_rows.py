"""Rows whose drift is known, and a classifier of them."""

import numpy as np
from sklearn.linear_model import LogisticRegression

WORDS = {"good": "fine lovely great warm sunny calm", "bad": "awful broken cold wet loud dull"}
OTHERS = "the shop was open and we went in to look at it with our dog again"


def numbers(n, seed, shares=0.5, shift=0.0):
    """Two normal classes: columns, and labels of which `shares` are 1."""
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < shares).astype(int)
    X = rng.normal(size=(n, 4))
    X[:, 0] += 2 * y - 1
    return X + shift, y


def texts(n, seed, extra=""):
    """Short texts, good or bad."""
    rng = np.random.default_rng(seed)
    y = rng.choice(["bad", "good"], n)
    drawn = [
        [*rng.choice(OTHERS.split(), rng.integers(3, 9)), *rng.choice(WORDS[label].split(), 2)]
        for label in y
    ]
    return [f"{extra}{' '.join(rng.permutation(words))}" for words in drawn], y


def linear_classifier():
    """Fitted on rows that no test compares."""
    return LogisticRegression().fit(*numbers(400, 99))
