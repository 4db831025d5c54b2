"""Classes in an order: as CORAL in numpy and in plain Keras."""

import pickle

import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers, ops
from sklearn.base import clone
from sklearn.metrics import accuracy_score, mean_absolute_error
from sklearn.model_selection import GridSearchCV, cross_val_predict

from keraswrap import KerasWrapperModel, KerasWrapperSequential
from keraswrap._targets.head import Head
from keraswrap._targets.ordered import Ordered
from keraswrap.exceptions import BuildError, InputError, ParameterError
from keraswrap.layers import OrderedLogits
from keraswrap.model_selection import cross_val_predict_proba

rng = np.random.default_rng(0)
X = rng.normal(size=(200, 3)).astype("float32")
SIGNAL = X[:, 0] + 0.5 * X[:, 1]
Y = np.digitize(SIGNAL + 0.3 * rng.normal(size=200), [-0.8, 0.0, 0.8])
NAMES = ["poor", "fair", "good", "best"]
WORDS = np.array(NAMES)[Y]


def build(meta):
    inputs = keras.Input((meta["n_features_in_"],))
    hidden = layers.Dense(8, activation="relu")(inputs)
    return keras.Model(inputs, OrderedLogits(meta["n_classes_"])(hidden))


def make(epochs=30, metrics=None, **more):
    return KerasWrapperModel(
        build,
        None,
        {"optimizer": "adam", "optimizer__learning_rate": 0.03, "metrics": metrics},
        {"epochs": epochs, "batch_size": 25, "shuffle": False},
        **{"target": "ordered", "random_state": 0, **more},
    )


@pytest.fixture(scope="module")
def fitted():
    return make().fit(X, Y)


def test_training_is_that_of_keras():
    clf = make(3, ["accuracy"])
    net = clone(clf).initialize(X, Y).net

    def coral(y_true, y_pred):
        ranks = ops.cast(ops.reshape(y_true, (-1, 1)), "int32")
        levels = ops.cast(ranks > ops.arange(3), "float32")
        return ops.sum(ops.softplus(y_pred) - y_pred * levels, axis=-1)

    net.compile(keras.optimizers.Adam(0.03), coral, jit_compile=False)
    weights = np.linspace(0.5, 1.5, 200).astype("float32")
    arguments = {"sample_weight": weights / weights.mean(), "shuffle": False, "verbose": 0}
    history = net.fit(X, Y.astype("int32"), 25, 3, **arguments).history
    clf.set_params(validation_data=(X, Y)).fit(X, Y, sample_weight=weights)
    np.testing.assert_allclose(clf.history_["loss"], history["loss"], rtol=1e-4)
    logits = net.predict(X, verbose=0)
    raw = clf.predict_proba(X, apply_softmax=False)
    np.testing.assert_allclose(raw, logits, rtol=1e-3, atol=1e-5)
    np.testing.assert_array_equal(clf.predict(X), (raw > 0).sum(axis=1))
    assert clf.history_["val_accuracy"][-1] == pytest.approx(clf.score(X, Y), abs=1e-6)


def test_probabilities_are_those_of_the_thresholds(fitted):
    proba = fitted.predict_proba(X)
    assert proba.shape == (200, 4)
    assert (proba >= 0).all()
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    higher = 1 / (1 + np.exp(-fitted.predict_proba(X, apply_softmax=False)))
    assert (np.diff(higher, axis=1) <= 0).all()
    np.testing.assert_allclose(proba[:, ::-1].cumsum(axis=1)[:, 2::-1], higher)
    assert fitted.score(X, Y) == accuracy_score(Y, fitted.predict(X)) > 0.7
    assert mean_absolute_error(Y, fitted.predict(X)) < 0.35


def test_thresholds_out_of_order_give_probabilities_all_the_same():
    target = Ordered()
    target.learn([0, 1, 2])
    head = Head("index", "ordered", 3, from_logits=True)
    proba = target.to_proba(np.array([[-1.0, 1.0]]), head)
    low = 1 / (1 + np.e)
    np.testing.assert_allclose(proba, [[1 - low, 0, low]])


@pytest.mark.parametrize("form", ["classes", "categories"])
def test_texts_are_in_the_order_said(fitted, form):
    if form == "classes":
        clf, y = make(classes=NAMES), WORDS
    else:
        clf, y = make(), pd.Series(pd.Categorical(WORDS, NAMES, ordered=True))
    clf.fit(X, y)
    assert clf.classes_.tolist() == sorted(NAMES)
    columns = [sorted(NAMES).index(name) for name in NAMES]
    np.testing.assert_array_equal(clf.predict_proba(X)[:, columns], fitted.predict_proba(X))
    np.testing.assert_array_equal(clf.predict(X), np.array(NAMES)[fitted.predict(X)])
    assert clf.score(X, y) == fitted.score(X, Y)
    weighed = make(classes=NAMES).set_params(class_weight={"best": 20}).fit(X, WORDS)
    assert (weighed.predict(X) == "best").sum() > (clf.predict(X) == "best").sum()


