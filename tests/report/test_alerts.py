"""What limits the trust in a report."""

import numpy as np
import pytest

from keraswrap.issues import find_label_issues
from keraswrap.report._alerts import SEVERITIES
from keraswrap.report._notes import RowNotes
from keraswrap.report._summary import Additions, summarize


def titles(summary, severity):
    return [alert["title"] for alert in summary["alerts"] if alert["severity"] == severity]


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
        find_label_issues(proba, y=y, out_of_sample=True),
        additions=Additions(notes=RowNotes(alerts=[other])),
    )
    assert "The model has learned nothing" in titles(summary, "error")
    assert {"Probabilities are off", "Few examples"} <= set(titles(summary, "warning"))
    assert "Near leak" in titles(summary, "info")
    order = [SEVERITIES.index(alert["severity"]) for alert in summary["alerts"]]
    assert order == sorted(order)
