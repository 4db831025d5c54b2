#!/usr/bin/env bash
# keras 3.15.1 with KERAS_BACKEND=jax: to_json imports TensorFlow where it is installed.
#
# Expected: with the JAX backend TensorFlow is not loaded; building a net does not load it.
# Seen: writing a configuration (to_json, and so clone_model and saving) loads TensorFlow, which
# costs seconds and hundreds of MB in each process, only to check whether a value is TensorFlow's.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check keras==3.15.1 jax==0.10.2 jaxlib==0.10.2 tensorflow==2.21.0
KERAS_BACKEND=jax TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" - <<'PY' 2>/dev/null
import sys

import keras

net = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
built = "tensorflow" in sys.modules
net.to_json()
written = "tensorflow" in sys.modules
print("tensorflow loaded: after building", built, ", after to_json", written)
assert not built
assert written, "changed: to_json leaves TensorFlow alone"
PY
