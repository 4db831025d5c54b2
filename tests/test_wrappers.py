"""What the wrappers promise of a fit: afresh, reproducible, and without side effects."""

import random
import re

import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers
from nets import (
    LEARNS,
    QUICK,
    classifier,
    groups,
    output_layer,
    regressor,
    text_layers,
    two_inputs,
)
from scipy import sparse
from sklearn.base import clone
from sklearn.utils.class_weight import compute_class_weight

import keraswrap
from keraswrap import KerasWrapperModel, KerasWrapperRegressor, KerasWrapperSequential

X, INDEX = groups()
NAMES = np.array(["ant", "bee", "cat"])
Y = NAMES[INDEX]


@pytest.fixture(scope="module")
def fitted():
    return KerasWrapperModel(classifier, {"dropout": 0.3}, **QUICK).fit(X, Y)


def proba(estimator):
    return estimator.fit(X, Y).predict_proba(X)


# -- afresh, and reproducible ------------------------------------------------


def test_the_same_seed_gives_the_same_bits(fitted):
    assert (proba(clone(fitted)) == fitted.predict_proba(X)).all()
    assert (proba(clone(fitted).set_params(random_state=1)) != fitted.predict_proba(X)).any()


def test_a_second_fit_starts_afresh(fitted):
    again = clone(fitted).fit(X[:30], Y[:30])
    assert (proba(again) == fitted.predict_proba(X)).all()


def test_without_a_seed_the_drawn_one_repeats_the_fit():
    first = KerasWrapperModel(classifier, params={"epochs": 1}).fit(X, Y)
    second = clone(first).set_params(random_state=first.seed_)
    assert (proba(second) == first.predict_proba(X)).all()


def test_a_fit_equals_bare_keras(fitted):
    # The reference: the same seeds, the same rows in the same order, Keras by itself.
    bare = clone(fitted).set_params(shuffle=False, model__dropout=0.0).fit(X, Y)
    keras.utils.set_random_seed(0)
    net = classifier({"n_features_in_": 4, "n_classes_": 3})
    net.compile("rmsprop", "sparse_categorical_crossentropy", jit_compile=False)
    history = net.fit(X, INDEX, epochs=2, batch_size=16, shuffle=False, verbose=0)
    np.testing.assert_allclose(bare.predict_proba(X), net.predict(X, verbose=0), atol=1e-6)
    np.testing.assert_allclose(bare.history_["loss"], history.history["loss"], rtol=1e-5)


def draws():
    import tensorflow as tf

    seeds = keras.random.uniform((2,)), tf.random.uniform((2,))
    return [random.random(), *np.random.random(2), *(float(v) for s in seeds for v in s)]


@pytest.mark.parametrize("first", [False, True], ids=["used", "unused"])
def test_global_generators_are_left_as_found(fitted, first):
    keras.utils.set_random_seed(5)
    if not first:
        draws()
    expected = draws()
    keras.utils.set_random_seed(5)
    if not first:
        draws()
    clone(fitted).fit(X, Y).predict(X)
    assert draws() == expected


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


def test_partial_fit_knows_classes_that_the_first_batch_misses():
    estimator = KerasWrapperModel(classifier, **QUICK)
    estimator.partial_fit(X[INDEX < 2], Y[INDEX < 2], classes=NAMES)
    assert estimator.partial_fit(X, Y).predict_proba(X).shape == (90, 3)
    assert estimator.get_params()["classes"] is None


# -- without side effects ------------------------------------------------------


class Recorder(keras.callbacks.Callback):
    seen = None

    def on_epoch_end(self, epoch, logs=None):
        self.seen = epoch


def test_a_fit_changes_no_argument():
    optimizer, loss = keras.optimizers.Adam(0.01), keras.losses.SparseCategoricalCrossentropy()
    metric, recorder = keras.metrics.SparseCategoricalAccuracy(), Recorder()
    compiled = {"optimizer": optimizer, "loss": loss, "metrics": [metric]}
    params = {"epochs": 1, "callbacks": [recorder]}
    pair = [KerasWrapperModel(classifier, {"units": 4}, compiled, params) for _ in range(2)]
    for estimator in [*pair, pair[0]]:
        estimator.fit(X, Y)
    assert compiled == {"optimizer": optimizer, "loss": loss, "metrics": [metric]}
    assert params == {"epochs": 1, "callbacks": [recorder]}
    assert not optimizer.built
    assert recorder.seen is None


