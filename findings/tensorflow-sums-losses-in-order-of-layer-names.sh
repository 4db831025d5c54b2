#!/usr/bin/env bash
# tensorflow 2.21.0 with keras 3.15.1: the weights that a net with several outputs learns hang on
# the names of its layers, in the last bits.
#
# Expected: renaming layers changes nothing of what is computed.
# Seen: nets that are equal but for a number at the end of their heads' names agree bit by bit
# while all numbers have as many digits, and differ where they pass from 9 to 10; not with the
# arithmetic optimizer of graphs switched off, which orders the terms of a sum by name. Keras
# numbers the names that it makes up in the order in which a process builds layers, so that the
# second of two fits with one seed may differ from the first.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check keras==3.15.1 tensorflow==2.21.0 2>/dev/null
cat > "$folder/names.py" <<'PY'
import sys

import keras
import numpy as np
import tensorflow as tf
from keras import layers

if "off" in sys.argv:
    tf.config.optimizer.set_experimental_options({"arithmetic_optimization": False})
X = np.random.default_rng(0).normal(size=(60, 4)).astype("float32")
Y = [X[:, :3].argmax(1), 2 * X[:, :1], (X[:, :3] > 0) * 1.0, X[:, 1:2] ** 2, (X[:, 2:] > 0) * 1.0]


def learned(first):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((4,))
    hidden = layers.Dense(16, activation="relu", name="hidden")(inputs)
    heads = [
        layers.Dense(units, name=f"head_{first + k}")(hidden)
        for k, units in enumerate((3, 1, 3, 1, 2))
    ]
    net = keras.Model(inputs, heads)
    classes = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    binary = keras.losses.BinaryCrossentropy(from_logits=True)
    net.compile(keras.optimizers.Adam(0.03), [classes, "mse", binary, "mse", binary])
    net.fit(X, Y, batch_size=16, epochs=40, shuffle=False, verbose=0)
    return np.concatenate([w.ravel() for w in net.get_weights()])


print([bool((learned(first) == learned(1)).all()) for first in (3, 7, 10)])
PY
for optimizer in on off; do
  found=$(KERAS_BACKEND=tensorflow TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" "$folder/names.py" "$optimizer" 2>/dev/null)
  echo "arithmetic optimizer $optimizer: same bits as heads 1 to 5, for heads 3-7, 7-11, 10-14: $found"
  case "$optimizer" in
    on) [ "$found" = "[True, False, True]" ] || { echo "changed"; exit 1; } ;;
    off) [ "$found" = "[True, True, True]" ] || { echo "changed"; exit 1; } ;;
  esac
done
