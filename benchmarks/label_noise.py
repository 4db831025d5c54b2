"""Draw samples of texts with labels that are known to be wrong, by people or on purpose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

RATES = (0.05, 0.1, 0.2, 0.3)
# Numbers of training and test rows, by data set.
SETS = {
    "Amazon sentences": (2000, 700),
    "tweets": (2000, 700),
    "movie sentences": (2000, 700),
    "editorials": (2000, 700),
    "magazine reviews": (2000, 1000),
    "Banking77": (2000, 1000),
}
# Names in `fetch_rated_sentences` of the sets that people rated.
KINDS = {
    "Amazon sentences": "reviews",
    "tweets": "tweets",
    "movie sentences": "movies",
    "editorials": "editorials",
}
PEOPLE = tuple(KINDS)


@dataclass(frozen=True)
class Sample:
    """Rows to train on, with the label given and the true one, and rows to test on."""

    texts: list
    given: np.ndarray
    truth: np.ndarray
    test_texts: list
    test_truth: np.ndarray

    @property
    def wrong(self):
        return self.given != self.truth


def kinds(name):
    """List the kinds of noise in the labels of a set: name and rate."""
    if name in PEOPLE:
        return [("one rater", None)]
    return [(noise, rate) for noise in ("uniform", "asymmetric") for rate in RATES]


def draw(what, folder):
    """Draw a sample; return None if its file is missing."""
    rows, seed = SETS[what["data"]], what["seed"]
    rows = (what.get("rows", rows[0]), rows[1])
    if what["data"] in PEOPLE:
        return by_people(read_rated(what["data"]), *rows, seed)
    read = {"magazine reviews": read_magazines, "Banking77": read_banking}[what["data"]]
    found = read(folder, *rows, seed)
    return None if found is None else flipped(*found, what["noise"], what["rate"], seed)


def read_rated(name):
    from keraswrap.datasets import fetch_rated_sentences

    return fetch_rated_sentences(kind=KINDS[name])


def by_people(rated, n_train, n_test, seed):
    from keraswrap.datasets import make_noisy_reviews

    drawn = make_noisy_reviews(rated, n_train, n_test, seed=seed)
    train, test = drawn.train, drawn.test
    labels = (train["given"].to_numpy(), train["truth"].to_numpy())
    return Sample(train["text"].tolist(), *labels, test["text"].tolist(), test["truth"].to_numpy())


def read_magazines(folder, n_train, n_test, seed):
    """Read reviews with one star or five; no product is in both parts."""
    path = folder / "amazon_magazine_stars.csv"
    if not path.exists():
        return None
    frame = pd.read_csv(path).dropna(subset=["review_text"])
    frame = frame[frame["stars"].isin([1, 5])]
    rng = np.random.default_rng(seed)
    products = rng.permutation(frame["asin"].unique())
    held = frame["asin"].isin(products[: len(products) * 2 // 5])
    parts = [balanced(frame[~held], n_train, rng), balanced(frame[held], n_test, rng)]
    return [(part["review_text"].tolist(), part["stars"].to_numpy()) for part in parts]


def balanced(frame, n, rng):
    """Draw as many rows with one star as with five; otherwise nearly all have five."""
    few = min(n // 2, frame["stars"].value_counts().min())
    return frame.groupby("stars").sample(few, random_state=int(rng.integers(2**31)))


def read_banking(folder, n_train, n_test, seed):
    paths = [folder / f"banking77_{part}.csv" for part in ("train", "test")]
    if not all(path.exists() for path in paths):
        return None
    # As many rows of each class: some are rare, and noise could leave none of them.
    parts = [
        pd.read_csv(path).groupby("category").sample(n // 77, random_state=seed)
        for path, n in zip(paths, (n_train, n_test), strict=True)
    ]
    return [(part["text"].tolist(), part["category"].to_numpy(str)) for part in parts]


def flipped(train, test, noise, rate, seed):
    """Flip a share of the labels, to any other class or from each class to one other."""
    texts, truth = train
    rng = np.random.default_rng([seed, 1])
    classes, codes = np.unique(truth, return_inverse=True)
    k, hit = len(classes), rng.random(len(codes)) < rate
    if noise == "uniform":
        other = (codes + rng.integers(1, k, len(codes))) % k
    elif k == 2:  # one class alone is mistaken for the other
        other, hit = 1 - codes, hit & (codes == 1)
    else:
        other = rng.permutation(k)[(codes + 1) % k]
        hit &= other != codes
    return Sample(texts, classes[np.where(hit, other, codes)], truth, *test)
