#!/usr/bin/env bash
# keras 3.15.1, TensorFlow backend: AdamW computes a scheduled learning rate again for the weight
# decay of each variable.
#
# Expected: a step evaluates a LearningRateSchedule once, whatever the number of variables.
# Seen: once for the gradients, and once more for every variable that decays. In a traced step
# each is a copy of the schedule in the graph: for a transformer with a warm-up, tens of branches
# that take seconds to trace.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check keras==3.15.1 tensorflow==2.21.0
KERAS_BACKEND=tensorflow TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" - <<'PY' 2>/dev/null
import keras
import numpy as np


class Counting(keras.optimizers.schedules.LearningRateSchedule):
    calls = 0

    def __call__(self, step):
        Counting.calls += 1
        return 0.001

    def get_config(self):
        return {}


found = {}
for n in (2, 20):
    optimizer = keras.optimizers.AdamW(Counting(), weight_decay=0.01)
    variables = [keras.Variable(np.ones(3, "float32")) for _ in range(n)]
    optimizer.build(variables)
    Counting.calls = 0
    optimizer.apply([keras.ops.ones(3) for _ in variables], variables)
    found[n] = Counting.calls
print("evaluations of the schedule in one step, by number of variables:", found)
assert found[20] - found[2] == 18, "changed: the rate is no longer computed for each variable"
PY
