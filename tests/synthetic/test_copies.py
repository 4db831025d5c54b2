"""Copies, near copies and copied runs of words are found, and other texts are not."""

import time
from difflib import SequenceMatcher

import numpy as np
import pytest
from fake_writers import rows

from keraswrap.synthetic._copies import KnownTexts, RunIndex, words_of

TEXTS = ["Can I track my card while it is in the process of delivery?", "It broke after a week."]


@pytest.mark.parametrize(
    ("text", "number", "least", "most"),
    [
        ("can i track my card while it is in the process of delivery", 0, 1, 1),
        ("Can I track my card while it's in the process of delivery?", 0, 0.75, 0.999),
        ("It broke after one long month, sadly.", -1, 0, 0),
        ("", -1, 0, 0),
    ],
)
def test_the_most_similar_text_is_found(text, number, least, most):
    found, similarity = KnownTexts(TEXTS).find(text)
    assert found == number
    assert least <= similarity <= most


def test_numbers_count_blank_texts_and_copies():
    known = KnownTexts(["", "It broke.", "it broke", "Superb phone"])
    assert known.find("superb phone!") == (3, 1.0)


def test_the_longest_run_is_that_of_difflib():
    texts, _ = rows()
    random = np.random.default_rng(1)
    for text in texts[:8]:
        words = words_of(text) + words_of(texts[int(random.integers(len(texts)))])[2:]
        found = RunIndex(texts).longest(" ".join(words))
        longest = 0
        for other in map(words_of, texts):
            match = SequenceMatcher(None, words, other, autojunk=False).find_longest_match()
            longest = max(longest, match.size)
        assert found.length == longest
        assert found.words in " ".join(words_of(texts[found.source]))


def test_the_share_counts_words_in_runs_of_six():
    run = RunIndex(TEXTS).longest("So: can I track my card while it moves, and what else is new?")
    assert (run.words, run.length, run.source) == ("can i track my card while it", 7, 0)
    assert run.share == pytest.approx(7 / 14)


@pytest.mark.parametrize("text", ["", "one two", "!!!"])
def test_a_text_too_short_for_a_run_has_none(text):
    run = RunIndex(TEXTS).longest(text)
    assert (run.words, run.length, run.source, run.share) == ("", 0, -1, 0.0)


def test_a_hostile_text_does_not_take_long():
    index = RunIndex(["again and " * 5000])
    start = time.process_time()
    run = index.longest("again and " * 5000)
    assert time.process_time() - start < 10
    assert run.share == 1


def test_characters_that_are_words_are_counted_as_such():
    assert words_of("我的卡在哪里? It's はい") == [*"我的卡在哪里", "it's", "は", "い"]
