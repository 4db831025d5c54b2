"""Fit the two models that are served, and save them with requests and their right answers."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from job import main

# Rows that are asked for in turns: many, so that no answer can be kept for the next request.
N_REQUESTS = 512
WORDS = range(15, 26)


def build(width, meta):
    """Build a small dense net."""
    import keras

    inputs = keras.Input((meta["n_features_in_"],))
    hidden = inputs
    for _ in range(2):
        hidden = keras.layers.Dense(width, activation="relu")(hidden)
    return keras.Model(inputs, keras.layers.Dense(meta["n_classes_"])(hidden))


def dense():
    """Fit a net of 20 numbers and 2 classes."""
    from sklearn.datasets import make_classification

    from keraswrap import KerasWrapperModel

    X, y = make_classification(2000, 20, n_informative=8, random_state=0)
    X = X.round(4)
    clf = KerasWrapperModel(
        build, {"width": 64}, {"optimizer": "adam"}, {"epochs": 3}, random_state=0
    )
    return clf.fit(X, y), X[:N_REQUESTS]


def minilm():
    """Fine-tune MiniLM on rated sentences; those of about 20 words are asked for."""
    from keraswrap.datasets import fetch_rated_sentences
    from keraswrap.text import TransformerClassifier

    rows = fetch_rated_sentences()
    rows = rows.drop_duplicates("text").sample(frac=1, random_state=0)
    texts, y = rows["text"].tolist(), np.where(rows["mean"] > 0, "good", "bad")
    clf = TransformerClassifier(epochs=1, random_state=0).fit(texts[:256], y[:256])
    some = [text for text in texts if len(text.split()) in WORDS]
    return clf, some[:N_REQUESTS]


def run(model, folder, side=None):
    from keraswrap.model_files import save_estimator

    clf, X = {"dense": dense, "minilm": minilm}[model]()
    folder = Path(folder)
    save_estimator(clf, folder / "model.keraswrap")
    asked = {
        "name": "texts" if model == "minilm" else "rows",
        "X": [x if isinstance(x, str) else x.tolist() for x in X],
        "classes": [str(label) for label in clf.classes_],
        "proba": clf.predict_proba(X).tolist(),
    }
    (folder / "requests.json").write_text(json.dumps(asked), "utf-8")
    return {"rows": len(X), "words": round(float(np.mean([len(str(x).split()) for x in X])), 1)}


if __name__ == "__main__":
    # The net is known by the module, which other processes import, and not by __main__.
    sys.modules["serve_models"] = sys.modules["__main__"]
    build.__module__ = "serve_models"
    main(run)
