#!/usr/bin/env bash
# keras 3.15.1, JAX backend: F1Score and R2Score make their variables in their first update, also
# in a stateless one, so that a loop cannot carry their state from the beginning.
#
# Expected: stateless_update_state takes the values of metric.variables, and returns as many.
# Seen: 2 and 2 for CategoricalAccuracy; 0 and 4 for F1Score, 1 and 5 for R2Score. A loop of
# jax.lax over batches that begins with the values of metric.variables works for the first and
# refuses the others with a TypeError, as what it carries changes its structure. After one
# update they work too.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check keras==3.15.1 jax==0.10.2 2>/dev/null
KERAS_BACKEND=jax "$folder/venv/bin/python" - <<'PY' 2>/dev/null
import jax
import keras
import numpy as np

target = np.eye(3, dtype="float32")[[0, 1, 2, 0]]
said = np.eye(3, dtype="float32")[[0, 1, 1, 0]]


def loop(metric):
    update = lambda k, state: metric.stateless_update_state(state, target, said)
    start = [variable.value for variable in metric.variables]
    try:
        return np.asarray(metric.stateless_result(jax.lax.fori_loop(0, 2, update, start)))
    except TypeError:
        return "TypeError"


counts, looped = {}, {}
for kind in (keras.metrics.CategoricalAccuracy, keras.metrics.F1Score, keras.metrics.R2Score):
    metric = kind()
    before = len(metric.variables)
    state = metric.stateless_update_state([v.value for v in metric.variables], target, said)
    counts[kind.__name__] = before, len(state)
    fresh, asked = kind(), kind()
    asked.update_state(target, said)
    asked.reset_state()
    looped[kind.__name__] = [type(loop(metric)).__name__ for metric in (fresh, asked)]
print("variables before, and values after one update:", counts)
print("a loop that begins with a new metric, or with one that was asked before:", looped)
assert counts == {"CategoricalAccuracy": (2, 2), "F1Score": (0, 4), "R2Score": (1, 5)}, "changed"
works, refused = "ndarray", "str"
assert looped["CategoricalAccuracy"] == [works, works], "changed"
assert looped["F1Score"] == looped["R2Score"] == [refused, works], "changed"
PY