def test_a_clone_of_a_fitted_layer_list_carries_no_weights():
    given = [layers.Dense(8, activation="relu"), layers.Dense(3)]
    first = KerasWrapperSequential(given, **QUICK).fit(X, INDEX)
    assert not any(layer.built for layer in given)
    start = clone(first).set_params(compile__optimizer__learning_rate=0.0).fit(X, INDEX)
    untrained = KerasWrapperSequential(given, **QUICK)
    untrained.set_params(compile__optimizer__learning_rate=0.0).fit(X[:16], INDEX[:16])
    assert (start.predict_proba(X) == untrained.predict_proba(X)).all()


def test_layers_that_came_with_something_keep_it():
    frozen, scaled = layers.Dense(8, trainable=False), layers.Normalization()
    frozen.build((None, 4))
    scaled.adapt(X + 100)
    estimator = KerasWrapperSequential([scaled, frozen, output_layer], **QUICK).fit(X, Y)
    kept = estimator.net.layers
    np.testing.assert_array_equal(kept[1].kernel, frozen.kernel)
    np.testing.assert_allclose(np.ravel(kept[0].mean), X.mean(0) + 100, rtol=1e-5)


def test_preprocessing_layers_learn_from_the_training_rows():
    layer = layers.Normalization()
    estimator = KerasWrapperSequential([layer, output_layer], **QUICK).fit(X, Y)
    np.testing.assert_allclose(np.ravel(estimator.net.layers[0].mean), X.mean(0), rtol=1e-4)
    assert not layer.built


def test_summary_before_fit_leaves_no_net(capsys):
    estimator = KerasWrapperSequential([layers.Input((4,)), layers.Dense(3)], name="tiny")
    estimator.summary()
    assert "tiny" in capsys.readouterr().out
    assert estimator.net is None


# -- labels and probabilities ----------------------------------------------------

LABELS = {
    "strings": np.array(["no", "yes"]),
    "gap": np.array([3, 7]),
    "booleans": np.array([False, True]),
    "floats": np.array([-1.0, 1.0]),
}
HEADS = {
    "one sigmoid": (1, "sigmoid", None),
    "one logit": (1, None, None),
    "two softmax": (2, "softmax", None),
    "two logits": (2, None, None),
    "two sigmoids, as in the article": (2, "sigmoid", "sparse_categorical_crossentropy"),
    "one-hot": (2, "softmax", "categorical_crossentropy"),
    "one-hot logits": (2, None, keras.losses.CategoricalCrossentropy(from_logits=True)),
    "binary on two": (2, "softmax", "binary_crossentropy"),
    "focal": (1, "sigmoid", keras.losses.BinaryFocalCrossentropy),
    "Brier": (2, "softmax", "mse"),
}


@pytest.mark.parametrize("head", HEADS)
def test_every_head_learns_and_gives_probabilities(head):
    outputs, activation, loss = HEADS[head]
    points, index = groups(60, 2)
    labels = LABELS["strings"][index]
    net = {"outputs": outputs, "activation": activation}
    estimator = KerasWrapperModel(classifier, net, **LEARNS).set_params(compile__loss=loss)
    found = estimator.fit(points, labels).predict_proba(points)
    assert found.dtype == "float64"
    assert found.shape == (60, 2)
    np.testing.assert_allclose(found.sum(axis=1), 1.0, atol=1e-12)
    assert estimator.score(points, labels) == 1.0
    assert found.max() > 0.8  # softmax applied twice could not pass .731


@pytest.mark.parametrize("kind", LABELS)
def test_labels_of_any_kind_come_back_as_they_were(kind):
    points, index = groups(40, 2)
    labels = LABELS[kind][index]
    estimator = KerasWrapperModel(classifier, **LEARNS).fit(points, labels)
    assert estimator.classes_.tolist() == sorted(set(labels.tolist()))
    assert (estimator.predict(points) == labels).all()
    assert estimator.predict(points).dtype == labels.dtype


def test_one_row_gives_one_row(fitted):
    assert fitted.predict_proba(X[:1]).shape == (1, 3)


def test_apply_softmax_overrides(fitted):
    raw = fitted.predict_proba(X, apply_softmax=False)
    np.testing.assert_allclose(raw, fitted.net.predict(X, verbose=0), atol=1e-7)
    twice = fitted.predict_proba(X, apply_softmax=True)
    np.testing.assert_allclose(twice, np.exp(raw) / np.exp(raw).sum(1, keepdims=True))


