"""Near texts, against a comparison of every pair."""

import numpy as np
import pytest
from near_texts import WORDS, jaccard, sentences

from keraswrap.issues.rows._minhash import match_near


def edit(text, rng):
    words = text.split()
    words[rng.integers(len(words))] = str(rng.choice(WORDS))
    return " ".join(words)


def test_near_texts_are_those_of_every_pair():
    rng = np.random.default_rng(1)
    known = sentences(120)
    asked = [edit(text, rng) for text in known] + sentences(60, seed=2)
    matches, similarity = match_near(asked, known)
    for text, match, near in zip(asked, matches, similarity, strict=True):
        best = max(jaccard(text, other) for other in known)
        assert near == pytest.approx(best if best >= 0.75 else 0)
        assert match == -1 or jaccard(text, known[match]) == pytest.approx(best)
    assert 60 < (matches >= 0).sum() < 130
