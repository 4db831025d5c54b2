"""Facts of texts, and their words: what each says."""

import numpy as np
import pytest

from keraswrap.drift._texts import (
    FACTS,
    N_WORDS,
    copies,
    text_facts,
    text_hashes,
    unseen_share,
    word_counts,
    word_vectors,
)


@pytest.mark.parametrize(
    ("text", "fact", "value"),
    [
        ("abc de", "characters", 6),
        ("abc de", "words", 2),
        ("abc de", "word length", 2.5),
        (" ", "empty", 1),
        ("a1b2", "digits", 0.5),
        ("Hi!!", "punctuation", 0.5),
        ("ABcd", "capital letters", 0.5),
        ("see http://x.y @me", "links and mentions", 0.4),
        ("привет", "Cyrillic", 1),
        ("das ist nicht gut", "German", 1),
        ("ce n'est pas bon", "French", 1),
        ("the food is good", "English", 1),
        ("qwer tzui", "no known language", 1),
    ],
)
def test_a_fact_of_a_text(text, fact, value):
    assert text_facts([text])[0][FACTS.index(fact)] == pytest.approx(value)


def test_words_that_are_not_known_and_copies_are_counted():
    known = np.zeros(N_WORDS, dtype=bool)
    known[word_counts(["Good day"]).indices] = True
    assert unseen_share(word_counts(["good DAY sir now"]), known).tolist() == [0.5]
    assert copies(text_hashes(["Same  text", "same text", "other"])).tolist() == [1, 1, 0]


@pytest.mark.parametrize("texts", [[""], ["a b", "c d"], ["a b c"] * 9, ["a b", "a c", "b c"] * 30])
def test_vectors_are_finite_however_few_the_words(texts):
    vectors = word_vectors(word_counts(texts), 0)
    assert len(vectors) == len(texts)
    assert np.isfinite(vectors).all()
