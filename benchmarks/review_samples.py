"""Draw samples with known errors, and cache their out-of-fold probabilities on disk."""

from __future__ import annotations

import functools
import hashlib
import json

import label_noise
import numpy as np

# Sentences that twenty or fifteen people rated; the given label of each is that of one rater.
PEOPLE = ("reviews", "tweets", "movies", "editorials")
FLIPPED = ("magazine reviews", "Banking77")
ENCODERS = ("tf-idf", "vectors")
ROWS, FOLDS, LENGTH = 2000, 3, 64
# Share of rows that are still wrong after some of people's errors are corrected.
FEW = 0.01


def kinds(name):
    """List the kinds of noise in the labels of a set: name and rate."""
    if name in PEOPLE:
        return [("one rater", None), ("one rater, few", FEW)]
    return label_noise.kinds(name)


def draw(what, folder):
    """Draw texts, given labels and which of them are wrong; None if a file is missing."""
    if what["data"] not in PEOPLE:
        sample = label_noise.draw(what, folder)
        return None if sample is None else (sample.texts, sample.given, sample.wrong)
    from keraswrap.datasets import fetch_rated_sentences, make_noisy_reviews

    rated = fetch_rated_sentences(kind=what["data"])
    train = make_noisy_reviews(rated, ROWS, 100, seed=what["seed"]).train
    given, truth = train["given"].to_numpy(), train["truth"].to_numpy()
    if what["rate"] is not None:
        wrong = np.flatnonzero(given != truth)
        rng = np.random.default_rng([what["seed"], 2])
        right = rng.permutation(wrong)[round(what["rate"] * ROWS) :]
        given = given.copy()
        given[right] = truth[right]
    return train["text"].tolist(), given, given != truth


def find_proba(what, folder, kept):
    """Return labels as positions, probabilities and which labels are wrong, cached on disk."""
    name = hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:20]
    path = kept / f"{name}.npz"
    if not path.exists():
        drawn = draw(what, folder)
        if drawn is None:
            return None
        texts, given, wrong = drawn
        codes = np.unique(given, return_inverse=True)[1]
        proba = cross_validate(what, rows_for(what["encoder"], texts, kept), codes)
        np.savez(path, codes=codes, proba=proba, wrong=wrong)
    with np.load(path) as found:
        return found["codes"], found["proba"], found["wrong"]


def cross_validate(what, rows, codes):
    from keraswrap.issues import find_label_issues

    found = find_label_issues(
        classifier(what["encoder"]), rows, codes, cv=FOLDS, random_state=what["seed"]
    )
    return found.proba


def classifier(encoder):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    if encoder == "tf-idf":
        words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
        return make_pipeline(words, LogisticRegression(C=10, max_iter=300))
    return LogisticRegression(C=3, max_iter=300)


def rows_for(encoder, texts, kept):
    if encoder != "vectors":
        return np.asarray(texts, dtype=object)
    path = kept / f"vectors-{hashlib.sha256(json.dumps(texts).encode()).hexdigest()[:20]}.npy"
    if not path.exists():
        np.save(path, embedder().fit(texts).transform(texts))
    return np.load(path)


@functools.cache
def embedder():
    from keraswrap.text import TextEmbedder

    return TextEmbedder(max_length=LENGTH)
