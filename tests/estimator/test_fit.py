"""One fit for all wrappers: going on, validation, weights, and its way through Keras."""

import keras
import numpy as np
import pytest
from nets import QUICK, classifier, fixed, groups
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import PredefinedSplit
from sklearn.utils.class_weight import compute_class_weight

import keraswrap.text
from keraswrap import KerasWrapperModel

X, INDEX = groups()
NAMES = np.array(["ant", "bee", "cat"])
Y = NAMES[INDEX]


@pytest.fixture(scope="module")
def fitted():
    return KerasWrapperModel(classifier, {"dropout": 0.3}, **QUICK).fit(X, Y)


def test_warm_start_goes_on_from_the_weights(fitted):
    warm = clone(fitted).set_params(warm_start=True)
    start = warm.fit(X, Y).history_["loss"][-1]
    assert warm.fit(X, Y).history_["loss"][0] < start
    assert len(warm.history_["loss"]) == 2


def test_partial_fit_goes_on_with_optimizer_and_history():
    steps = KerasWrapperModel(classifier, **{**QUICK, "params": {"shuffle": False}})
    for _ in range(3):
        steps.partial_fit(X, Y)
    whole = clone(steps).fit(X, Y, epochs=3)
    np.testing.assert_allclose(steps.predict_proba(X), whole.predict_proba(X), atol=1e-6)
    assert len(steps.history_["loss"]) == 3


def test_validation_split_is_stratified_and_seeded(fitted):
    kept = np.r_[np.flatnonzero(INDEX == 0), np.flatnonzero(INDEX)[:10]]
    found = [clone(fitted).fit(X[kept], Y[kept], validation_split=0.2) for _ in range(2)]
    assert found[0].history_ == found[1].history_
    assert len(found[0].history_["val_loss"]) == 2


def test_validation_data_is_encoded_like_the_training_rows(fitted):
    estimator = clone(fitted).set_params(compile__metrics=["accuracy"])
    estimator.fit(X, Y, validation_data=(X, Y), epochs=1)
    assert estimator.history_["val_accuracy"][-1] == pytest.approx(estimator.score(X, Y))


def test_early_stopping_stops_and_serves_many_fits():
    stop = keras.callbacks.EarlyStopping(monitor="loss", patience=0, min_delta=1e9)
    estimator = KerasWrapperModel(classifier, params={"epochs": 9, "callbacks": [stop]})
    for _ in range(2):
        assert len(estimator.fit(X, Y).history_["loss"]) == 2
    assert stop.stopped_epoch == 0


def test_history_is_a_dict_of_lists_of_floats(fitted):
    assert {name: [type(v) for v in values] for name, values in fitted.history_.items()} == {
        "loss": [float, float]
    }


def test_initialize_builds_what_fit_would_begin_with():
    clf = KerasWrapperModel(classifier, **QUICK).initialize(X, Y)
    assert clf.history_ == {}
    assert clf.predict_proba(X).shape == (len(X), 3)
    fitted = KerasWrapperModel(classifier, **QUICK).fit(X, Y)
    going_on = clf.partial_fit(X, Y, epochs=2, batch_size=16)
    np.testing.assert_array_equal(going_on.predict_proba(X), fitted.predict_proba(X))


@pytest.mark.parametrize("class_weight", [None, "balanced", {0: 5.0}])
def test_class_weights_weigh_no_held_out_row(class_weight):
    held = np.r_[0:20, 60:70]
    fold = np.where(np.isin(np.arange(90), held), 0, -1)
    clf = KerasWrapperModel(fixed, None, {"optimizer": "sgd", "optimizer__learning_rate": 0.0})
    run = {"class_weight": class_weight, "batch_size": 90}
    clf.fit(X, INDEX, validation_split=PredefinedSplit(fold), **run)
    losses = -np.log(clf.predict_proba(X)[np.arange(90), INDEX])
    assert clf.history_["val_loss"][0] == pytest.approx(losses[held].mean(), rel=1e-5)
    weights = {0: 1, 1: 1, 2: 1, **(class_weight if isinstance(class_weight, dict) else {})}
    if class_weight == "balanced":
        rest = np.delete(INDEX, held)
        weights = dict(enumerate(compute_class_weight("balanced", classes=np.arange(3), y=rest)))
    of_row = np.vectorize(weights.get)(np.delete(INDEX, held)).astype(float)
    expected = np.average(np.delete(losses, held), weights=of_row)
    assert clf.history_["loss"][0] == pytest.approx(expected, rel=1e-5)


ASKED = {
    name: getattr(room, name)
    for room in (keraswrap, keraswrap.text)
    for name in room.__all__
    if isinstance(getattr(room, name), type) and issubclass(getattr(room, name), BaseEstimator)
}
BEFORE_FIT = [
    (name, method)
    for name, kind in ASKED.items()
    for method in ("predict", "predict_proba", "transform", "score", "save")
    if hasattr(kind, method)
]


@pytest.mark.parametrize(("name", "method"), BEFORE_FIT)
def test_whatever_is_asked_before_fit_says_so(name, method, tmp_path):
    wants = "model" if name in ("KerasWrapperModel", "KerasWrapperRegressor") else None
    estimator = ASKED[name](fixed) if wants else ASKED[name]()
    given = (tmp_path / "net",) if method == "save" else (["a text"],)
    with pytest.raises(NotFittedError, match="not fitted"):
        getattr(estimator, method)(*given, *([[1]] if method == "score" else []))
