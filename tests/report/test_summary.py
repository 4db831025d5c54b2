"""What a report says, as plain values."""

import json

import numpy as np
import pandas as pd
import pytest
from hostile import HOSTILE, hostile_issues
from sklearn.dummy import DummyClassifier

from keraswrap.exceptions import ParameterError
from keraswrap.issues import compare_refit, estimate_noise, find_label_issues
from keraswrap.report._alerts import SEVERITIES
from keraswrap.report._notes import RowNotes
from keraswrap.report._summary import summarize
from keraswrap.report._worklist import build_worklist


def titles(summary, severity):
    return [alert["title"] for alert in summary["alerts"] if alert["severity"] == severity]


def test_it_is_plain_and_agrees_with_the_estimates():
    texts, _, issues = hostile_issues()
    summary = summarize(issues, texts)
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
    noise = estimate_noise(issues)
    assert summary["noise"]["errors"]["estimate"] == noise.n_errors[0]
    assert [row["share"] for row in summary["noise"]["per_class"]] == pytest.approx(
        noise.per_class["share_wrong"].tolist()
    )
    assert sum(row["flagged"] for row in summary["noise"]["per_class"]) == issues.n_issues
    assert summary["facts"]["data_hash"] == issues.provenance["data_hash"]


def test_nothing_given_is_changed():
    texts, _, issues = hostile_issues()
    before = list(texts), issues.to_frame()
    summarize(issues, texts, RowNotes(groups={0: 1}))
    assert before[0] == texts
    pd.testing.assert_frame_equal(before[1], issues.to_frame())


def test_the_heatmap_counts_what_a_click_shows():
    _, _, issues = hostile_issues()
    heat = summarize(issues)["noise"]["heatmap"]
    for i, given in enumerate(issues.classes):
        for j, suggested in enumerate(issues.classes):
            rows = (issues.given == given) & (issues.suggested == suggested)
            assert heat["flagged"][i][j] == (rows if i == j else rows & issues.is_issue).sum()
    assert heat["largest"] == max(
        heat["flagged"][i][j] for i in range(3) for j in range(3) if i != j
    )


def test_of_many_classes_the_most_mixed_up_are_shown():
    k = 30
    proba = np.tile(np.eye(k) * 0.9 + 0.1 / k, (12, 1))
    codes = np.tile(np.arange(k), 12)
    codes[[28, 58]] = 29
    heat = summarize(find_label_issues(proba, y=codes, out_of_sample=True))["noise"]["heatmap"]
    assert len(heat["classes"]) == 20
    assert {28, 29} <= set(heat["classes"])


@pytest.mark.parametrize(("said", "red"), [(True, False), (None, True)])
def test_probabilities_not_known_to_be_out_of_sample_are_red(said, red):
    proba, y = np.tile([[0.9, 0.1], [0.2, 0.8]], (20, 1)), [0, 1] * 20
    summary = summarize(find_label_issues(proba, y=y, out_of_sample=said))
    assert ("Not known to be out of sample" in titles(summary, "error")) == red


def test_alerts_say_what_limits_the_trust():
    rng = np.random.default_rng(0)
    proba = rng.dirichlet(np.full(3, 0.3), 400)
    y = np.r_[[2] * 5, [1] * 45, [0] * 350]
    other = {"severity": "info", "kind": "near_leak", "message": "2 rows.", "n": 2}
    summary = summarize(
        find_label_issues(proba, y=y, out_of_sample=True), notes=RowNotes(alerts=[other])
    )
    assert "The model has learned nothing" in titles(summary, "error")
    assert {"Probabilities are off", "Few examples"} <= set(titles(summary, "warning"))
    assert "Near leak" in titles(summary, "info")
    order = [SEVERITIES.index(alert["severity"]) for alert in summary["alerts"]]
    assert order == sorted(order)


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


def test_a_refit_with_unknown_parts_is_refused():
    _, _, issues = hostile_issues()
    with pytest.raises(ParameterError, match="Expected refit with before and after"):
        summarize(issues, refit={"before": 0.5, "afterwards": 0.6})


def test_a_refit_is_taken_as_it_is_compared():
    texts, _, issues = hostile_issues()
    told = compare_refit(DummyClassifier(), (texts, issues.given), (texts, issues.given), issues)
    expected = {**told, "interval": list(told["interval"])}
    assert summarize(issues, texts, refit=told)["refit"] == expected
