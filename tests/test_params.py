"""Parameter names: which dict each is kept in, held against Keras's own signatures."""

import inspect

import keras
import pytest

from keraswrap import _params
from keraswrap.exceptions import ParameterError


def build(units=8, *, dropout=0.5, meta):
    raise AssertionError("parameters are read off the signature: nothing is built")


def defaults(function, without=()):
    parameters = inspect.signature(function).parameters.values()
    return {p.name: p.default for p in parameters if p.name not in {"self", *without}}


# The tables against Keras


@pytest.mark.parametrize(
    ("ours", "theirs", "data", "changed"),
    [
        (
            *(_params.FIT_DEFAULTS, keras.Model.fit, ("x", "y", "sample_weight")),
            # The last two are ours alone.
            {"verbose": 0, "group_by_length": True, "validation_groups": None},
        ),
        (_params.PREDICT_DEFAULTS, keras.Model.predict, ("x", "steps"), {"verbose": 0}),
        # None: chosen by what is quickest on the machine at hand.
        (
            *(_params.COMPILE_DEFAULTS, keras.Model.compile, ()),
            {"jit_compile": None, "steps_per_execution": None},
        ),
    ],
)
def test_tables_are_those_of_keras(ours, theirs, data, changed):
    assert ours == {**defaults(theirs, data), **changed}


# Where a name is kept


@pytest.mark.parametrize(
    ("name", "home"),
    [
        ("epochs", ("params", "epochs")),
        ("batch_size", ("params", "batch_size")),
        ("fit__epochs", ("params", "fit__epochs")),
        ("predict__batch_size", ("params", "predict__batch_size")),
        ("compile__loss", ("compile_kwargs", "loss")),
        ("compile__optimizer__learning_rate", ("compile_kwargs", "optimizer__learning_rate")),
        ("compile__loss__label_smoothing", ("compile_kwargs", "loss__label_smoothing")),
        ("model__units", ("model_kwargs", "units")),
        ("model__dropout", ("model_kwargs", "dropout")),
    ],
)
def test_each_name_has_one_home(name, home):
    assert _params.find_home(name, build, has_model=True) == home


# get_params and set_params


# Merging


@pytest.mark.parametrize(
    ("params", "given", "epochs"),
    [
        (None, None, 1),
        ({"epochs": 2}, None, 2),
        ({"epochs": 2, "fit__epochs": 3}, None, 3),
        ({"epochs": 2, "fit__epochs": 3}, {"epochs": 4}, 4),
        ({"epochs": 2}, {"fit__epochs": 5}, 5),
    ],
)
def test_the_nearest_fit_argument_wins(params, given, epochs):
    assert _params.fit_arguments(params, given)["epochs"] == epochs


@pytest.mark.parametrize("start", [3, 7, -1, 1.5, True, None])
def test_an_initial_epoch_that_leaves_nothing_to_train_is_refused(start):
    with pytest.raises(ParameterError, match=r"initial_epoch .* below epochs \(3\), got"):
        _params.check_epochs(_params.fit_arguments({"epochs": 3, "initial_epoch": start}))


@pytest.mark.parametrize(
    ("params", "given", "size"),
    [
        ({}, {}, None),
        ({"batch_size": 2, "fit__batch_size": 3}, {}, 2),
        ({"batch_size": 2, "predict__batch_size": 4}, {}, 4),
        ({"batch_size": 2, "predict__batch_size": 4}, {"batch_size": 5}, 5),
    ],
)
def test_the_nearest_predict_argument_wins(params, given, size):
    assert _params.predict_arguments(params, given)["batch_size"] == size


@pytest.mark.parametrize("name", ["compile__loss", "model__units", "epoch", "loss"])
def test_params_take_fit_arguments_only(name):
    with pytest.raises(ParameterError, match=name):
        _params.fit_arguments({name: "mse"})


def test_parts_of_compile_get_their_own_arguments():
    given = {"optimizer": "adam", "optimizer__learning_rate": 0.1, "loss__from_logits": True}
    arguments, nested = _params.compile_arguments(given)
    assert arguments == {**_params.COMPILE_DEFAULTS, "optimizer": "adam"}
    assert nested == {"optimizer": {"learning_rate": 0.1}, "loss": {"from_logits": True}}


def test_other_parts_of_compile_have_none():
    with pytest.raises(ParameterError, match="only optimizer and loss take"):
        _params.compile_arguments({"metrics__name": "m"})
