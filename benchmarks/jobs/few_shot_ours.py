"""Fit keraswrap on a few texts, and score it on others."""

from __future__ import annotations

import json
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from few_shot_scores import scores
from job import main, timed
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

import keraswrap._engine  # noqa: F401  # importing Keras is no part of a fit
from keraswrap.text import TextEmbedder, TransformerClassifier


def make(method, seed, max_length):
    if method == "vectors":
        embedder = TextEmbedder(max_length=max_length, cache=False)
        return make_pipeline(embedder, LogisticRegression(max_iter=1000))
    return TransformerClassifier(max_length=max_length, random_state=seed, recipe=method)


def run(given, method, seed, max_length):
    with open(given, encoding="utf-8") as file:
        rows = json.load(file)
    seconds = {}
    model = make(method, seed, max_length)
    with timed(seconds, "fit"):
        model.fit(rows["texts"], rows["y"])
    with timed(seconds, "predict"):
        proba = model.predict_proba(rows["test"])
    return {**scores(proba, rows), **seconds}


if __name__ == "__main__":
    main(run)
