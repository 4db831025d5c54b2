"""Predictions by OpenVINO are those of Keras, whatever the net and whatever becomes of it."""

import logging
import pickle
import sys

import keras
import numpy as np
import openvino
import pytest
from keras import layers
from nets import QUICK, classifier, groups, text_layers, two_inputs

from keraswrap import (
    KerasWrapperModel,
    KerasWrapperRegressor,
    KerasWrapperSequential,
    _runtimes,
    config_context,
)
from keraswrap._engine import compiled_net, network, precision
from keraswrap.exceptions import MissingExtraError, ParameterError
from keraswrap.layers import PaddingMask
from keraswrap.model_selection import GridSearchCV

X, INDEX = groups()
IDS = np.where(np.arange(6) < 1 + np.arange(90)[:, None] % 6, 1 + INDEX[:, None], 0)


def masked(meta):
    ids = keras.Input((None,), dtype="int32")
    states = layers.Embedding(5, 4)(ids)
    mask = PaddingMask(0)(ids)
    mean = layers.GlobalAveragePooling1D()(states, mask=keras.ops.cast(mask, "bool"))
    return keras.Model(ids, layers.Dense(meta["n_classes_"])(mean))


def two_outputs(meta, named=True):
    inputs = keras.Input((meta["n_features_in_"],))
    hidden = layers.Dense(8, activation="relu")(inputs)
    kind = layers.Dense(3, name="kind")(hidden)
    size = layers.Dense(1, name="size")(hidden)
    return keras.Model(inputs, {"kind": kind, "size": size} if named else [kind, size])


def in_steps(meta):
    inputs = keras.Input((meta["n_features_in_"],))
    hidden = layers.LSTM(4)(layers.Reshape((2, 2))(inputs))
    return keras.Model(inputs, layers.Dense(meta["n_classes_"], activation="softmax")(hidden))


def normalized(meta):
    inputs = keras.Input((meta["n_features_in_"],))
    hidden = layers.Normalization()(inputs)
    hidden = layers.BatchNormalization()(layers.Dropout(0.5)(layers.Dense(8)(hidden)))
    return keras.Model(inputs, layers.Dense(meta["n_classes_"])(layers.Activation("silu")(hidden)))


class Subclass(keras.Model):
    def __init__(self):
        super().__init__()
        self.last = layers.Dense(3)

    def call(self, rows):
        return self.last(rows)


PAIR = {"left": X[:, :1], "right": X[:, 1:2]}
BOTH = {"kind": INDEX, "size": X[:, 0] + 0.5}
NETS = {
    "dense": (KerasWrapperModel, classifier, X, INDEX),
    "two inputs": (KerasWrapperModel, two_inputs, PAIR, INDEX),
    "two outputs": (KerasWrapperModel, two_outputs, X, BOTH),
    "a list of outputs": (
        KerasWrapperModel,
        lambda meta: two_outputs(meta, named=False),
        X,
        BOTH,
    ),
    "layers": (KerasWrapperSequential, [layers.Dense(8), layers.Dense(3)], X, INDEX),
    "statistics": (KerasWrapperModel, normalized, X, INDEX),
    "one number": (
        KerasWrapperRegressor,
        [lambda: keras.Sequential([keras.Input((4,)), layers.Dense(1)])][0],
        X,
        X[:, 0],
    ),
}


def predictions(clf, rows):
    ask = getattr(clf, "predict_proba", clf.predict)
    said = ask(rows)
    return said if isinstance(said, dict) else {"": said}


@pytest.fixture
def converted(monkeypatch):
    """How many nets were converted."""
    made = []
    real = compiled_net.to_openvino
    monkeypatch.setattr(compiled_net, "to_openvino", lambda net: made.append(net) or real(net))
    return made


