"""The choice of a runtime by parameter and environment, and OpenVINO on its own."""

import sys

import numpy as np
import openvino
import pytest

from keraswrap._runtimes import CompiledModel, name_runtime
from keraswrap.exceptions import MissingExtraError, ParameterError


@pytest.mark.parametrize(
    ("asked", "named", "expected"),
    [
        ("auto", "", "keras"),
        ("auto", "auto", "keras"),
        ("auto", "openvino", "openvino"),
        ("keras", "openvino", "keras"),
        ("openvino", "keras", "openvino"),
    ],
)
def test_code_that_names_a_runtime_means_it(asked, named, expected, monkeypatch):
    monkeypatch.setenv("KERASWRAP_RUNTIME", named)
    assert name_runtime(asked) == expected


@pytest.mark.parametrize(
    ("asked", "named", "said"),
    [
        ("torch", "", "Expected runtime to be one of"),
        ("auto", "torch", "Expected KERASWRAP_RUNTIME to be one of"),
    ],
)
def test_others_are_refused(asked, named, said, monkeypatch):
    monkeypatch.setenv("KERASWRAP_RUNTIME", named)
    with pytest.raises(ParameterError, match=said):
        name_runtime(asked)


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(MissingExtraError, match=r"keraswrap\[openvino\]"):
        name_runtime("openvino")


def test_inputs_and_outputs_keep_their_order():
    from openvino import opset13 as ops

    left, right = (ops.parameter([-1, 2], np.float32) for _ in range(2))
    model = openvino.Model([ops.subtract(left, right), ops.add(left, right)], [left, right])
    a, b = np.float32([[1, 2]]), np.float32([[10, 20]])
    less, more = CompiledModel(model, "float32")(a, b)
    assert (less.tolist(), more.tolist()) == ([[-9, -18]], [[11, 22]])
