"""The table of label issues."""

import json

import numpy as np
import pandas as pd
from sklearn.datasets import make_blobs
from sklearn.linear_model import LogisticRegression

from keraswrap.issues import SCORES, find_label_issues

X, Y = make_blobs(120, centers=3, cluster_std=2.5, random_state=0)
WRONG = np.array([3, 40, 77, 101])


Y[WRONG] = (Y[WRONG] + 1) % 3


CLF = LogisticRegression()


def test_an_index_is_kept_with_every_row():
    frame = pd.DataFrame(X, columns=["u", "v"], index=[f"row {k}" for k in range(120)])
    found = find_label_issues(CLF, frame, pd.Series(Y, index=frame.index))
    table = found.to_frame()
    assert table.index.tolist() == frame.index.tolist()
    assert list(table.columns[:4]) == ["given_label", "suggested_label", "quality", "is_issue"]
    assert found.worst(3).index.tolist() == [f"row {k}" for k in found.ranking()[:3]]


def test_provenance_is_json():
    found = find_label_issues(CLF, X, Y, n_repeats=2)
    told = json.loads(json.dumps(dict(found.provenance)))
    assert told["out_of_sample"] is True
    assert "LogisticRegression" in told["model"]
    assert set(told["versions"]) >= {"keraswrap", "cleanlab", "scikit-learn"}
    assert set(found.scores) == {*SCORES, "ensemble"}
