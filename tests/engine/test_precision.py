"""The precision of nets: when it is chosen, where it holds, and what it leaves alone."""

import contextlib
import json
import pickle
import zipfile

import keras
import numpy as np
import pytest
from keras import layers

from keraswrap import KerasWrapperModel, KerasWrapperRegressor, KerasWrapperSequential
from keraswrap._config import config_context
from keraswrap._engine import device, precision
from keraswrap.exceptions import ParameterError


def dense(**kwargs):
    inputs = keras.Input((4,))
    hidden = layers.Dense(8, **kwargs)(inputs)
    return keras.Model(inputs, layers.Activation("softmax")(layers.Dense(2)(hidden)))


def transformer(width=512, block=layers.MultiHeadAttention):
    inputs = keras.Input((3, width))
    states = block(2, width // 2)(inputs, inputs)
    return keras.Model(inputs, layers.Dense(2)(layers.Flatten()(states)))


_built = []


def counted():
    _built.append(keras.config.dtype_policy().name)
    return transformer()


class Mine(layers.MultiHeadAttention):
    """A layer of the user's own."""


@pytest.fixture
def quick_in_bfloat16(monkeypatch):
    seconds = {"float32": 1.0, "mixed_bfloat16": 0.5}
    monkeypatch.setattr(precision, "timings", lambda: seconds)
    monkeypatch.delenv("KERASWRAP_PRECISION", raising=False)


def build(make, name="auto"):
    return precision.build(make, name, contextlib.nullcontext)


def test_the_policy_holds_while_the_net_is_built_and_no_longer():
    net, kept = build(dense, "mixed_bfloat16")
    assert keras.config.dtype_policy().name == "float32"
    assert kept == precision.precision_of(net) == "mixed_bfloat16"
    assert precision.precision_of(precision.rebuild(dense, kept)) == "mixed_bfloat16"


def test_the_policy_is_put_back_where_the_build_function_fails():
    with pytest.raises(ZeroDivisionError, match="zero"):
        build(lambda: 1 / 0, "bfloat16")
    assert keras.config.dtype_policy().name == "float32"


def test_a_dtype_of_the_build_function_s_own_wins():
    net, _ = build(lambda: dense(dtype="float64"), "mixed_bfloat16")
    assert [layer.dtype_policy.name for layer in net.layers[1:3]] == ["float64", "float32"]


def test_outputs_are_computed_in_float32():
    net, _ = build(dense, "mixed_bfloat16")
    outputs = np.asarray(net(np.ones((1, 4), "float32")))
    assert outputs.dtype == "float32"
    assert [layer.compute_dtype for layer in net.layers[1:]] == ["bfloat16", "float32", "float32"]
    assert abs(outputs.sum() - 1) < 1e-6


def test_a_large_transformer_gets_what_is_quicker(quick_in_bfloat16):
    net, kept = build(transformer)
    assert kept == precision.precision_of(net) == "mixed_bfloat16"


@pytest.mark.parametrize(
    "make",
    [
        lambda: transformer(width=64),
        lambda: transformer(block=Mine),
        lambda: keras.Sequential([keras.Input((1000,)), layers.Dense(1001)]),
    ],
    ids=["small", "with code of the user's own", "no transformer"],
)
def test_other_nets_stay_in_float32_and_nothing_is_measured(make, monkeypatch):
    monkeypatch.setattr(precision, "timings", None)
    monkeypatch.delenv("KERASWRAP_PRECISION", raising=False)
    net, kept = build(make)
    assert kept is None
    assert precision.precision_of(net) == "float32"
    assert precision.auto_jit(net) is False


def test_a_policy_that_the_user_set_for_keras_stays(quick_in_bfloat16):
    keras.config.set_dtype_policy("float64")
    try:
        net, kept = build(transformer)
    finally:
        keras.config.set_dtype_policy("float32")
    assert (precision.precision_of(net), kept) == ("float64", None)


def test_a_net_that_only_float32_suits_stays_in_it(quick_in_bfloat16):
    def stubborn():
        if keras.config.dtype_policy().name != "float32":
            raise TypeError("float32 alone")
        return transformer()

    assert build(stubborn)[1] is None


def test_the_environment_goes_before_a_measurement(monkeypatch):
    monkeypatch.setattr(precision, "timings", None)
    monkeypatch.setenv("KERASWRAP_PRECISION", "bfloat16")
    assert precision.auto_precision(precision.LARGE) == "bfloat16"
    assert precision.auto_precision(precision.LARGE - 1) == "float32"
    monkeypatch.setenv("KERASWRAP_PRECISION", "half")
    with pytest.raises(ParameterError, match="KERASWRAP_PRECISION to be one of 'auto', 'float32'"):
        precision.auto_precision(precision.LARGE)


def test_xla_is_taken_where_it_was_measured_to_be_quicker(monkeypatch):
    monkeypatch.delenv("KERASWRAP_PRECISION", raising=False)
    monkeypatch.setattr(precision, "timings", lambda: {"float32": 2.0, "float32 jit": 1.0})
    assert precision.auto_jit(transformer()) is not bool(device.gpus())


@pytest.mark.parametrize("wrong", ["half", "mixed_int8", "", 16, None])
def test_a_wrong_precision_is_refused(wrong):
    with pytest.raises(ParameterError, match="Expected precision to be one of 'auto', 'float32'"):
        precision.check_precision(wrong)


def test_layers_made_before_take_the_policy_where_they_name_none():
    config = layers.Bidirectional(layers.LSTM(2)).get_config()
    named = layers.Dense(2, dtype="float64").get_config()
    with precision.policy("mixed_bfloat16"):
        again = layers.Bidirectional.from_config(precision.in_policy(config))
        assert precision.in_policy(named) == named
    assert again.forward_layer.dtype_policy.name == "mixed_bfloat16"
    assert precision.in_policy(config) == config


# In the wrappers

rng = np.random.default_rng(0)
X = rng.normal(size=(40, 4)).astype("float32")
y = (X[:, 0] > 0).astype(int)


def fit(name, make=dense, **params):
    clf = KerasWrapperModel(make, params={"epochs": 2}, precision=name, random_state=0, **params)
    return clf.fit(X, y)


@pytest.mark.parametrize("name", ["mixed_bfloat16", "bfloat16", "mixed_float16"])
def test_a_fit_in_16_bits_gives_probabilities_and_says_so(name):
    clf = fit(name)
    proba = clf.predict_proba(X)
    assert (clf.precision_, clf.jit_compile_) == (name, False)
    assert proba.dtype == "float64"
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=0, atol=1e-12)
    assert (proba == fit(name).predict_proba(X)).all()


