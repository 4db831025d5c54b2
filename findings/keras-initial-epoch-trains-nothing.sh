#!/usr/bin/env bash
# keras 3.15.1: fit(initial_epoch=n, epochs=m) with n >= m returns without training, and says nothing.
#
# Expected: an error, or m further epochs, since that is how "epochs" reads.
# Seen: an empty history, unchanged weights and no warning. A resumed run that passes the number of
# further epochs therefore ends at once and looks finished.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check keras==3.15.1 jax==0.10.2 jaxlib==0.10.2
KERAS_BACKEND=jax "$folder/venv/bin/python" -W error::UserWarning - <<'PY'
import keras
import numpy as np

X, y = np.ones((8, 2), "float32"), np.ones((8, 1), "float32")
net = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
net.compile("sgd", "mse")
before = net.get_weights()[0].copy()
history = net.fit(X, y, initial_epoch=5, epochs=3, verbose=0).history
print("history", history, ", weights changed:", bool((net.get_weights()[0] != before).any()))
assert history == {} and (net.get_weights()[0] == before).all(), "changed: it trains or refuses"
PY
