"""Texts that are garbled; and real ones, in many scripts, that are not."""

import pytest

from keraswrap.issues.rows._kinds.empty import find_empty
from keraswrap.issues.rows._kinds.garbled import describe_garbling, find_garbled

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
    assert describe_garbling(text) == ""
    assert find_empty([text]) == []


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
    assert said in describe_garbling(text)
    assert find_garbled(["fine", text])[0].rows.tolist() == [1]


def test_a_note_may_hold_anything():
    assert find_garbled(["{0} {n} cafÃ© {"])[0].notes[0].endswith("café {'")
