#!/usr/bin/env bash
# keras 3.15.1: a net that is built from its configuration forgets lora_alpha.
#
# Expected: model_from_json(net.to_json()) with the same weights predicts the same.
# Seen: the configuration contains lora_alpha (8), but the layer that is built from it uses the
# rank (2) instead, so the low-rank part has a quarter of its weight and the predictions differ.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check keras==3.15.1 jax==0.10.2 jaxlib==0.10.2
KERAS_BACKEND=jax "$folder/venv/bin/python" - <<'PY'
import keras
import numpy as np

layer = keras.layers.Dense(2, name="dense")
inputs = keras.Input((3,))
net = keras.Model(inputs, layer(inputs))
layer.enable_lora(2, lora_alpha=8)
layer.lora_kernel_b.assign(np.ones(layer.lora_kernel_b.shape))
again = keras.models.model_from_json(net.to_json())
again.set_weights(net.get_weights())
written, found = layer.get_config()["lora_alpha"], again.get_layer("dense").lora_alpha
X = np.ones((1, 3), "float32")
apart = float(np.abs(net.predict(X, verbose=0) - again.predict(X, verbose=0)).max())
print("written", written, ", found", found, ", predictions differ:", apart > 1e-3)
assert (written, found) == (8, 2) and apart > 1e-3, "changed: the factor comes back"
PY
