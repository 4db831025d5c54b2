"""Epochs, learning rate and early stopping of a text's fit."""

import pickle

import numpy as np
import pytest
from checkpoints import write_checkpoint
from quick import LABELS, TEXTS, quick

from keraswrap.exceptions import ParameterError
from keraswrap.text import TransformerClassifier
from keraswrap.text._schedule import DEFAULTS, choose_recipe


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    return str(write_checkpoint(tmp_path_factory.mktemp("checkpoint") / "bert"))


@pytest.fixture(scope="module")
def fitted(bert):
    return quick(bert).fit(TEXTS, LABELS)


def test_training_ends_early_and_keeps_the_best(bert):
    settings = {"early_stopping": True, "validation_fraction": 0.25, "n_iter_no_change": 1}
    losses = quick(bert, **settings, learning_rate=1.0).fit(TEXTS, LABELS).history_["val_loss"]
    assert len(losses) < 10
    assert np.argmin(losses) == len(losses) - 2


@pytest.mark.parametrize("kind", list(DEFAULTS))
def test_the_learning_rate_rises_and_falls(kind):
    import keras

    recipe = choose_recipe(TransformerClassifier(), kind, 1000, 384)
    optimizer = keras.optimizers.get(recipe.compile_kwargs["optimizer"])
    rates = [float(optimizer._learning_rate(step)) for step in range(recipe.steps + 1)]
    assert recipe.steps == recipe.epochs * -(-1000 // 16)
    assert rates[0] == 0
    assert max(rates) == pytest.approx(DEFAULTS[kind].learning_rate)
    assert np.argmax(rates) == recipe.warmup_steps == round(0.1 * recipe.steps)
    assert rates[-1] == pytest.approx(0, abs=1e-9)


def test_without_warmup_it_only_falls():
    import keras

    recipe = choose_recipe(TransformerClassifier(warmup=0), "all", 100, 384)
    optimizer = keras.optimizers.get(recipe.compile_kwargs["optimizer"])
    assert float(optimizer._learning_rate(0)) == pytest.approx(DEFAULTS["all"].learning_rate)


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"trainable": "most"}, ParameterError, "trainable to be 'all', 'head'"),
        ({"pooling": "max"}, Exception, "pooling to be one of"),
        ({"warmup": 1.0}, ParameterError, r"warmup in \[0, 1\), got 1.0"),
        ({"learning_rate": 0}, ParameterError, r"learning_rate in \(0, inf\), got 0"),
        ({"dropout": -0.1}, ParameterError, "dropout in"),
        ({"epochs": 0}, ParameterError, "epochs to be a whole number"),
        ({"batch_size": None}, ParameterError, "batch_size to be a whole number"),
        ({"max_length": 4000}, ParameterError, "max_length of at most"),
        ({"encoder": "no-such-place"}, ParameterError, "existing directory"),
        ({"class_weight": {"worse": 1}}, ParameterError, "keyed by the labels"),
    ],
    ids=str,
)
def test_bad_parameters_are_refused_and_the_earlier_fit_stays(fitted, params, error, message):
    clf = pickle.loads(pickle.dumps(fitted)).set_params(**params)
    with pytest.raises(error, match=message):
        clf.fit(TEXTS, LABELS)
    assert (clf.estimator_.network_.state.variables[0].size) > 0
