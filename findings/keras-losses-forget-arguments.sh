#!/usr/bin/env bash
# keras 3.15.1: configurations of some losses, metrics and initializers leave arguments out.
#
# Expected: from_config(get_config()) makes an equal object, as cloning and saving assume.
# Seen: Huber loses its delta, CosineSimilarity (loss and metric) and SparseCategoricalCrossentropy
# lose their axis, Identity its gain. There is no warning: a model that is loaded, or compiled from
# its configuration, trains with a different loss.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check keras==3.15.1 jax==0.10.2 jaxlib==0.10.2
KERAS_BACKEND=jax "$folder/venv/bin/python" - <<'PY' 2>/dev/null
import keras
import numpy as np

huber = keras.losses.Huber(delta=2.0)
again = keras.losses.Huber.from_config(huber.get_config())
y, p = np.array([[0.0]]), np.array([[5.0]])
print("Huber(delta=2):", float(huber(y, p)), ", from its configuration:", float(again(y, p)))
assert float(huber(y, p)) != float(again(y, p)), "changed: Huber keeps its delta"
for made, lost in [
    (keras.losses.CosineSimilarity(axis=1), "axis"),
    (keras.metrics.CosineSimilarity(axis=1), "axis"),
    (keras.losses.SparseCategoricalCrossentropy(axis=1), "axis"),
    (keras.initializers.Identity(gain=2.0), "gain"),
]:
    print(type(made).__module__, type(made).__name__, sorted(made.get_config()))
    assert lost not in made.get_config(), f"changed: {type(made).__name__} keeps {lost}"
PY