def test_folds_keep_the_order():
    held_out = cross_val_predict(make(classes=NAMES), X, WORDS, cv=3, method="predict_proba")
    numbers = cross_val_predict(make(), X, Y, cv=3, method="predict_proba")
    columns = [sorted(NAMES).index(name) for name in NAMES]
    assert np.abs(held_out[:, columns] - numbers).mean() < 0.1
    search = GridSearchCV(make(), {"epochs": [1, 30]}, cv=2, scoring="neg_mean_absolute_error").fit(
        X, Y
    )
    assert search.best_params_ == {"epochs": 30}


def test_out_of_fold_probabilities_keep_the_order_of_a_series():
    series = pd.Series(pd.Categorical(WORDS, NAMES, ordered=True))
    found = cross_val_predict_proba(make(3), X, series, cv=2)
    named = cross_val_predict_proba(make(3, classes=NAMES), X, WORDS, cv=2)
    np.testing.assert_array_equal(found, named)
    assert found[:, sorted(NAMES).index("best")].argmax() in np.flatnonzero(Y > 1)


def test_a_class_that_a_fold_misses_has_a_column():
    few = Y < 3
    clf = make(classes=[0, 1, 2, 3]).fit(X[few], Y[few])
    assert clf.predict_proba(X).shape == (200, 4)
    wide = make().set_params(model=lambda: keras.Sequential([keras.Input((3,)), OrderedLogits(4)]))
    assert wide.fit(X[few], Y[few]).classes_.tolist() == [0, 1, 2, 3]


def test_more_training_validation_copies_and_files(fitted, tmp_path):
    on = make(1)
    for _ in range(30):
        on.partial_fit(X, Y)
    assert on.score(X, Y) > 0.6
    held = make().set_params(validation_split=0.2).fit(X, Y)
    assert held.history_["val_loss"][-1] < held.history_["val_loss"][0]
    texts = make(classes=NAMES).fit(X, WORDS)
    texts.save(tmp_path / "grades.keraswrap")
    loaded = KerasWrapperModel.load(tmp_path / "grades.keraswrap", model=build)
    for copy in (loaded, pickle.loads(pickle.dumps(texts))):
        np.testing.assert_array_equal(copy.predict_proba(X), texts.predict_proba(X))
        np.testing.assert_array_equal(copy.predict(X), texts.predict(X))
        copy.partial_fit(X, WORDS)
        assert copy.score(X, WORDS) > 0.6
    warm = make().set_params(warm_start=True).fit(X, Y)
    first = warm.history_["loss"][0]
    assert warm.fit(X, Y).history_["loss"][0] < first
    again = clone(fitted).fit(X, Y)
    np.testing.assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))


@pytest.mark.parametrize(
    ("metric", "key"),
    [("sparse_categorical_crossentropy", None), (keras.metrics.AUC(name="auc"), "auc")],
)
def test_metrics_see_probabilities(metric, key):
    clf = make(3, [metric]).set_params(validation_data=(X, Y)).fit(X, Y)
    proba = clf.predict_proba(X)
    if key:
        reference = keras.metrics.AUC()
        reference.update_state(np.eye(4)[Y], proba)
        expected = float(reference.result())
    else:
        expected = -np.log(proba[np.arange(200), Y]).mean()
    assert clf.history_[f"val_{key or metric}"][-1] == pytest.approx(expected, rel=1e-3)


def test_a_list_of_layers_and_sigmoids():
    clf = KerasWrapperSequential(
        [layers.Dense(8, "relu"), layers.Dense(3, "sigmoid")],
        None,
        make().compile_kwargs,
        make().params,
        target="ordered",
        random_state=0,
    ).fit(X, Y)
    np.testing.assert_allclose(clf.predict_proba(X).sum(axis=1), 1)
    assert clf.score(X, Y) > 0.6


@pytest.mark.parametrize(
    ("change", "y", "error", "match"),
    [
        ({}, WORDS, ParameterError, r"classes=\[...\] from the lowest to the highest"),
        ({"classes": [0, 1, 1, 2, 3]}, Y, ParameterError, "classes once each"),
        ({"classes": [0, 1, 2]}, Y, InputError, r"unseen \[3\]"),
        ({"compile__loss": "mse"}, Y, BuildError, "no loss with target='ordered'.*got 'mse'"),
        ({}, Y * 0, InputError, r"0 unit\(s\) and 1 class|n_classes of at least 2"),
        ({"classes": [0, 1, 2, 3, 4], "model": "four"}, Y, InputError, "3 unit.* and 5 class"),
    ],
)
def test_what_does_not_fit_is_said_before_training(change, y, error, match):
    if "model" in change:
        change = {
            **change,
            "model": lambda: keras.Sequential([keras.Input((3,)), OrderedLogits(4)]),
        }
    with pytest.raises(error, match=match):
        make().set_params(**change).fit(X, y)


def test_what_was_learned_comes_back():
    target = Ordered(NAMES)
    target.learn(WORDS)
    back = Ordered.restored(target.learned)
    assert (back.classes.tolist(), back.order.tolist()) == (sorted(NAMES), [3, 1, 2, 0])
