#!/usr/bin/env bash
# scikit-learn 1.9.1: fitting SVR draws from NumPy's global generator, and no parameter prevents it.
#
# Expected: an estimator without random_state draws nothing.
# Seen: each fit moves the global generator by one draw, so code between two draws changes the
# second one, although the fit itself does not depend on it. SVC takes a random_state.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check scikit-learn==1.9.1 numpy==2.4.6
"$folder/venv/bin/python" - <<'PY'
import numpy as np
from sklearn.svm import SVC, SVR


def moved(estimator):
    np.random.seed(0)
    before = np.random.get_state()
    estimator.fit([[0.0], [1.0], [2.0]], [0, 1, 1])
    after = np.random.get_state()
    return before[2] != after[2] or not np.array_equal(before[1], after[1])


found = {"SVR()": moved(SVR()), "SVC(random_state=0)": moved(SVC(random_state=0))}
print("the global generator moved:", found)
assert "random_state" not in SVR().get_params()
assert found == {"SVR()": True, "SVC(random_state=0)": False}, "changed: SVR draws nothing"
PY
