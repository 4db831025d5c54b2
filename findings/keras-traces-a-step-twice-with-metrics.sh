#!/usr/bin/env bash
# keras 3.15.1, TensorFlow backend: a net that is compiled with a metric traces its training step
# twice in the first epoch.
#
# Expected: a step is traced once, for batches of one shape.
# Seen: once without metrics; twice with one, and twice with two outputs, whose losses are
# tracked. Metrics are built inside the first trace, and a trace that makes variables is replaced
# by a second one: half of the time until the first step of a small net.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check keras==3.15.1 tensorflow==2.21.0 2>/dev/null
KERAS_BACKEND=tensorflow TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" - <<'PY' 2>/dev/null
import keras
import numpy as np
from keras import layers


class Counting(keras.Model):
    traced = 0

    def train_step(self, data):
        Counting.traced += 1
        return super().train_step(data)


X, y = np.zeros((32, 4), "float32"), np.zeros(32, "int32")
found = {}
for name, outputs, metrics in (("none", 1, []), ("accuracy", 1, ["accuracy"]), ("two outputs", 2, [])):
    inputs = keras.Input((4,))
    heads = [layers.Dense(2, name=f"head{k}")(inputs) for k in range(outputs)]
    net = Counting(inputs, heads if outputs > 1 else heads[0])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    net.compile("sgd", [loss] * outputs if outputs > 1 else loss, metrics=metrics)
    Counting.traced = 0
    net.fit(X, [y] * outputs if outputs > 1 else y, batch_size=16, epochs=1, verbose=0)
    found[name] = Counting.traced
print("traces of one training step, by metrics:", found)
assert found == {"none": 1, "accuracy": 2, "two outputs": 2}, "changed"
PY