def test_a_small_net_is_fitted_in_float32_as_ever():
    clf = fit("auto")
    assert clf.precision_ == "float32"
    assert (clf.predict_proba(X) == fit("float32").predict_proba(X)).all()


def test_layers_and_regressors_take_a_precision_too():
    lone = [layers.Dense(8), layers.Dense(2)]
    clf = KerasWrapperSequential(lone, precision="mixed_bfloat16").fit(X, y)
    reg = KerasWrapperRegressor(dense, precision="mixed_bfloat16").fit(X, np.c_[y, y])
    assert clf.precision_ == reg.precision_ == "mixed_bfloat16"
    assert clf.net.layers[-1].compute_dtype == "float32"


@pytest.mark.parametrize("wrong", ["half", None, 16])
def test_a_wrong_precision_is_refused_before_any_work(wrong):
    with pytest.raises(ParameterError, match="Expected precision to be one of 'auto'"):
        fit(wrong, make=lambda: 1 / 0)


@pytest.mark.parametrize("how", ["pickle", "file", "file with the build function"])
def test_what_was_fitted_in_a_precision_stays_in_it(how, tmp_path):
    clf = fit("mixed_bfloat16")
    if how == "pickle":
        again = pickle.loads(pickle.dumps(clf))
    else:
        clf.save(tmp_path / "saved")
        model = {"model": dense} if "with" in how else {}
        again = KerasWrapperModel.load(tmp_path / "saved", **model)
    assert (again.predict_proba(X) == clf.predict_proba(X)).all()
    assert (again.precision_, again.jit_compile_) == ("mixed_bfloat16", False)


def test_a_file_of_an_earlier_version_still_loads(tmp_path):
    clf = fit("auto")
    clf.save(tmp_path / "saved")
    with zipfile.ZipFile(tmp_path / "saved") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    described = json.loads(parts["estimator.json"])
    del described["params"]["precision"], described["network"]["policy"]
    del described["network"]["jit_compile"]
    with zipfile.ZipFile(tmp_path / "older", "w") as archive:
        for name, content in (parts | {"estimator.json": json.dumps(described)}).items():
            archive.writestr(name, content)
    again = KerasWrapperModel.load(tmp_path / "older")
    assert (again.predict_proba(X) == clf.predict_proba(X)).all()
    assert (again.precision, again.precision_) == ("auto", "float32")


def test_a_large_transformer_is_built_twice_for_its_first_fit_alone(quick_in_bfloat16):
    precision._found.clear()
    _built.clear()
    rows = rng.normal(size=(8, 3, 512)).astype("float32")
    for _ in range(2):
        clf = KerasWrapperModel(counted, random_state=0).fit(rows, y[:8])
    assert _built == ["float32", "mixed_bfloat16", "mixed_bfloat16"]
    assert clf.precision_ == "mixed_bfloat16"


def test_a_net_that_was_kept_gives_the_bits_of_a_fresh_one_in_16_bits_too():
    with config_context(kept_networks=0):
        fresh = fit("mixed_bfloat16").predict_proba(X)
    fit("float32"), fit("mixed_bfloat16", warm_start=True)
    assert (fit("mixed_bfloat16").predict_proba(X) == fresh).all()
