"""A net as a model of OpenVINO says what it says, and nothing else."""

import keras
import numpy as np
import openvino
import pytest
from nets import QUICK, groups

from keraswrap import KerasWrapperModel
from keraswrap._engine import to_openvino
from keraswrap.exceptions import ParameterError

X, _ = groups()


def build(meta, activation):
    inputs = keras.Input((meta["n_features_in_"],))
    hidden = keras.layers.Dense(4, activation=activation)(inputs)
    return keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(hidden))


# TensorFlow gives silu a gradient of its own.
@pytest.fixture(scope="module", params=["relu", "gelu", "silu"])
def fitted(request):
    told = {"activation": request.param}
    return KerasWrapperModel(build, told, **QUICK).fit(X, X[:, 0] > 0)


def test_it_says_the_same(fitted):
    model = to_openvino(fitted.network_)
    assert len(model.outputs) == 1
    # By default it computes in bfloat16 where the processor does.
    told = {"INFERENCE_PRECISION_HINT": "f32"}
    compiled = openvino.Core().compile_model(model, "CPU", told)
    for rows in (X[:3], X):
        said = compiled([rows.astype("float32")])[0]
        np.testing.assert_allclose(said, fitted.predict_proba(rows), atol=1e-6)


def test_another_backend_is_refused(fitted, monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(ParameterError, match="Expected Keras's backend to be TensorFlow"):
        to_openvino(fitted.network_)
