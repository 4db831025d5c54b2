"""Long texts in parts."""

import time

import numpy as np
import pytest

from keraswrap.llm.texts._parts import Limit, Part, split_text

TEXTS = {
    "reviews": "It broke at once. I am sad! “Never again.” Dr. No, e.g. me, agrees.\n\nBye. " * 9,
    "chinese": "很好。我喜欢！真的吗？" * 30,
    "one word": "x" * 3000,
    "one sentence": "so it goes " * 500,
    "points": "." * 5000,
    "white": "a" + " \n" * 3000 + "b",
}


def words(most):
    return Limit(lambda texts: np.array([len(text.split()) for text in texts]), most)


def letters(most):
    return Limit(lambda texts: np.array([len(text) for text in texts]), most)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_parts_make_up_the_text_and_keep_to_all_limits(text):
    limits = [words(20), letters(90)]
    parts = split_text(text, limits, 9999)
    assert "".join(part.text + part.after for part in parts) == text.strip()
    assert all(text[part.start :].startswith(part.text) for part in parts)
    assert not any(limit.exceeded_by([part.text for part in parts]).any() for limit in limits)
    assert all(part.text.strip() == part.text and not part.after.strip() for part in parts)


def test_as_few_parts_are_made_as_sentences_allow():
    parts = split_text("One. Two. Three four five. Six.", [words(3)], 9)
    assert parts == [Part("One. Two.", 0, " "), Part("Three four five.", 10, " "), Part("Six.", 27)]
    assert split_text(" A short text ", [words(3)], 1) == [Part(" A short text ", 0)]
    assert split_text("No limit. " * 99, [], 1) == [Part("No limit. " * 99, 0)]


def test_a_text_of_too_many_parts_is_none():
    assert split_text("One two. " * 9, [words(2)], 8) is None
    assert len(split_text("One two. " * 9, [words(2)], 9)) == 9
    assert split_text("One two three. " * 6, [words(4)], 5) is None  # though 18 words are below 20


def test_a_part_may_weigh_more_than_its_sentences_together():
    heavy = Limit(lambda texts: np.array([len(text.split()) ** 1.2 for text in texts]), 8)
    parts = split_text("One two. " * 9, [heavy], 9)
    assert not heavy.exceeded_by([part.text for part in parts]).any()
    assert len(parts) < 9


@pytest.mark.parametrize("text", ["." * 10**5, "a.\n" * 10**4, " \n" * 10**5 + "x"])
def test_no_text_makes_it_slow(text):
    started = time.perf_counter()
    split_text(text, [letters(10**4)], 10**4)
    assert time.perf_counter() - started < 5
