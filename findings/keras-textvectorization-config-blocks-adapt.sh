#!/usr/bin/env bash
# keras 3.15.1 on tensorflow 2.21.0: a TextVectorization made from a configuration cannot be adapted.
#
# Expected: from_config(get_config()) of a layer that was not adapted makes a layer that can be, as
# cloning before each fit (cross-validation, searches) requires.
# Seen: with output_mode="multi_hot" (or "count", "tf_idf") the configuration says
# vocabulary_size=1, which counts as having been called: adapt raises RuntimeError, "the
# vocabulary size cannot be changed after the layer is called". pad_to_max_tokens avoids it.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check keras==3.15.1 tensorflow==2.21.0
KERAS_BACKEND=tensorflow TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" - <<'PY' 2>/dev/null
import keras

layer = keras.layers.TextVectorization(output_mode="multi_hot")
config = layer.get_config()
print("configuration of a new layer: vocabulary_size =", config["vocabulary_size"])
layer.adapt(["a b", "c"])
again = keras.layers.TextVectorization.from_config(config)
try:
    again.adapt(["a b", "c"])
except RuntimeError as error:
    print("adapt after from_config:", str(error)[:90])
else:
    raise AssertionError("changed: a layer from a configuration can be adapted")
padded = keras.layers.TextVectorization(output_mode="multi_hot", max_tokens=9, pad_to_max_tokens=True)
keras.layers.TextVectorization.from_config(padded.get_config()).adapt(["a b", "c"])
PY
