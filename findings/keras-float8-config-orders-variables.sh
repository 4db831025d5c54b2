#!/usr/bin/env bash
# keras 3.15.1: a float8 net built from its configuration has its variables in another order.
#
# Expected: model_from_json(net.to_json()) lists its variables in the order of the net, so that
# set_weights(get_weights()) copies them, as for every other precision.
# Seen: quantize("float8") appends the scales after kernel and bias; in a net built from the
# configuration they come first. The number of variables is the same, so weights that are set by
# position end up in the wrong variables.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check keras==3.15.1 jax==0.10.2 jaxlib==0.10.2
KERAS_BACKEND=jax "$folder/venv/bin/python" - <<'PY' 2>/dev/null
import keras


def names(net):
    return [variable.name for variable in net.variables]


net = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
net.quantize("float8")
again = keras.models.model_from_json(net.to_json())
print("quantized:", names(net))
print("from its configuration:", names(again))
assert sorted(names(net)) == sorted(names(again))
assert names(net) != names(again), "changed: both are in the same order"
PY
