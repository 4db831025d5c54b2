"""Ratings and distributions of texts, compared with plain Keras, and what held-out texts teach."""

import pickle

import keras
import numpy as np
import pandas as pd
import pytest
from checkpoints import write_checkpoint
from scipy.special import expit
from scipy.stats import norm
from sklearn.base import clone

from keraswrap import KerasWrapperModel
from keraswrap._holdout import hold_out
from keraswrap.exceptions import InputError, ParameterError
from keraswrap.text import (
    TextEmbedder,
    TransformerClassifier,
    TransformerRegressor,
    build_text_classifier,
    encode_texts,
)

TEXTS = ["it is good", "the great and fine", "it broke", "awful", "fine", "it is"] * 6
STARS = np.array([4, 5, 2, 1, 3, 3] * 6)
WORDS = np.array(["bad", "poor", "fair", "good", "best"])
PRICES = 10.0 * STARS + np.random.default_rng(0).normal(size=36)
HELD = {"early_stopping": True, "validation_fraction": 0.25, "n_iter_no_change": 50}


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    return str(write_checkpoint(tmp_path_factory.mktemp("checkpoint") / "bert"))


def quick(bert, kind=TransformerClassifier, **kwargs):
    settings = {"epochs": 30, "learning_rate": 0.05, "max_length": 16, "dropout": 0.0}
    settings |= {"batch_size": 8, "trainable": "head", "cache": False, "random_state": 0}
    return kind(bert, **{**settings, **kwargs})


def ordered(bert, **kwargs):
    return quick(bert, target="ordered", **kwargs)


@pytest.fixture(scope="module")
def rated(bert):
    return ordered(bert).fit(TEXTS, STARS)


def last_weights(estimator):
    network = estimator.estimator_.network_
    return [w.numpy() for w in network.build(network.state).layers[-1].weights]


# Ordered classes


def test_ratings_are_those_of_coral_in_plain_keras(bert):
    """CORAL is one sigmoid unit on rows (vector, one-hot threshold), one row a threshold."""
    whole = {"batch_size": 36, "epochs": 25, "warmup": 0.0}
    start = last_weights(
        ordered(bert, **{**whole, "epochs": 1, "learning_rate": 1e-30}).fit(TEXTS, STARS)
    )
    clf = ordered(bert, **whole).fit(TEXTS, STARS)
    vectors = TextEmbedder(bert, max_length=16, normalize=False, cache=False).fit_transform(TEXTS)
    each = [np.hstack([vectors, np.tile(e, (36, 1))]) for e in np.eye(4)]
    rows, levels = np.stack(each, axis=1), (STARS[:, None] > [1, 2, 3, 4])[..., None]
    net = keras.Sequential([keras.Input((4, rows.shape[2])), keras.layers.Dense(1, use_bias=False)])
    net.set_weights([np.concatenate([start[0], start[1][:, None]])])
    entropy = keras.losses.BinaryCrossentropy(from_logits=True, reduction="sum")
    optimizer = keras.optimizers.get(clf.recipe_.compile_kwargs["optimizer"])
    net.compile(optimizer, lambda y, p: entropy(y, p) / 36)
    history = net.fit(rows, levels.astype(float), batch_size=36, epochs=25, verbose=0).history
    np.testing.assert_allclose(clf.history_["loss"], history["loss"], rtol=1e-4)
    higher = expit(net.predict(rows, verbose=0)[..., 0].astype("float64"))
    above = 1 - np.cumsum(clf.predict_proba(TEXTS), axis=1)[:, :-1]
    np.testing.assert_allclose(above, higher, atol=1e-4)
    assert (clf.predict(TEXTS) == 1 + (above > 0.5).sum(axis=1)).all()
    assert history["loss"][-1] < 0.95 * history["loss"][0]


