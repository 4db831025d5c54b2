"""A report as plain text."""

import numpy as np

from keraswrap.issues import find_label_issues
from keraswrap.report import make_report


def test_plain_text_cannot_act_on_a_terminal():
    proba, y = np.tile([[0.9, 0.1], [0.2, 0.8]], (20, 1)), [0, 1] * 20
    y[0] = 1
    issues = find_label_issues(proba, y=y, out_of_sample=True)
    text = make_report(issues, ["\x1b[2J\u202egone\r"] + ["fine"] * 39).to_text()
    assert "row 0: 1 → 0" in text
    assert "[2Jgone" in text
    assert not set(text) & set("\x1b\u202e\r")


def test_equal_texts_are_one_entry_with_their_number():
    given = np.array(["neg", "pos"] * 30)
    pos = np.where(given == "pos", 0.97, 0.03)
    texts, twins = [f"text {n}" for n in range(60)], [0, 2, 4, 1]
    pos[twins] = 1 - pos[twins]
    for row in twins:
        texts[row] = "Dear customer"
    issues = find_label_issues(np.c_[1 - pos, pos], y=given, out_of_sample=True)
    lines = make_report(issues, texts).to_text().split("The most suspicious labels\n")[1]
    assert lines.count("Dear customer") == 2
    assert "row 0 and 2 more of this text and label: neg → pos" in lines
    assert "row 1: pos → neg" in lines