@pytest.mark.parametrize(("kind", "net", "rows", "y"), NETS.values(), ids=NETS)
def test_they_are_those_of_keras(kind, net, rows, y, converted):
    clf = kind(net, **QUICK).fit(rows, y)
    expected = predictions(clf, rows)
    assert clf.runtime_ == "keras float32"
    clf.set_params(runtime="openvino")
    assert clf.runtime_ == "openvino float32"
    for size in (None, 7):
        found = predictions(clf.set_params(predict__batch_size=size), rows)
        assert found.keys() == expected.keys()
        for name, part in found.items():
            np.testing.assert_allclose(part, expected[name], atol=1e-5)
    assert len(converted) == 1


def test_rows_are_cut_to_their_length():
    clf = KerasWrapperModel(masked, **QUICK).fit(IDS, INDEX)
    expected = clf.predict_proba(IDS)
    found = clf.set_params(runtime="openvino", predict__batch_size=8).predict_proba(IDS)
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("can", [True, False])
def test_a_net_trained_in_bfloat16_is_close(can, monkeypatch):
    clf = KerasWrapperModel(classifier, precision="mixed_bfloat16", **QUICK).fit(X, INDEX)
    expected = clf.predict_proba(X)
    monkeypatch.setattr(compiled_net, "has_bfloat16", lambda: can)
    clf.set_params(runtime="openvino")
    assert clf.runtime_ == f"openvino {'bfloat16' if can else 'float32'}"
    np.testing.assert_allclose(clf.predict_proba(X), expected, atol=0.02)
    clf.set_params(runtime="keras")
    np.testing.assert_array_equal(clf.predict_proba(X), expected)


CHANGES = {
    "fitted again": lambda clf: clf.fit(X, INDEX[::-1]),
    "trained further": lambda clf: clf.partial_fit(X, INDEX),
    "a warm start": lambda clf: clf.set_params(warm_start=True).fit(X, INDEX),
    "another state": lambda clf: clf.network_.adopt(
        KerasWrapperModel(classifier, params={"epochs": 1}, random_state=1)
        .fit(X, INDEX)
        .network_.state
    ),
    "by hand": lambda clf: clf.net.layers[-1].set_weights(
        [2 * value for value in clf.net.layers[-1].get_weights()]
    ),
}


@pytest.mark.parametrize("kept", [4, 0])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_they_follow_each_change(change, kept):
    with config_context(kept_networks=kept):
        clf = KerasWrapperModel(classifier, runtime="openvino", **QUICK).fit(X, INDEX)
        before = clf.predict_proba(X)
        for _ in range(2):
            change(clf)
            found = clf.predict_proba(X)
            expected = clf.set_params(runtime="keras").predict_proba(X)
            np.testing.assert_allclose(found, expected, atol=1e-6)
            assert not np.allclose(found, before, atol=1e-6)
            clf.set_params(runtime="openvino")


def test_a_net_that_its_user_holds_is_converted_once_unless_it_changes(converted):
    clf = KerasWrapperModel(classifier, runtime="openvino", **QUICK).fit(X, INDEX)
    assert clf.net is not None
    for _ in range(3):
        clf.predict(X)
    assert len(converted) == 1


class Asks(keras.callbacks.Callback):
    clf, said, kept = None, None, None

    def on_epoch_end(self, epoch, logs=None):
        Asks.said = Asks.clf.predict_proba(X)
        Asks.kept = pickle.dumps(Asks.clf)


def test_keras_is_asked_during_training(converted):
    clf = Asks.clf = KerasWrapperModel(classifier, runtime="openvino", **QUICK).fit(X, INDEX)
    clf.partial_fit(X, INDEX, epochs=2, callbacks=[Asks])
    assert not converted
    for one in (clf, pickle.loads(Asks.kept)):
        np.testing.assert_allclose(one.predict_proba(X), Asks.said, atol=1e-6)
    assert len(converted) == 2


def test_a_search_that_shares_epochs_scores_each_of_them(converted):
    results = [
        GridSearchCV(
            KerasWrapperModel(classifier, runtime=runtime, **QUICK),
            {"epochs": [1, 2, 3]},
            scoring="neg_log_loss",
            cv=2,
        )
        .fit(X, INDEX)
        .cv_results_
        for runtime in ("keras", "openvino")
    ]
    scores = [found["mean_test_score"] for found in results]
    np.testing.assert_allclose(*scores, atol=1e-6)
    assert len(set(scores[1])) == 3


