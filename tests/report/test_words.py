"""Words that speak for a class: which ones, and how they are marked in a real browser."""

import math
import re

import numpy as np
import pytest
from hostile import HOSTILE, hostile_issues
from pages import shown

from keraswrap.issues import find_label_issues
from keraswrap.report import make_report
from keraswrap.report._words import find_words

RNG = np.random.default_rng(0)
CODES = RNG.integers(3, size=400)
OWN = ["love", "broke", "maybe"]
TEXTS = [
    " ".join([OWN[code]] * int(RNG.integers(3)) + RNG.choice(list("abcdefgh"), 5).tolist())
    for code in CODES
]


def by_hand(word, code):
    """The ratio of odds and the z of Monroe, Colaresi and Quinn, text by text."""
    having = [word in re.findall(r"\w+", text.lower()) for text in TEXTS]
    s = (sum(having) + 0.5) / (len(TEXTS) + 1)
    odds, variance = [], 0
    for rows in (code == CODES, code != CODES):
        y, n = sum(h for h, r in zip(having, rows, strict=True) if r), int(rows.sum())
        odds.append(math.log((y + 10 * s) / (n + 10 - y - 10 * s)))
        variance += 1 / (y + 10 * s)
    return math.exp(odds[0] - odds[1]), (odds[0] - odds[1]) / math.sqrt(variance)


def test_z_is_that_of_the_formula_word_by_word():
    found = find_words(TEXTS, CODES, 3)
    assert {*OWN} <= set(found)
    for word in {word for text in TEXTS for word in text.split()}:
        pairs = dict(zip(found.get(word, [])[::2], found.get(word, [])[1::2], strict=True))
        for code in range(3):
            ratio, z = by_hand(word, code)
            assert pairs.get(code) == (round(10 * z) if z >= 2 and ratio >= 2 else None)


def test_more_classes_than_are_counted_at_once_give_the_same():
    codes = np.r_[CODES, np.repeat(np.arange(3, 120), 2)]
    texts = [*TEXTS, *["none of these"] * 234]
    assert find_words(texts, codes, 120) == find_words(texts, np.asarray(codes), 120)
    shifted = find_words(texts, 119 - codes, 120)
    assert {word: sorted(pairs[1::2]) for word, pairs in shifted.items()} == {
        word: sorted(pairs[1::2]) for word, pairs in find_words(texts, codes, 120).items()
    }


@pytest.mark.parametrize("texts", [["", "", ""], ["!", "?", "…"], ["one two"] * 3])
def test_texts_without_words_of_their_own_have_none(texts):
    assert find_words(texts, np.array([0, 1, 1]), 2) == {}


def test_rows_that_are_no_texts_have_none():
    _, _, issues = hostile_issues()
    assert make_report(issues, np.zeros((60, 3))).summary["words"] == {}
    assert make_report(issues).summary["words"] == {}


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("words") / "report.html"
    texts = [f"{text} {HOSTILE[code]}" for text, code in zip(TEXTS, CODES, strict=True)]
    proba = np.full((400, 3), 0.05)
    proba[np.arange(400), CODES] = 0.9
    given = np.array(["good", "bad", "<i>so</i>"], object)[CODES]
    proba = proba[:, np.argsort(["good", "bad", "<i>so</i>"])]
    wrong = np.flatnonzero([CODES[row] == 0 and "love" in TEXTS[row] for row in range(400)])[:2]
    given[wrong] = "bad"
    issues = find_label_issues(proba, texts, given, out_of_sample=True)
    make_report(issues, texts).save(path)
    return path, texts, wrong


@pytest.mark.browser
def test_words_are_marked_and_listed_and_the_text_stays_as_it_is(saved, open_page, pictures):
    page, texts = open_page(saved[0]), saved[1]
    assert set(saved[2]) <= set(shown(page))
    for place, row in enumerate(shown(page)):
        card = page.locator(".card").nth(place)
        assert card.locator(".text").evaluate("node => node.textContent") == texts[row]
        assert "love" in card.locator(".text mark.suggested").all_inner_texts()
        line = card.locator(".spoken").inner_text()
        assert line.startswith("Words for good: ")
        assert "love" in line
    styles = [
        page.locator(f".text mark.{kind}").first.evaluate(
            "node => getComputedStyle(node).textDecorationStyle"
        )
        for kind in ("given", "suggested")
        if page.locator(f".text mark.{kind}").count()
    ]
    assert len(set(styles)) == len(styles)
    assert page.evaluate("window.harmed === undefined && !document.querySelector('.card img, i')")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.locator("#cards").screenshot(path=pictures / f"words-{scheme}.png")


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["given", "suggested"])
def test_marked_words_have_the_contrast_of_text(saved, open_page, scheme, kind):
    page = open_page(saved[0], color_scheme=scheme)
    color, paper = page.evaluate(
        "kind => { const mark = document.createElement('mark'); mark.className = `word ${kind}`;"
        " const card = document.querySelector('.card'); card.append(mark);"
        " return [getComputedStyle(mark).color, getComputedStyle(card).backgroundColor]; }",
        kind,
    )
    light, dark = sorted((luminance(color), luminance(paper)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def luminance(color):
    """Relative luminance, as WCAG 2 defines it."""
    parts = [int(part) / 255 for part in re.findall(r"\d+", color)[:3]]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
