#!/usr/bin/env bash
# openvino 2026.4.1, onnx 1.23.2: openvino.convert_model that raises, as for an operator that it has
# no rule for, leaves the level of Python's root logger at ERROR and a filter on it, so that
# warnings of every library that are logged through it are lost for the rest of the process. A
# conversion that succeeds restores both. It also starts Intel's telemetry (package
# openvino-telemetry, a dependency), whose consent is given without a dialog unless somebody has
# opted out with its script opt_in_out.
#
# Expected: logging as it was; no consent that nobody gave.
# Seen: level and filters of the root logger (30, 0) before and after a conversion, (40, 1) after
# one that failed; a consent of True where openvino was installed a moment ago.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/env"
"$dir/env/bin/pip" install -q --disable-pip-version-check openvino==2026.4.1 onnx==1.23.2 \
  2>/dev/null
cat > "$dir/convert.py" <<'PY'
import logging
import os

import onnx
import openvino
from onnx import TensorProto, helper



def saved(operator, domain):
    taken = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3])
    given = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 3])
    node = helper.make_node(operator, ["x"], ["y"], domain=domain)
    graph = helper.make_graph([node], operator, [taken], [given])
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("my.own", 1)]
    model = helper.make_model(graph, opset_imports=opsets)
    model.ir_version = 8
    path = os.path.join(os.environ["WORK"], f"{operator}.onnx")
    onnx.save(model, path)
    return path


root = logging.getLogger()
seen = [(root.level, len(root.filters))]
openvino.convert_model(saved("Relu", ""))
seen.append((root.level, len(root.filters)))
try:
    openvino.convert_model(saved("MyOwn", "my.own"))
except Exception as error:
    print(type(error).__name__)
seen.append((root.level, len(root.filters)))
from openvino_telemetry import Telemetry

consent = Telemetry().consent
print(seen, consent)
assert seen == [(30, 0), (30, 0), (40, 1)], seen
assert consent is True, consent
PY
# CI alone turns telemetry off by itself; nothing can be sent from here in the second that it takes
# unless there is a network, so proxies that do not exist are named.
env -u CI -u GITHUB_ACTIONS HOME="$dir" WORK="$dir" https_proxy=http://127.0.0.1:9 \
  http_proxy=http://127.0.0.1:9 "$dir/env/bin/python" "$dir/convert.py" 2>/dev/null
