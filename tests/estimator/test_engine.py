"""The way to Keras: not taken before the first fit."""

import subprocess
import sys

from keraswrap import _engine
from keraswrap._estimator.engine import engine

BEFORE_FIT = """
import pickle, sys
from sklearn.base import clone
from keraswrap import KerasWrapperModel, KerasWrapperRegressor
for kind in (KerasWrapperModel, KerasWrapperRegressor):
    one = kind(print, compile_kwargs={"optimizer": "adam"}, params={"epochs": 2})
    clone(pickle.loads(pickle.dumps(one))).set_params(epochs=3, compile__loss="mse").get_params()
print({name.split(".")[0] for name in sys.modules} & {"keras", "tensorflow", "torch", "jax"})
"""


def test_keras_is_not_loaded_by_what_is_done_before_a_fit():
    done = subprocess.run([sys.executable, "-c", BEFORE_FIT], capture_output=True, text=True)
    assert done.stdout.strip() == "set()", done.stderr


def test_it_is_the_one_door():
    assert engine() is _engine