@pytest.mark.parametrize("trainable", ["head", "all"])
def test_an_order_is_that_of_classes_or_categories(bert, trainable):
    clf = ordered(bert, trainable=trainable, epochs=3).fit(TEXTS, STARS)
    proba, words = clf.predict_proba(TEXTS), WORDS[STARS - 1]
    named = clone(clf).set_params(classes=WORDS.tolist()).fit(TEXTS, words)
    series = pd.Series(pd.Categorical(words, WORDS, ordered=True))
    of_series = clone(clf).fit(TEXTS, series)
    for each in (named, of_series):
        assert each.classes_.tolist() == sorted(WORDS)
        np.testing.assert_array_equal(each.predict_proba(TEXTS), proba[:, np.argsort(WORDS)])
        assert each.predict(TEXTS).tolist() == WORDS[clf.predict(TEXTS) - 1].tolist()
    with pytest.raises(ParameterError, match="from the lowest to the highest"):
        clone(clf).fit(TEXTS, words)


def test_ratings_survive_files_pickles_and_windows(bert, rated, tmp_path):
    windows = ordered(bert, max_length=4, long_texts="windows", overlap=0, trainable="lora:2")
    for clf in (rated, windows.set_params(epochs=2).fit(TEXTS, STARS)):
        clf.save(tmp_path / "saved")
        proba = clf.predict_proba(TEXTS)
        assert clf.score(TEXTS, STARS) == np.mean(clf.predict(TEXTS) == STARS)
        for again in (
            TransformerClassifier.load(tmp_path / "saved"),
            pickle.loads(pickle.dumps(clf)),
        ):
            np.testing.assert_array_equal(again.predict_proba(TEXTS), proba)
            np.testing.assert_array_equal(again.predict(TEXTS), clf.predict(TEXTS))


def test_the_build_function_is_told_of_the_order(bert, rated):
    recipe = rated.recipe_
    settings = {"encoder": bert, "trainable": "head", "dropout": 0.0}
    params = {**recipe.params, "group_by_length": False}
    whole = KerasWrapperModel(
        build_text_classifier,
        settings,
        recipe.compile_kwargs,
        params,
        target="ordered",
        random_state=0,
    ).fit(encode_texts(TEXTS, bert, 16), STARS)
    proba = whole.predict_proba(encode_texts(TEXTS, bert, 16))
    np.testing.assert_allclose(proba, rated.predict_proba(TEXTS), atol=1e-5)


@pytest.mark.parametrize(
    ("kind", "params", "message"),
    [
        (TransformerClassifier, {"target": "positions"}, "'auto' or 'ordered' for texts"),
        (TransformerClassifier, {"target": "ordered", "head": "checkpoint"}, "target='ordered'"),
        (TransformerRegressor, {"target": "ordered"}, r"\['auto', 'gaussian'\], got 'ordered'"),
    ],
)
def test_other_targets_are_refused(bert, kind, params, message):
    with pytest.raises(ParameterError, match=message):
        quick(bert, kind, **params).fit(TEXTS, STARS)


# Numbers


def test_a_distribution_is_fitted_by_its_likelihood(bert):
    still = quick(bert, TransformerRegressor, target="gaussian", epochs=1, learning_rate=1e-30)
    mean, std = still.fit(TEXTS, PRICES).predict(TEXTS, return_std=True)
    unlikely = -norm.logpdf(PRICES, mean, std).mean() - np.log(PRICES.std())
    np.testing.assert_allclose(still.history_["loss"], unlikely, rtol=1e-5)
    reg = clone(still).set_params(epochs=60, learning_rate=0.05).fit(TEXTS, PRICES)
    mean, std = reg.predict(TEXTS, return_std=True)
    np.testing.assert_array_equal(mean, reg.predict(TEXTS))
    assert -norm.logpdf(PRICES, mean, std).mean() < -norm.logpdf(PRICES, *norm.fit(PRICES)).mean()
    other = clone(reg).fit(TEXTS, 1000 * PRICES).predict(TEXTS, return_std=True)
    np.testing.assert_allclose(other, (1000 * mean, 1000 * std), rtol=1e-3)