@pytest.mark.parametrize(
    ("labels", "known"), [(INDEX, None), (Y, NAMES)], ids=["indices", "named beforehand"]
)
def test_a_fold_that_misses_a_class_still_gives_every_column(labels, known):
    estimator = KerasWrapperModel(classifier, {"outputs": 3}, classes=known, **QUICK)
    kept = INDEX != 1
    found = estimator.fit(X[kept], labels[kept]).predict_proba(X)
    assert found.shape == (90, 3)
    assert len(estimator.classes_) == 3


def test_a_logit_is_compared_with_zero_in_the_metric():
    points, index = groups(60, 2)
    net = {"outputs": 1, "activation": None}
    estimator = KerasWrapperModel(classifier, net, **LEARNS)
    estimator.set_params(compile__metrics=["accuracy"]).fit(points, index)
    assert estimator.history_["accuracy"][-1] == pytest.approx(estimator.score(points, index))


# -- inputs ------------------------------------------------------------------------

FORMS = {
    "list": lambda: X.tolist(),
    "frame": lambda: pd.DataFrame(X, columns=list("abcd")),
    "float64": lambda: X.astype("float64"),
    "objects": lambda: X.astype(object),
    "csr": lambda: sparse.csr_matrix(X),
    "coo array": lambda: sparse.coo_array(X),
    "fortran": lambda: np.asfortranarray(X),
}


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_same_rows_gives_the_same_net(fitted, form):
    found = clone(fitted).fit(FORMS[form](), list(Y)).predict_proba(FORMS[form]())
    np.testing.assert_allclose(found, fitted.predict_proba(X), atol=1e-6)


def test_images_keep_their_shape():
    images = np.random.default_rng(0).random((20, 5, 5, 1))
    net = [layers.Conv2D(2, 3), layers.Flatten(), output_layer]
    assert KerasWrapperSequential(net, **QUICK).fit(images, INDEX[:20]).predict(images).shape == (
        20,
    )


TEXTS = ["good stuff", "bad stuff", "really good", "very bad"] * 10
MOODS = ["glad", "sad"] * 20


@pytest.mark.parametrize("form", [list, np.array, pd.Series, pd.DataFrame])
def test_raw_texts_reach_a_net_that_vectorizes(form):
    estimator = KerasWrapperSequential(text_layers(), **LEARNS).fit(form(TEXTS), MOODS)
    assert estimator.score(form(TEXTS), MOODS) == 1.0
    assert "good" in estimator.net.layers[0].get_vocabulary()


@pytest.mark.parametrize("form", [dict, pd.DataFrame])
def test_nets_with_several_inputs_take_dicts_and_frames(form):
    points, index = groups(60, 2, features=2)
    rows = form({"right": points[:, 0], "left": points[:, 1]})
    estimator = KerasWrapperModel(two_inputs, **LEARNS).fit(rows, index)
    assert estimator.score(rows, index) == 1.0


def embeds(meta):
    inputs = keras.Input((2,), dtype="int32")
    flat = layers.Flatten()(layers.Embedding(2**25 + 2, 1)(inputs))
    return keras.Model(inputs, layers.Dense(2)(flat))


def nested(meta):
    inner = keras.Sequential([layers.Dense(8, activation="relu"), layers.Dropout(0.2)])
    outer = keras.Sequential([keras.Sequential([inner]), layers.Dense(meta["n_classes_"])])
    outer.build((None, meta["n_features_in_"]))
    return outer


@pytest.mark.parametrize("kept", [0, 4])
def test_a_model_nested_in_a_sequential_trains_as_its_layers_do(kept):
    def flat(meta):
        hidden = [layers.Dense(8, activation="relu"), layers.Dropout(0.2)]
        return keras.Sequential([keras.Input((X.shape[1],)), *hidden, layers.Dense(3)])

    with keraswrap.config_context(kept_networks=kept):
        fits = [KerasWrapperModel(build, **LEARNS).fit(X, Y) for build in (nested, flat, nested)]
    assert fits[0].history_ == fits[2].history_
    np.testing.assert_allclose(fits[0].history_["loss"], fits[1].history_["loss"], rtol=1e-4)


