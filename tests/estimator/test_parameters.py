"""Parameters that wrappers list and take, wherever they are kept."""

import copy

import keras
import pytest
from sklearn.base import clone

from keraswrap import KerasWrapperModel, KerasWrapperRegressor, KerasWrapperSequential
from keraswrap.exceptions import ParameterError


def build(units=8, *, dropout=0.5, meta):
    raise AssertionError("parameters are read off the signature: nothing is built")


def open_build(**kwargs):
    raise AssertionError("nothing is built")


def estimators():
    full = {"compile_kwargs": {"optimizer__learning_rate": 0.1}, "params": {"epochs": 3}}
    return [
        KerasWrapperModel(build),
        KerasWrapperModel(build, {"units": 4}, **full),
        KerasWrapperModel(open_build, {"depth": 2}),
        KerasWrapperSequential([keras.layers.Dense(2)], **full),
        KerasWrapperRegressor(build, {"dropout": 0.1}, **full),
    ]


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("epoch", r"no parameter 'epoch'\. Did you mean 'epochs'"),
        ("model__unit", r"build function has no parameter 'unit'\. Did you mean 'units'"),
        ("compile__optimiser", "compile has no parameter 'optimiser'. Did you mean 'optimizer'"),
        ("compile__optimiser__learning_rate", "Did you mean 'optimizer'"),
        ("fit__epoch", "fit has no parameter 'epoch'. Did you mean 'epochs'"),
        ("predict__epochs", "predict has no parameter 'epochs'. Known here: batch_size"),
        ("random_stat", "Did you mean 'random_state'"),
        ("warm_strat", "Did you mean 'warm_start'"),
        ("model__", "no parameter 'model__'"),
        ("zzz", "Known here: .*epochs"),
    ],
)
def test_an_unknown_name_lists_near_ones(name, match):
    with pytest.raises(ParameterError, match=match):
        KerasWrapperModel(build).set_params(**{name: 1})


def test_a_build_function_that_takes_any_name_takes_any():
    wrapped = KerasWrapperModel(open_build).set_params(model__depth=3)
    assert wrapped.model_kwargs == {"depth": 3}


def test_layers_have_no_build_arguments():
    with pytest.raises(ParameterError, match="no parameter 'model__units'"):
        KerasWrapperSequential([]).set_params(model__units=3)


@pytest.mark.parametrize("wrapped", estimators())
def test_setting_what_was_got_changes_nothing(wrapped):
    before = dict(vars(wrapped))
    wrapped.set_params(**wrapped.get_params())
    assert all(vars(wrapped)[name] is value for name, value in before.items())


@pytest.mark.parametrize("wrapped", estimators())
def test_every_listed_name_can_be_set(wrapped):
    for name in wrapped.get_params():
        assert clone(wrapped).set_params(**{name: "new"}).get_params()[name] == "new"


@pytest.mark.parametrize("wrapped", estimators())
def test_a_clone_has_the_same_parameters(wrapped):
    mine, its = wrapped.get_params(), clone(wrapped).get_params()
    layers = {"layers"}  # layers are compared by identity
    assert {k: v for k, v in mine.items() if k not in layers} == {
        k: v for k, v in its.items() if k not in layers
    }


def test_listed_values_are_those_in_force():
    wrapped = KerasWrapperModel(build, {"units": 4}, {"loss": "mse"}, {"epochs": 3})
    listed = wrapped.get_params()
    names = ("model__units", "model__dropout", "compile__loss", "compile__optimizer", "epochs")
    assert [listed[name] for name in names] == [4, 0.5, "mse", "rmsprop", 3]
    assert "model__meta" not in listed


def test_setting_leaves_the_callers_dicts_alone():
    given = {"model_kwargs": {"units": 4}, "compile_kwargs": {}, "params": {"epochs": 1}}
    before = copy.deepcopy(given)
    wrapped = KerasWrapperModel(build, **given)
    wrapped.set_params(model__units=9, compile__loss="mse", epochs=2, fit__verbose=1)
    assert given == before
    assert wrapped.model_kwargs == {"units": 9}
    assert wrapped.params == {"epochs": 2, "fit__verbose": 1}


def test_two_estimators_share_no_default():
    one, other = KerasWrapperModel(build), KerasWrapperModel(build)
    one.set_params(epochs=5, model__units=2)
    assert other.get_params()["epochs"] == 1
    assert (other.params, other.model_kwargs) == (None, None)


def test_a_failed_set_sets_nothing():
    wrapped = KerasWrapperModel(build)
    with pytest.raises(ParameterError, match="nonsense"):
        wrapped.set_params(warm_start=True, epochs=3, nonsense=1)
    assert (wrapped.warm_start, wrapped.params) == (False, None)


def test_a_new_build_function_brings_its_own_names():
    def other(depth=1):
        raise AssertionError("nothing is built")

    wrapped = KerasWrapperModel(build).set_params(model=other, model__depth=2)
    assert wrapped.get_params()["model__depth"] == 2
    with pytest.raises(ParameterError, match="no parameter 'units'"):
        wrapped.set_params(model__units=3)