def test_windows_are_mixed(bert):
    settings = {"max_length": 4, "long_texts": "windows", "overlap": 0, "target": "gaussian"}
    reg = quick(bert, TransformerRegressor, **settings).fit(TEXTS, PRICES)
    mean, std = reg.predict(TEXTS, return_std=True)
    rows, owner = reg._features(TEXTS)
    parts = np.array(reg.estimator_.predict(rows, return_std=True)) * reg.scale_
    draws = np.random.default_rng(0).normal(parts[0] + reg.mean_, parts[1], (20000, len(owner)))
    assert np.bincount(owner)[1] == 2
    two = draws[:, owner == 1].ravel()
    np.testing.assert_allclose([mean[1], std[1]], [two.mean(), two.std()], rtol=0.02)


def test_unknown_numbers_of_a_text_are_left_out(bert):
    both = np.column_stack([PRICES, -PRICES])
    both[::3, 1] = np.nan
    reg = quick(bert, TransformerRegressor).fit(TEXTS, both)
    np.testing.assert_allclose(reg.mean_, np.nanmean(both, axis=0))
    np.testing.assert_allclose(reg.scale_, np.nanstd(both, axis=0))
    assert np.isfinite(reg.predict(TEXTS)).all()
    assert reg.score(TEXTS, both) > 0
    with pytest.raises(InputError, match=r"\(n, n_outputs\), got shape \(36, 2, 1\)"):
        reg.fit(TEXTS, both[:, :, None])
    with pytest.raises(ParameterError, match="target='gaussian'"):
        reg.predict(TEXTS, return_std=True)


# What is held out


@pytest.mark.parametrize("kind", [TransformerClassifier, TransformerRegressor])
def test_callbacks_tell_how_training_ended(bert, kind):
    model = quick(bert, kind, **{**HELD, "n_iter_no_change": 1}, learning_rate=1.0)
    with pytest.raises(AttributeError, match="no callbacks_ before fit"):
        model.callbacks_  # noqa: B018
    (early,) = model.fit(TEXTS, STARS).callbacks_
    assert early.best_epoch == np.argmin(model.history_["val_loss"])
    assert early.stopped_epoch == len(model.history_["val_loss"]) - 1 < 29


def held_rows(strata=None):
    return hold_out(0.25, strata, STARS, None, 0)[1]


def test_extreme_numbers_beside_held_out_texts_teach_nothing(bert):
    frame = pd.DataFrame({"text": TEXTS, "price": PRICES})
    held = held_rows(STARS)
    clf = quick(bert, numeric_features=True, **HELD).fit(frame, STARS)
    frame.loc[held, "price"] = 1e9
    other = clone(clf).fit(frame, STARS)
    np.testing.assert_allclose(clf.numeric_scaling_.mean, np.delete(PRICES, held).mean())
    assert (other.numeric_scaling_.mean, other.numeric_scaling_.scale) == (
        clf.numeric_scaling_.mean,
        clf.numeric_scaling_.scale,
    )
    assert other.history_["loss"] == clf.history_["loss"]
    assert other.history_["val_loss"] != clf.history_["val_loss"]


@pytest.mark.parametrize("target", ["auto", "gaussian"])
def test_extreme_targets_of_held_out_texts_teach_nothing(bert, target):
    held, prices = held_rows(), PRICES.copy()
    reg = quick(bert, TransformerRegressor, target=target, **HELD).fit(TEXTS, PRICES)
    prices[held] = 1e9
    other = clone(reg).fit(TEXTS, prices)
    np.testing.assert_allclose(reg.mean_, np.delete(PRICES, held).mean())
    assert (other.mean_, other.scale_) == (reg.mean_, reg.scale_)
    assert other.history_["loss"] == reg.history_["loss"]


@pytest.mark.thorough
def test_long_held_out_texts_do_not_move_the_schedule(bert):
    settings = {"max_length": 4, "long_texts": "windows", "overlap": 0, "epochs": 3}
    texts, held = list(TEXTS), held_rows(STARS)
    clf = quick(bert, trainable="all", **settings, **HELD).fit(texts, STARS)
    for row in held:
        texts[row] = "it is good " * 40
    other = clone(clf).fit(texts, STARS)
    assert other.recipe_.steps == clf.recipe_.steps
    assert other.history_["loss"] == clf.history_["loss"]
    assert other.history_["val_loss"] != clf.history_["val_loss"]
