"""The core of the wrappers on another backend of Keras, in a process of its own."""

import importlib.util
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

CORE = """
    import pickle, random
    import keras, numpy as np
    from sklearn.base import clone
    from sklearn.model_selection import GridSearchCV
    from nets import LEARNS, classifier, groups, output_layer, regressor, two_inputs
    from keraswrap import KerasWrapperModel, KerasWrapperRegressor, KerasWrapperSequential

    X, index = groups(60, 3)
    y = np.array(["ant", "bee", "cat"])[index]
    net = KerasWrapperModel(classifier, {"dropout": 0.2}, **LEARNS)
    state = random.getstate()
    proba = net.fit(X, y, validation_split=0.2).predict_proba(X)
    assert random.getstate() == state
    assert net.score(X, y) == 1.0 and proba.dtype == "float64"
    again = clone(net).fit(X, y, validation_split=0.2)
    assert (again.predict_proba(X) == proba).all(), "not the same bits"
    copied = pickle.loads(pickle.dumps(net))
    assert (copied.predict_proba(X) == proba).all()
    net.save("net.keraswrap")
    assert (KerasWrapperModel.load("net.keraswrap").predict_proba(X) == proba).all()
    on = [one.partial_fit(X, y).predict_proba(X) for one in (copied, net)]
    assert (on[0] == on[1]).all(), "the copy went on otherwise"
    # -- the rest, once for each backend
    weighted = clone(net).fit(X, y, sample_weight=(index != 1) * 1.0)
    assert "bee" not in weighted.predict(X[index != 1])
    search = GridSearchCV(clone(net), {"epochs": [1, 15]}, cv=2, error_score="raise").fit(X, y)
    assert search.best_params_ == {"epochs": 15}
    layers = [keras.layers.Dense(8, activation="relu"), output_layer]
    layered = KerasWrapperSequential(layers, **LEARNS)
    assert layered.fit(X, y).score(X, y) == 1.0
    rows = {"left": X[:, 0], "right": X[:, 1]}
    assert KerasWrapperModel(two_inputs, **LEARNS).fit(rows, index % 2).predict(rows).shape == (60,)
    assert KerasWrapperRegressor(regressor, **LEARNS).fit(X, X.sum(1)).score(X, X.sum(1)) > 0.5
"""
END = 'print("backend", keras.backend.backend())\n'
CUT = CORE[: CORE.index("    # -- the rest")]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("backend", "before", "core"),
    [
        pytest.param("jax", "", CORE, marks=pytest.mark.thorough),
        ("torch", "", CORE),
        ("jax", 'import sys; sys.modules["tensorflow"] = None\n', CUT),
    ],
    ids=["jax", "torch", "jax without TensorFlow"],
)
def test_the_core_works_on_another_backend(backend, before, core, tmp_path):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    tests = Path(__file__).parents[1]
    before_us = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    kept = [folder for folder in before_us if folder != str(tests / "without_jax")]
    path = os.pathsep.join([str(tests), *kept])
    run = subprocess.run(
        [sys.executable, "-c", before + textwrap.dedent(core) + END],
        env={**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": path},
        cwd=tmp_path, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-3000:]
    assert f"backend {backend}" in run.stdout