def test_what_was_converted_stays_here(tmp_path):
    clf = KerasWrapperModel(classifier, runtime="openvino", **QUICK).fit(X, INDEX)
    expected = clf.predict_proba(X)
    clf.save(tmp_path / "clf.keraswrap")
    copies = [pickle.loads(pickle.dumps(clf)), KerasWrapperModel.load(tmp_path / "clf.keraswrap")]
    for copy in copies:
        assert copy.network_.compiled_net is None
        np.testing.assert_allclose(copy.predict_proba(X), expected, atol=1e-6)


def test_other_fits_in_the_same_live_net_leave_them_alone():
    with config_context(kept_networks=1):
        first, other = (
            KerasWrapperModel(masked, runtime="openvino", params={"epochs": 3}, random_state=seed)
            for seed in range(2)
        )
        expected = first.fit(IDS, INDEX).predict_proba(IDS)
        other.fit(IDS, INDEX)
        np.testing.assert_array_equal(first.predict_proba(IDS), expected)


def test_nothing_is_reported_and_the_process_keeps_its_logging(monkeypatch):
    monkeypatch.setattr(openvino, "convert_model", lambda *_: 1 / 0)  # it does both
    root = logging.getLogger()
    before = root.level, list(root.filters)
    KerasWrapperModel(classifier, runtime="openvino", **QUICK).fit(X, INDEX).predict(X)
    assert (root.level, list(root.filters)) == before


REFUSED = {
    "weights in bfloat16": (
        KerasWrapperModel(classifier, precision="bfloat16", **QUICK),
        X,
        "that OpenVINO can compute",
    ),
    "a subclass": (KerasWrapperModel(Subclass, **QUICK), X, "that declares its inputs"),
    "texts": (
        KerasWrapperSequential(text_layers(), **QUICK),
        np.array(["a good one", "bad"] * 45, dtype=object),
        "that OpenVINO can compute",
    ),
    "a loop": (KerasWrapperModel(in_steps, **QUICK), X, "rule found for operations: TensorList"),
    "callbacks": (
        KerasWrapperModel(classifier, **QUICK).set_params(predict__callbacks=[Asks]),
        X,
        "Expected no callbacks",
    ),
}


@pytest.mark.parametrize(("clf", "rows", "said"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_computed_is_refused(clf, rows, said):
    clf.fit(rows, INDEX % 2).set_params(runtime="openvino")
    with pytest.raises(ParameterError, match=said):
        clf.predict(rows)


def test_an_unknown_runtime_is_refused_before_any_work(monkeypatch):
    monkeypatch.setattr(network.Network, "__init__", lambda *_: 1 / 0)
    with pytest.raises(ParameterError, match="Expected runtime to be one of"):
        KerasWrapperModel(classifier, runtime="torch").fit(X, INDEX)
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(MissingExtraError, match=r"keraswrap\[openvino\]"):
        KerasWrapperModel(classifier, runtime="openvino").fit(X, INDEX)


@pytest.mark.parametrize(("weights", "runtime"), [(10**6, "openvino"), (10**6 - 1, "keras")])
def test_the_environment_means_large_nets(weights, runtime, monkeypatch):
    monkeypatch.setenv(_runtimes._VARIABLE, "openvino")
    monkeypatch.setattr(precision, "matrix_weights", lambda net: weights)
    clf = KerasWrapperModel(classifier, **QUICK).fit(X, INDEX)
    assert clf.runtime_ == f"{runtime} float32"
    clf.predict(X)
    assert (clf.network_.compiled_net is not None) == (runtime == "openvino")
    clf.set_params(predict__callbacks=[Asks]).predict(X)  # which Keras alone calls
    assert clf.set_params(runtime="keras").runtime_ == "keras float32"
