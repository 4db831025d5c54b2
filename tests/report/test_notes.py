"""Issues of rows beside their labels, on cards and as alerts."""

import numpy as np
import pytest

from keraswrap.exceptions import InputError
from keraswrap.issues import find_label_issues
from keraswrap.issues.rows._find import find_row_issues
from keraswrap.report import make_report


def test_issues_of_rows_plug_in():
    texts = [
        *["the same words again and again"] * 3,
        *(f"other words {i} {i * i}" for i in range(37)),
    ]
    proba, y = np.tile([[0.9, 0.1], [0.2, 0.8]], (20, 1)), [0, 1] * 20
    issues = find_label_issues(proba, texts, y, out_of_sample=True)
    summary = make_report(issues, texts, rows=find_row_issues(texts, y)).summary
    place = {position: str(i) for i, position in enumerate(summary["worklist"]["position"])}
    group = summary["worklist"]["group"]
    assert len({group[place[row]] for row in range(3)}) == 1
    assert "label conflict" in summary["worklist"]["badges"][place[0]]
    assert "Label conflict" in [alert["title"] for alert in summary["alerts"]]
    with pytest.raises(InputError, match="Expected issues of as many rows"):
        make_report(issues, texts, rows=find_row_issues(texts[:9]))
