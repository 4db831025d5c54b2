"""Data sets with a classifier each, and draws of reference and new rows with a known shift."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Pool:
    """Rows that the classifier was not trained on: those of the reference's kind, and others."""

    X: object
    y: np.ndarray
    proba: np.ndarray
    classes: np.ndarray
    other: tuple | None = None


def words():
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    return make_pipeline(TfidfVectorizer(min_df=2), LogisticRegression(C=10, max_iter=200))


def ratings(path):
    frame = pd.read_csv(path)
    return frame["text"].to_numpy(object), np.where(frame["mean"] > 0, "positive", "other")


@cache
def pool(name, folder):
    """Fit a classifier on part of a data set, and return the rest."""
    rng, other = np.random.default_rng(0), None
    if name in ("Amazon sentences", "tweets"):
        X, y = ratings(folder / "amazon_sentences_20_raters.csv")
        other = ratings(folder / "tweets_20_raters.csv")
        cut = 1500
    elif name == "Banking77":
        files = [pd.read_csv(folder / f"banking77_{part}.csv") for part in ("train", "test")]
        frame = pd.concat(files, ignore_index=True)
        X, y = frame["text"].to_numpy(object), frame["category"].to_numpy(object)
        cut = 8000
    elif name == "magazine reviews":
        frame = pd.read_csv(folder / "amazon_magazine_stars.csv").dropna(subset=["review_text"])
        there = frame["asin"].isin(sorted(frame["asin"].unique())[::2])
        X, y = frame["review_text"].to_numpy(object), np.where(frame["stars"] >= 4, "good", "bad")
        other, X, y = (X[~there], y[~there]), X[there], y[there]
        cut = 3000
    else:
        from sklearn.datasets import load_digits

        X, y = load_digits(return_X_y=True)
        cut = 500
    order = rng.permutation(len(y))
    seen, rest = order[:cut], order[cut:]
    model = table() if name == "digits" else words()
    model.fit(X[seen], y[seen])
    if other is not None:
        other = (*other, model.predict_proba(other[0]))
    return Pool(X[rest], y[rest], model.predict_proba(X[rest]), model.classes_, other)


@cache
def embedded(folder):
    """Embed each text of both sets of sentences once."""
    from keraswrap.datasets import fetch_minilm
    from keraswrap.text import TextEmbedder

    files = (f"{name}_20_raters.csv" for name in ("amazon_sentences", "tweets"))
    texts = np.unique(np.concatenate([ratings(folder / name)[0] for name in files]).astype(str))
    vectors = TextEmbedder(fetch_minilm(), empty="allow").fit_transform(texts.tolist())
    return dict(zip(texts.tolist(), vectors, strict=True))


def vectors_of(texts, folder):
    found = embedded(folder)
    return np.array([found[text] for text in texts])


def table():
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=0.01, max_iter=500)


def draw(name, shift, rows, seed, folder):
    """Return (X, y, proba) of reference and new rows, and the classes."""
    there = pool(name, folder)
    rng = np.random.default_rng([seed, rows])
    order = rng.permutation(len(there.y))
    old, left = order[:rows], order[rows:]
    X, y, proba = there.X, there.y, there.proba
    if shift == "other texts":
        X, y, proba = there.other
        left = rng.permutation(len(y))
    elif shift == "shares":
        weight = np.where(y[left] == there.classes[0], 1.0, 4.0)
        left = rng.choice(left, rows, replace=False, p=weight / weight.sum())
    elif shift == "five intents dropped":
        left = left[~np.isin(y[left], there.classes[::15][:5])]
    new = left[:rows]
    found = [(there.X[old], there.y[old], there.proba[old]), (X[new], y[new].copy(), proba[new])]
    if shift == "labels":  # a fifth of the labels mean something else
        flipped = rng.random(len(new)) < 0.2
        turned = rng.permutation(there.classes)
        found[1][1][flipped] = [
            next(one for one in turned if one != label) for label in found[1][1][flipped]
        ]
    return (*found, there.classes)
