#!/usr/bin/env bash
# openvino 2026.4.1, tensorflow 2.21.0: a traced function that calls one with a gradient of its own
# (tf.custom_gradient, which tf.nn.silu has too) is converted into a model with an output more, and
# the further output comes first: model.outputs[0], "Identity:0", is what the inner function
# returned. What the function returned has to be found by a name given to it. A compiled model
# computes and returns all outputs.
#
# Expected: one output, as the traced function has.
# Seen: shapes of two rows' answers [(2,)] with relu, [(2, 3), (2,)] with silu.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/env"
"$dir/env/bin/pip" install -q --disable-pip-version-check tensorflow-cpu==2.21.0 openvino==2026.4.1 \
  2>/dev/null
cat > "$dir/convert.py" <<'PY'
import numpy as np
import openvino
import tensorflow as tf

spec = [tf.TensorSpec((None, 3))]


@tf.function(input_signature=spec)
def with_relu(x):
    return tf.reduce_sum(tf.nn.relu(x), axis=1)


@tf.function(input_signature=spec)
def with_silu(x):
    return tf.reduce_sum(tf.nn.silu(x), axis=1)


def converted(function):
    traced = function.get_concrete_function()
    assert len(traced.outputs) == 1
    model = openvino.convert_model(traced)
    compiled = openvino.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    said = compiled([np.ones((2, 3), "float32")])
    return [said[output].shape for output in compiled.outputs]


found = converted(with_relu), converted(with_silu)
print(found)
assert found == ([(2,)], [(2, 3), (2,)]), found
PY
TF_CPP_MIN_LOG_LEVEL=3 "$dir/env/bin/python" "$dir/convert.py" 2>/dev/null
