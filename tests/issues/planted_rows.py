"""Texts without faults, and with some of each kind."""

import numpy as np


def reviews(n=80, seed=0):
    """Texts of which no two are near, and labels in no order."""
    rng = np.random.default_rng(seed)
    letters = np.array([*"abcdefghijklmnoprstuvwy"])
    texts = [" ".join("".join(word) for word in rng.choice(letters, (7, 6))) for _ in range(n)]
    return texts, rng.choice(["neg", "pos"], size=n)


def planted():
    texts, labels = reviews()
    rows = [
        *texts,
        texts[2] + "!",
        texts[5] + " ok",
        "",
        "cafÃ© au lait",
        "?????????",
        " ".join(reviews(200, seed=9)[0]),
    ]
    y = np.array([*labels, *labels[[2, 5]], "pos", "neg", "pos", "neg"])
    y[80] = "neg" if y[2] == "pos" else "pos"
    return rows, y
