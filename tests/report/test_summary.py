"""What a report says, as plain values."""

import json

import numpy as np
import pandas as pd
import pytest
from hostile import hostile_issues
from sklearn.dummy import DummyClassifier

from keraswrap.exceptions import ParameterError
from keraswrap.issues import compare_refit, estimate_noise, find_label_issues
from keraswrap.report._notes import RowNotes
from keraswrap.report._summary import Additions, summarize


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
    summarize(issues, texts, Additions(notes=RowNotes(groups={0: 1})))
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


def test_a_refit_with_unknown_parts_is_refused():
    _, _, issues = hostile_issues()
    with pytest.raises(ParameterError, match="Expected refit with before and after"):
        summarize(issues, None, Additions(refit={"before": 0.5, "afterwards": 0.6}))


def test_a_refit_is_taken_as_it_is_compared():
    texts, _, issues = hostile_issues()
    told = compare_refit(DummyClassifier(), (texts, issues.given), (texts, issues.given), issues)
    expected = {**told, "interval": list(told["interval"])}
    assert summarize(issues, texts, Additions(refit=told))["refit"] == expected
