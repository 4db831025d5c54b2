"""Texts that are empty, garbled or too long; and real ones, in many scripts, that are not."""

import numpy as np
import pytest

from keraswrap.exceptions import InputError
from keraswrap.issues.rows._kinds import texts

FINE = [
    "It works great!",
    "24 hours?",
    "1) usb 2.0 means fast data transfers (1 song / sec!).",
    "Crème brûlée, naïve façade — “très bien”",
    "Größe XL paßt, Ärmel zu kurz…",
    "素晴らしい製品です。",
    "מצוין, קניתי שוב",
    "منتج رائع جدا 👍🏽",
    "👍👍",
    "हिन्दी में लिखा हुआ",
    "line\nbreaks\tand tabs\r\n",
    "family 👩‍👩‍👧 time",
]


@pytest.mark.parametrize("text", FINE)
def test_real_texts_are_not_garbled(text):
    assert texts.describe_garbling(text) == ""
    assert texts.find_empty([text]) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("bytes\x00 left", "control"),
        ("a \ud800 lone surrogate", "control"),
        ("it\ufffds lost", "replacement"),
        ("cafÃ© crÃ¨me", "mojibake, reads 'café crème'"),
        ("itâ€™s broken", "mojibake"),
        ("!!!!!!!!", "'!' repeated"),
        ("haaaaaaaaaaaa", "'a' repeated"),
        ("0x3f 0011 %% -- 19/20", "not letters"),
        ("...", "not letters"),
    ],
)
def test_garbled_texts_are_told_how(text, said):
    assert said in texts.describe_garbling(text)
    assert texts.find_garbled(["fine", text])[0].rows.tolist() == [1]


def test_a_note_may_hold_anything():
    assert texts.find_garbled(["{0} {n} cafÃ© {"])[0].notes[0].endswith("café {'")


@pytest.mark.parametrize("text", ["", " \t\n", "\u200b\ufeff", "\u3000"])
def test_texts_without_a_visible_character_are_empty(text):
    found = texts.find_empty(["a", text])
    assert (found[0].rows.tolist(), found[0].severity) == ([1], "error")
    assert texts.find_garbled([text]) == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("STRASSE", "straße", True),
        ("ﬁne", "fine", True),
        ("a\u00a0 b", "a b", True),
        ("cafe\u0301", "café", True),
        ('"Wow!"', "wow...", True),
        ("!", "?", False),
        ("not good", "good", False),
        (":)", ":(", False),
    ],
)
def test_what_is_the_same_but_for_its_form(one, other, same):
    assert (texts.normalize_text(one) == texts.normalize_text(other)) is same


def test_long_is_by_tokens_or_far_beyond_the_others():
    rows = ["word " * 10] * 30 + ["word " * 12] * 30 + ["word " * 4000]
    assert texts.find_long(rows)[0].rows.tolist() == [60]
    assert texts.find_long(["a"] * 5 + ["b" * 3]) != []
    assert texts.find_long(["a" * n for n in range(1, 200)]) == []
    found = texts.find_long(["a", "b", "c"], tokens=[3, 9, 6], max_tokens=5)[0]
    assert found.rows.tolist() == [1, 2]
    np.testing.assert_allclose(found.scores, [5 / 9, 5 / 6])
    with pytest.raises(InputError, match=r"of each of 2 texts, got shape \(1,\)"):
        texts.find_long(["a", "b"], tokens=[3], max_tokens=5)
