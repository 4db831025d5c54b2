"""Sentences of few words, and how alike two texts are, by every pair of their runs."""

import numpy as np

from keraswrap.issues.rows._groups import normalize_text

WORDS = [
    *("battery", "camera", "screen", "sound", "price", "quality", "picture", "zoom", "menu"),
    *("button", "remote", "player", "phone", "works", "breaks", "charges", "plays", "rings"),
    *("lasts", "fails", "shines", "looks", "feels", "great", "poor", "awful", "superb", "cheap"),
    *("sturdy", "flimsy", "loud", "quiet", "bright", "dark", "fast", "slow", "never", "always"),
]


def sentences(n, seed=0, words=9):
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(WORDS, words)) for _ in range(n)]


def runs(text):
    """What char_wb of four means: runs of four of each word with a blank at both ends."""
    padded = [f" {word} " for word in text.split()]
    return {w[i : i + 4] for w in padded for i in range(max(1, len(w) - 3))}


def jaccard(a, b):
    a, b = runs(normalize_text(a)), runs(normalize_text(b))
    return len(a & b) / len(a | b)
