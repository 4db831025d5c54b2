"""Reviews with their labels, and models that know some words of them."""

import numpy as np

from keraswrap.llm import (
    FakeLM,
    FewShotClassifier,
    ZeroShotClassifier,
)

SCORES = {"negative": ["broke", "bad"], "positive": ["superb", "good"]}
X = ["It broke.", "Superb and good!", "A bad one.", "Good.", "It broke. Bad.", "Superb."]
Y = ["negative", "positive"] * 3
BOTH = [ZeroShotClassifier, FewShotClassifier]


def fake(**kwargs):
    return FakeLM(SCORES, **kwargs)


def weak():
    """Gives labels 0.8 together, or 0.04 where it is unsure."""
    shares = {"negative": 0.25, "positive": 0.75}
    return FakeLM(lambda p, word: np.log(shares[word] * (0.04 if "unsure" in p else 0.8)))


def biased():
    """Prefers "positive" by far, whatever the text."""

    def score(prompt, word):
        about = prompt.split("Text:\n")[-1]
        shift = 4.0 if word == "positive" else 0.0
        return shift - 9 + sum(3.0 for cue in SCORES[word] if cue in about.lower())

    return FakeLM(score)
