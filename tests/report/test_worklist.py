"""The rows to review."""

import numpy as np
from hostile import HOSTILE, hostile_issues

from keraswrap.issues import find_label_issues
from keraswrap.report._notes import RowNotes
from keraswrap.report._worklist import build_worklist


def test_the_worklist_is_in_the_order_of_suspicion_and_may_be_cut():
    texts, _, issues = hostile_issues()
    whole = build_worklist(issues, texts)
    assert whole["complete"]
    assert whole["position"] == issues.ranking().tolist()
    some = build_worklist(issues, texts, max_rows=7)
    assert not some["complete"]
    assert (some["position"], some["text"]) == (whole["position"][:7], whole["text"][:7])
    few = build_worklist(issues, texts, max_characters=sum(map(len, whole["text"][:5])))
    assert few["text"] == whole["text"][:5]


def test_the_given_class_is_always_among_the_bars():
    rng = np.random.default_rng(0)
    proba = rng.dirichlet(np.full(9, 0.3), 200)
    issues = find_label_issues(proba, y=rng.integers(9, size=200), out_of_sample=True)
    work = build_worklist(issues)
    for given, top in zip(work["given"], work["top"], strict=True):
        assert given in top[::2]
        assert len(top) == 10


def test_notes_find_their_places():
    texts, _, issues = hostile_issues()
    notes = RowNotes({4: ["x"]}, {4: 1, 5: 1}, {4: [5, -1], 30: [1]})
    work = build_worklist(issues, texts, notes)
    place = {position: str(i) for i, position in enumerate(work["position"])}
    assert work["badges"] == {place[4]: ["x"]}
    assert work["group"] == {place[4]: "1", place[5]: "1"}
    code = issues.codes[5]
    assert work["neighbors"] == {place[4]: [[HOSTILE[5], code]]}
