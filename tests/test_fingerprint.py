"""Equal values share a fingerprint in every process; what cannot be known has none."""

import copy
import functools
import subprocess
import sys
import textwrap

import keras
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import tensorflow as tf
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline

import keraswrap.text
from keraswrap import KerasWrapperModel
from keraswrap._fingerprint import fingerprint

SCALE = 1.0


def scaled(x):
    return SCALE * x


def twice(x):
    return scaled(scaled(x))


def adder(amount):
    return lambda x: x + amount


class Own(keras.losses.Loss):
    """Its configuration is silent about `weight`."""

    def __init__(self, weight):
        super().__init__()
        self.weight = weight

    def call(self, y_true, y_pred):
        return self.weight * keras.ops.mean((y_true - y_pred) ** 2)


class Slotted:
    __slots__ = ("x",)

    def __init__(self, x):
        self.x = x


frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
PAIRS = {
    "number": (1, 2),
    "kind": (1, 1.0),
    "truth": (1, True),
    "text": ("a", b"a"),
    "nesting": ([1, [2]], [1, 2]),
    "splitting": (["ab", "c"], ["a", "bc"]),
    "tuple": ((1,), [1]),
    "dict": ({"a": 1}, {"a": 2}),
    "array": (np.zeros(3), np.zeros(3, "float32")),
    "shape": (np.zeros((2, 3)), np.zeros((3, 2))),
    "objects": (np.array(["a", 1], object), np.array(["a", "1"], object)),
    "sparse": (scipy.sparse.eye(3), 2 * scipy.sparse.eye(3)),
    "frame": (frame, frame.rename(columns={"a": "c"})),
    "index": (frame, frame.set_index(np.array([5, 6]))),
    "generator": (np.random.default_rng(0), np.random.default_rng(1)),
    "closure": (adder(1), adder(2)),
    "code": (lambda x: x + 1, lambda x: x - 1),
    "default": (lambda x=1: x, lambda x=2: x),
    "partial": (functools.partial(scaled, x=1), functools.partial(scaled, x=2)),
    "method": ("a".join, "b".join),
    "class": (KFold, LogisticRegression),
    "estimator": (LogisticRegression(C=1), LogisticRegression(C=2)),
    "pipeline": (make_pipeline(LogisticRegression()), make_pipeline(LogisticRegression(C=2))),
    "splitter": (KFold(2), KFold(3)),
    "wrapper": (KerasWrapperModel(adder(1)), KerasWrapperModel(adder(2))),
    "optimizer": (keras.optimizers.Adam(1e-3), keras.optimizers.Adam(1e-2)),
    "layer": (keras.layers.Dense(3, name="d"), keras.layers.Dense(4, name="d")),
    "silent loss": (Own(1.0), Own(2.0)),
}


@pytest.mark.parametrize(("one", "other"), PAIRS.values(), ids=PAIRS)
def test_other_values_have_other_fingerprints(one, other):
    assert fingerprint(one) is not None
    assert fingerprint(one) == fingerprint(one) != fingerprint(other) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({3, 1, 2}, {2, 3, 1}),
        (np.arange(6.0).reshape(2, 3).T, np.arange(6.0).reshape(2, 3).T.copy()),
        (adder(3), adder(3)),
        (Own(1.0), Own(1.0)),
        (keras.optimizers.Adam(1e-3), keras.optimizers.Adam(1e-3)),
    ],
    ids=["dict order", "set order", "memory order", "closure", "own loss", "optimizer"],
)
def test_equal_values_share_one(one, other):
    assert fingerprint(one) == fingerprint(other) is not None


@pytest.mark.parametrize(
    "value",
    [iter([1]), Slotted(1), tf.constant(1.0), [1, {"a": iter([])}], adder(Slotted(2)), object],
    ids=["iterator", "slots", "tensor", "nested", "closed over", "class"],
)
def test_what_cannot_be_known_has_none(value):
    assert (fingerprint(value) is None) == (value is not object)


def test_a_global_that_a_function_reads_counts_however_deep(monkeypatch):
    before = fingerprint(twice)
    monkeypatch.setitem(globals(), "SCALE", 2.0)
    assert fingerprint(twice) != before


def test_a_class_is_the_same_once_it_was_pickled():
    class Plain:
        size = 1

    before = fingerprint(Plain)
    copy.copy(Plain())  # as pickle does, this keeps a note in the class
    assert "__slotnames__" in vars(Plain)
    assert fingerprint(Plain) == before is not None


def test_a_value_inside_itself_is_told_from_another():
    one, other = [1], [2]
    one.append(one)
    other.append(other)
    assert fingerprint(one) == fingerprint(one) != fingerprint(other)


def test_it_is_the_same_in_another_process(tmp_path):
    source = """
    WEIGHT = {"x", "y", "z"}
    def build(units=3):
        return [k for k in WEIGHT if units]
    class Kind:
        factor = 2
        def call(self, x):
            return self.factor * x
    """
    (tmp_path / "own.py").write_text(textwrap.dedent(source))
    code = "import own; from keraswrap._fingerprint import fingerprint as f;"
    code += "print(f([own.build, own.Kind, own.Kind()]))"
    run = [sys.executable, "-c", code]
    seen = {
        subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    }
    assert len(seen) == 1
    assert seen != {"None\n"}


@pytest.mark.parametrize(
    ("name", "before"),
    [
        ("build_text_classifier", "keraswrap.text.building"),
        ("TextTokenizer", "keraswrap.text.tokenizer"),
    ],
)
def test_what_has_moved_is_known_by_its_former_module(name, before, monkeypatch):
    value = getattr(keraswrap.text, name)
    today = fingerprint(value)
    monkeypatch.setattr(value, "__module__", before)
    assert today == fingerprint(value) is not None
