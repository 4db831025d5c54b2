"""A label for each position, with gaps: as in plain Keras with weights of positions."""

import pickle

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, cross_val_predict

from keraswrap import KerasWrapperModel, KerasWrapperSequential
from keraswrap._targets.positions import Positions
from keraswrap.exceptions import BuildError, InputError, ParameterError

rng = np.random.default_rng(0)
X = rng.normal(size=(60, 5, 3)).astype("float32")
TAGS = X.argmax(axis=2)
GAPS = rng.random(TAGS.shape) < 0.3
Y = np.where(GAPS, -1, TAGS)
WORDS = np.array(["B", "I", "O"], dtype=object)[TAGS]
WORDS[GAPS] = None


def build(meta, activation=None):
    assert meta["target_shape_"] == (5,)
    inputs = keras.Input((5, 3))
    hidden = keras.layers.Conv1D(8, 1, activation="relu")(inputs)
    units = 1 if meta["n_classes_"] == 2 else meta["n_classes_"]
    return keras.Model(inputs, keras.layers.Dense(units, activation)(hidden))


def make(activation=None, metrics=None, epochs=15, **more):
    return KerasWrapperModel(
        build,
        {"activation": activation},
        {"optimizer": "adam", "optimizer__learning_rate": 0.05, "metrics": metrics},
        {"epochs": epochs, "batch_size": 20, "shuffle": False},
        target="positions",
        random_state=0,
        **more,
    )


@pytest.fixture(scope="module")
def fitted():
    return make().fit(X, Y)


@pytest.mark.parametrize("activation", [None, "softmax"])
def test_training_is_keras_with_weights_by_position(activation):
    clf = make(activation, ["accuracy"], epochs=3)
    net = clone(clf).initialize(X, Y).net
    from_logits = activation is None
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=from_logits)
    net.compile(keras.optimizers.Adam(0.05), loss, weighted_metrics=["accuracy"], jit_compile=False)
    weights = ((Y >= 0) / (Y >= 0).mean()).astype("float32")
    history = net.fit(
        X, np.maximum(Y, 0), 20, 3, sample_weight=weights, shuffle=False, verbose=0
    ).history
    clf.fit(X, Y)
    np.testing.assert_allclose(clf.history_["loss"], history["loss"], rtol=1e-5)
    np.testing.assert_allclose(clf.history_["accuracy"], history["accuracy"], rtol=1e-5)
    raw = net.predict(X, verbose=0)
    proba = keras.ops.convert_to_numpy(keras.ops.softmax(raw)) if from_logits else raw
    np.testing.assert_allclose(clf.predict_proba(X), proba, rtol=1e-4, atol=1e-6)


def test_predictions_and_score(fitted):
    proba = fitted.predict_proba(X)
    assert proba.shape == (60, 5, 3)
    np.testing.assert_allclose(proba.sum(axis=2), 1)
    np.testing.assert_array_equal(fitted.predict(X), proba.argmax(axis=2))
    assert fitted.score(X, Y) == accuracy_score(TAGS[~GAPS], fitted.predict(X)[~GAPS]) > 0.9
    weights = np.arange(60.0)
    spread = np.repeat(weights[:, None], 5, axis=1)[~GAPS]
    expected = accuracy_score(TAGS[~GAPS], fitted.predict(X)[~GAPS], sample_weight=spread)
    assert fitted.score(X, Y, weights) == pytest.approx(expected)


def test_what_stands_in_gaps_is_of_no_matter(fitted):
    texts = make().fit(X, WORDS)
    assert texts.classes_.tolist() == ["B", "I", "O"]
    np.testing.assert_array_equal(texts.predict_proba(X), fitted.predict_proba(X))
    empty = make().fit(X, np.where(GAPS, "", WORDS).astype(str))
    np.testing.assert_array_equal(empty.predict_proba(X), fitted.predict_proba(X))
    floats = make().fit(X, np.where(GAPS, np.nan, TAGS).tolist())
    np.testing.assert_array_equal(floats.predict_proba(X), fitted.predict_proba(X))


def test_two_classes_may_have_one_unit():
    y = np.where(GAPS, -1, TAGS > 0)
    clf = make("sigmoid", ["accuracy"]).fit(X, y)
    assert clf.predict_proba(X).shape == (60, 5, 2)
    assert clf.score(X, y) == pytest.approx(clf.history_["accuracy"][-1], abs=0.05)
    named = make(classes=[-1, 1]).fit(X, np.where(TAGS > 0, 1, -1))
    assert set(np.unique(named.predict(X))) == {-1, 1}
    assert named.score(X, np.where(TAGS > 0, 1, -1)) > 0.85


@pytest.mark.parametrize("metric", [keras.metrics.AUC(name="auc"), "categorical_crossentropy"])
def test_metrics_see_each_position_that_has_a_label(metric):
    clf = make("softmax", [metric]).set_params(validation_data=(X, Y)).fit(X, Y)
    one_hot, proba = np.eye(3, dtype="float32")[TAGS[~GAPS]], clf.predict_proba(X)[~GAPS]
    if isinstance(metric, str):
        expected = -np.log((one_hot * proba).sum(axis=1)).mean()
    else:
        auc = keras.metrics.AUC()
        auc.update_state(one_hot, proba)
        expected = float(auc.result())
    name = metric if isinstance(metric, str) else metric.name
    assert clf.history_[f"val_{name}"][-1] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("loss", ["sparse_categorical_crossentropy", "categorical_crossentropy"])
