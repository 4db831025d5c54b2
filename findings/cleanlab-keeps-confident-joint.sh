#!/usr/bin/env bash
# cleanlab 2.9.0: a second CleanLearning.find_label_issues reuses the confident joint of the first.
#
# Expected: each call estimates the noise of the labels that it is given.
# Seen: the estimate from the first data set is kept, so the same rows and labels give other issues
# than with a new object: 22 instead of 174.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check cleanlab==2.9.0 scikit-learn==1.9.1
"$folder/venv/bin/python" - <<'PY'
import numpy as np
from cleanlab.classification import CleanLearning
from sklearn.linear_model import LogisticRegression

rng = np.random.default_rng(0)
X = rng.normal(size=(600, 2))
truth = (X[:, 0] > 0).astype(int)


def noisy(share):
    wrong = rng.random(600) < share
    return np.where(wrong, 1 - truth, truth)


clean, dirty = noisy(0.02), noisy(0.3)
used = CleanLearning(LogisticRegression(), seed=0)
used.find_label_issues(X, clean)
second = used.find_label_issues(X, dirty)["is_label_issue"]
fresh = CleanLearning(LogisticRegression(), seed=0).find_label_issues(X, dirty)["is_label_issue"]
print("issues: a new object", fresh.sum(), ", after another data set", second.sum())
assert second.sum() < fresh.sum(), "changed: the second call estimates anew"
PY