def test_a_model_in_a_list_of_layers_brings_its_weights():
    base = keras.Sequential([keras.Input((X.shape[1],)), layers.Dense(8, activation="relu")])
    base.trainable = False
    made = KerasWrapperSequential([base, output_layer], **LEARNS).fit(X, Y)
    assert made.score(X, Y) > 0.9
    for ours, theirs in zip(made.net.layers[0].get_weights(), base.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def carries_state(meta):
    inputs = keras.Input(batch_shape=(10, X.shape[1], 1))
    hidden = layers.GRU(4, stateful=True)(inputs)
    return keras.Model(inputs, layers.Dense(meta["n_classes_"], activation="softmax")(hidden))


def test_answers_do_not_depend_on_what_a_stateful_layer_saw_before():
    steps, settings = X[:, :, None], {"epochs": 2, "batch_size": 10}
    made = KerasWrapperModel(carries_state, params=settings, random_state=0).fit(steps, Y)
    first = made.predict_proba(steps[:20])
    np.testing.assert_array_equal(made.predict_proba(steps[:20]), first)
    made.net.layers[1].reset_state()
    bare = made.net.predict(steps[:20], batch_size=10, verbose=0)
    np.testing.assert_allclose(first, bare, rtol=1e-6)
    again = clone(made).fit(steps[:10], Y[:10]).fit(steps, Y)
    np.testing.assert_array_equal(again.predict_proba(steps[:20]), first)


def test_large_ids_reach_an_embedding_whole():
    # As float32 the two would be one and the same row of the table.
    ids = np.array([[2**25, 0], [2**25 + 1, 0]] * 8)
    net = KerasWrapperModel(embeds, params={"epochs": 1}, random_state=0).fit(ids, [0, 1] * 8).net
    table = np.asarray(net.layers[1].embeddings)
    assert (net.layers[1](ids[:2, :1]).numpy().ravel() == table[[2**25, 2**25 + 1], 0]).all()


class Subclassed(keras.Model):
    def __init__(self, units):
        super().__init__()
        self.out = layers.Dense(units, activation="softmax")

    def call(self, inputs):
        return self.out(inputs)


def test_a_subclassed_model_is_asked_what_it_gives():
    estimator = KerasWrapperModel(lambda meta: Subclassed(meta["n_classes_"]), **LEARNS)
    assert estimator.fit(X, Y).score(X, Y) == 1.0
    assert estimator.predict_proba(X).max() > 0.8


# -- weights, validation, callbacks ------------------------------------------------------


def test_class_weight_balanced_is_the_dict_it_stands_for():
    kept = np.r_[np.flatnonzero(INDEX == 0), np.flatnonzero(INDEX)[:20]]
    weights = compute_class_weight("balanced", classes=NAMES, y=Y[kept])
    found = [
        KerasWrapperModel(classifier, **QUICK)
        .fit(X[kept], Y[kept], class_weight=weight)
        .predict_proba(X)
        for weight in ("balanced", dict(zip(NAMES, weights, strict=True)), None)
    ]
    np.testing.assert_allclose(found[0], found[1], atol=1e-6)
    assert np.abs(found[0] - found[2]).max() > 1e-4


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


def test_arguments_for_predict_alone_reach_it(fitted, capsys):
    estimator = clone(fitted).set_params(predict__verbose=2).fit(X, Y)
    assert not re.search(r"step", capsys.readouterr().out)
    estimator.predict(X)
    assert re.search(r"\d/\d", capsys.readouterr().out)


# -- regression ---------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [None, 1, 3])
def test_a_regressor_predicts_in_the_shape_of_y(columns):
    slopes = np.ones((4, columns or 1))
    target = (X @ slopes)[:, 0] if columns is None else X @ slopes
    estimator = KerasWrapperRegressor(regressor, **LEARNS).fit(X, target)
    assert estimator.predict(X).shape == target.shape
    assert estimator.predict(X).dtype == "float64"
    assert estimator.score(X, target) > 0.8


def test_initialize_builds_what_fit_would_begin_with():
    clf = KerasWrapperModel(classifier, **QUICK).initialize(X, Y)
    assert clf.history_ == {}
    assert clf.predict_proba(X).shape == (len(X), 3)
    fitted = KerasWrapperModel(classifier, **QUICK).fit(X, Y)
    going_on = clf.partial_fit(X, Y, epochs=2, batch_size=16)
    np.testing.assert_array_equal(going_on.predict_proba(X), fitted.predict_proba(X))