def test_accuracy_is_that_of_the_known_positions_whatever_the_loss_takes(loss):
    clf = make("softmax", ["accuracy"], epochs=3).set_params(validation_data=(X, Y))
    clf.set_params(compile__loss=loss).fit(X, Y)
    expected = (clf.predict(X) == Y)[~GAPS].mean()
    assert clf.history_["val_accuracy"][-1] == pytest.approx(expected, rel=1e-5)


def test_validation_loss_is_the_mean_over_labels():
    clf = make("softmax").set_params(validation_data=(X, Y), validation_batch_size=60).fit(X, Y)
    likely = np.take_along_axis(clf.predict_proba(X), TAGS[..., None], 2)[..., 0]
    assert clf.history_["val_loss"][-1] == pytest.approx(-np.log(likely[~GAPS]).mean(), rel=1e-4)
    held = make().set_params(validation_split=0.2).fit(X, Y)
    assert len(held.history_["val_loss"]) == 15


def test_weights_of_rows_and_classes():
    half = np.arange(60) < 30
    weighed = make().fit(X, Y, sample_weight=half.astype(float))
    assert weighed.score(X[half], Y[half]) > 0.85
    y = np.where(TAGS == 2, 1, 0)
    heavy = make().set_params(class_weight={0: 1, 1: 50}).fit(X, y)
    assert (heavy.predict(X) == 1).mean() > (make().fit(X, y).predict(X) == 1).mean()
    counts = np.bincount(Y[~GAPS], minlength=3)
    by_hand = dict(enumerate(counts.sum() / (3 * counts)))
    proba = [
        make().set_params(class_weight=w).fit(X, Y).predict_proba(X) for w in ("balanced", by_hand)
    ]
    np.testing.assert_allclose(*proba, rtol=1e-5)


def test_it_trains_on(fitted):
    clf = make(epochs=1)
    for _ in range(15):
        clf.partial_fit(X, Y)
    assert len(clf.history_["loss"]) == 15
    assert clf.score(X, Y) > 0.85
    warm = make(warm_start=True).fit(X, Y)
    assert warm.fit(X, Y).history_["loss"][0] < warm.history_["loss"][0] + 1
    np.testing.assert_array_equal(clone(fitted).fit(X, Y).predict_proba(X), fitted.predict_proba(X))


def test_searches_and_folds(fitted):
    search = GridSearchCV(make(), {"epochs": [1, 15]}, cv=2).fit(X, Y)
    assert search.best_params_ == {"epochs": 15}
    held_out = cross_val_predict(make(), X, Y, cv=3)
    assert (held_out == TAGS)[~GAPS].mean() > 0.7


def test_files_and_pickles(fitted, tmp_path):
    fitted.save(tmp_path / "tagger.keraswrap")
    loaded = KerasWrapperModel.load(tmp_path / "tagger.keraswrap", model=build)
    for copy in (loaded, pickle.loads(pickle.dumps(fitted))):
        np.testing.assert_array_equal(copy.predict_proba(X), fitted.predict_proba(X))
        assert copy.score(X, Y) == fitted.score(X, Y)
        copy.partial_fit(X, Y)


def test_a_list_of_layers(fitted):
    layers = [keras.layers.Conv1D(8, 1, activation="relu"), keras.layers.Dense(3)]
    clf = KerasWrapperSequential(
        layers, None, make().compile_kwargs, make().params, target="positions", random_state=0
    )
    np.testing.assert_array_equal(clf.fit(X, Y).predict_proba(X), fitted.predict_proba(X))


def flat(meta):
    return keras.Sequential([keras.Input((5, 3)), keras.layers.Flatten(), keras.layers.Dense(3)])


@pytest.mark.parametrize(
    ("change", "y", "error", "match"),
    [
        ({}, TAGS[:, 0], InputError, r"y of shape \(n, positions\), got shape \(60,\)"),
        ({}, np.full((60, 5), -1), InputError, "got only gaps"),
        ({"target": "tags"}, Y, ParameterError, r"one of \['auto', 'positions'.*got 'tags'"),
        ({"model": flat, "model_kwargs": None}, Y, BuildError, r"shape \(n, 5, units\) for 5 pos"),
        ({"target": "auto"}, Y, InputError, "target='positions'"),
        ({"target": "auto"}, TAGS[:, 0], BuildError, "target='positions'"),
    ],
)
def test_what_does_not_fit_is_said_before_training(change, y, error, match):
    clf = make().set_params(**change)
    if change.get("target") == "auto" and y.ndim == 1:
        clf.set_params(model=lambda: keras.Sequential([keras.Input((5, 3)), keras.layers.Dense(3)]))
        clf.model_kwargs = None
    with pytest.raises(error, match=match):
        clf.fit(X, y)


class Unweighed(keras.metrics.Metric):
    def update_state(self, y_true, y_pred):
        pass

    def result(self):
        return 0.0


def test_a_metric_that_takes_no_weights_is_refused():
    with pytest.raises(BuildError, match=r"update_state of the metric .* to take sample_weight"):
        make(metrics=[Unweighed()]).fit(X, Y)


def test_rows_of_another_length_are_refused(fitted):
    with pytest.raises(InputError, match=r"shape \(n, 5\), as in fit, got shape \(60, 4\)"):
        fitted.score(X, Y[:, :4])


def test_labels_and_gaps_are_kept_apart():
    target = Positions()
    y = target.learn([["a", None], ["", "b"]])
    assert y.mask.tolist() == [[False, True], [True, False]]
    assert target.weigh(y, None, {"b": 3}).tolist() == [[2.0, 0.0], [0.0, 6.0]]
