"""Estimators that outlive their process: pickled, copied, cloned, saved and loaded."""

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from kept_estimators import FITTED, MAKE, WAYS, by_file, by_pickle, data, outputs
from sklearn.base import clone


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", MAKE)
def test_outputs_are_the_same_bits(kind, way, tmp_path):
    estimator, before = FITTED[kind]
    again = way(estimator, tmp_path)
    np.testing.assert_array_equal(outputs(again, kind), before)
    for name in ("classes_", "n_features_in_", "history_", "seed_"):
        np.testing.assert_equal(getattr(again, name, None), getattr(estimator, name, None))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ["model", "custom", "frozen", "text"])
def test_training_goes_on_to_the_same_bits(went_on, kind, way, tmp_path):
    again = way(FITTED[kind][0], tmp_path).partial_fit(*data(kind))
    np.testing.assert_array_equal(outputs(again, kind), went_on[kind])


@pytest.fixture(scope="module")
def went_on():
    """What comes of going on without a break: dropout, optimizer and order of rows included."""
    kinds = ("model", "custom", "frozen", "text")
    return {k: outputs(MAKE[k]().fit(*data(k)).partial_fit(*data(k)), k) for k in kinds}


@pytest.mark.parametrize("kind", ["model", "custom", "layers", "frozen", "text"])
def test_a_clone_of_an_unpickled_one_fits_the_same(kind, tmp_path):
    estimator, before = FITTED[kind]
    fresh = clone(by_pickle(estimator, tmp_path))
    assert fresh.net is None
    np.testing.assert_array_equal(outputs(fresh.fit(*data(kind)), kind), before)


@pytest.mark.parametrize("kind", ["custom", "frozen"])
def test_an_unfitted_one_pickles_too(kind, tmp_path):
    again = by_pickle(MAKE[kind](), tmp_path).fit(*data(kind))
    np.testing.assert_array_equal(outputs(again, kind), FITTED[kind][1])


@pytest.mark.parametrize("kind", ["custom", "text"])
def test_a_loaded_one_pickles_and_saves_again(kind, tmp_path):
    again = by_file(by_pickle(by_file(FITTED[kind][0], tmp_path), tmp_path), tmp_path)
    np.testing.assert_array_equal(outputs(again, kind), FITTED[kind][1])


def test_the_vocabulary_comes_along(tmp_path):
    again = by_file(FITTED["text"][0], tmp_path)
    words = FITTED["text"][0].net.layers[0].get_vocabulary()
    assert again.net.layers[0].get_vocabulary() == words
    assert {"good", "bad", "film"} <= set(words)


FRESH = """
import importlib, pathlib, pickle, sys
sys.path.append("tests")
t = importlib.import_module("kept_estimators")
kind, folder = sys.argv[1], pathlib.Path(sys.argv[2])
unpickled = pickle.loads((folder / "net.pickle").read_bytes())
loaded = type(unpickled).load(folder / "net.keraswrap", custom_objects=t.CUSTOM)
for one in (unpickled, loaded):
    print(t.outputs(one, kind).tobytes().hex())
"""


def test_a_fresh_process_gives_the_same_bits(tmp_path):
    estimator, before = FITTED["custom"]
    (tmp_path / "net.pickle").write_bytes(pickle.dumps(estimator))
    estimator.save(tmp_path / "net.keraswrap")
    command = [sys.executable, "-c", FRESH, "custom", str(tmp_path)]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [before.tobytes().hex()] * 2
