#!/usr/bin/env bash
# keras 3.15.1 on tensorflow 2.21.0: in evaluate, BinaryCrossentropy of a softmax net uses its logits.
#
# Expected: metrics=[BinaryCrossentropy()] reports the metric's value for y and the predictions.
# Seen: evaluate reports a smaller number (0.90 instead of 1.19 here). The metric finds the logits
# behind the softmax and applies a sigmoid to each, although a softmax is not a row of sigmoids. It
# is right for predictions passed as arrays, and with JAX. So the history and evaluate disagree with
# the same metric on the same predictions.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check keras==3.15.1 tensorflow==2.21.0
KERAS_BACKEND=tensorflow TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" - <<'PY' 2>/dev/null
import keras
import numpy as np

keras.utils.set_random_seed(0)
x = np.random.default_rng(0).normal(size=(256, 3)).astype("float32")
y = np.eye(2, dtype="float32")[(x[:, 0] > 0).astype(int)]
net = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, activation="softmax")])
net.compile(loss="categorical_crossentropy", metrics=[keras.metrics.BinaryCrossentropy()])
reported = net.evaluate(x, y, verbose=0, batch_size=256)[1]
p = net.predict(x, verbose=0).astype("float64")
true = -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean()
apart = keras.metrics.BinaryCrossentropy()
apart.update_state(y, p)
print(f"evaluate {reported:.3f}, by its formula {true:.3f}, the metric alone {float(apart.result()):.3f}")
assert abs(float(apart.result()) - true) < 1e-3
assert abs(reported - true) > 0.1, "changed: evaluate reports the metric of the predictions"
PY
