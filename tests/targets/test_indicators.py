"""Rows with several labels, or none: indicators in, a probability for each label out."""

import keras
import numpy as np
import pytest
from nets import output_layer
from scipy import sparse
from sklearn.metrics import accuracy_score, roc_auc_score
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.neural_network import MLPClassifier

from keraswrap import KerasWrapperModel, KerasWrapperSequential
from keraswrap._targets.head import choose_indicator_head
from keraswrap.exceptions import BuildError, InputError, ParameterError

LEARNS = {
    "compile_kwargs": {"optimizer": "adam", "optimizer__learning_rate": 0.05},
    "params": {"epochs": 20, "batch_size": 16},
    "random_state": 0,
}
rng = np.random.default_rng(0)
X = rng.normal(size=(120, 3)).astype("float32")
Y = (X > 0).astype(int)  # every combination of three labels, none of them included


def build(meta, activation=None):
    assert meta["multi_label_"]
    inputs = keras.Input((meta["n_features_in_"],))
    hidden = keras.layers.Dense(16, activation="relu")(inputs)
    return keras.Model(inputs, keras.layers.Dense(meta["n_classes_"], activation)(hidden))


@pytest.fixture(scope="module")
def fitted():
    return KerasWrapperModel(build, **LEARNS).fit(X, Y)


@pytest.mark.parametrize("activation", [None, "sigmoid"])
@pytest.mark.parametrize("kind", [np.asarray, np.ndarray.tolist, sparse.csr_matrix], ids=str)
def test_each_label_is_learned_by_itself(activation, kind):
    clf = KerasWrapperModel(build, {"activation": activation}, **LEARNS).fit(X, kind(Y))
    proba, mlp = clf.predict_proba(X), MLPClassifier(max_iter=5, random_state=0).fit(X, Y)
    assert proba.shape == mlp.predict_proba(X).shape == Y.shape
    assert clf.classes_.tolist() == mlp.classes_.tolist()
    assert clf.score(X, Y) == accuracy_score(Y, clf.predict(X)) > 0.85
    assert roc_auc_score(Y, proba) > 0.95
    np.testing.assert_array_equal(clf.predict(X), proba > 0.5)


def test_a_list_of_layers_learns_them_too():
    clf = KerasWrapperSequential([keras.layers.Dense(16, "relu"), output_layer], **LEARNS)
    same = KerasWrapperModel(build, **LEARNS).fit(X, Y)
    np.testing.assert_array_equal(clf.fit(X, Y).predict_proba(X), same.predict_proba(X))


def test_accuracy_counts_each_label(fitted):
    clf = KerasWrapperModel(build, **LEARNS)
    clf.set_params(compile__metrics=["accuracy"], validation_data=(X, Y)).fit(X, Y)
    expected = np.mean(clf.predict(X) == Y)
    assert clf.history_["val_accuracy"][-1] == pytest.approx(expected, abs=1e-6)


def test_searches_and_folds_take_them(fitted):
    search = GridSearchCV(KerasWrapperModel(build, **LEARNS), {"epochs": [1, 20]}, cv=2).fit(X, Y)
    assert search.best_params_ == {"epochs": 20}
    held_out = cross_val_predict(fitted, X, Y, cv=3, method="predict_proba")
    assert roc_auc_score(Y, held_out) > 0.9


def test_columns_can_be_named(fitted):
    named = KerasWrapperModel(build, classes=["a", "c", "b"], **LEARNS).fit(X, Y)
    assert named.classes_.tolist() == ["a", "c", "b"]
    np.testing.assert_array_equal(named.predict(X), fitted.predict(X))


def test_a_saved_one_predicts_the_same(fitted, tmp_path):
    fitted.save(tmp_path / "net.keraswrap")
    loaded = KerasWrapperModel.load(tmp_path / "net.keraswrap", model=build)
    np.testing.assert_array_equal(loaded.predict_proba(X), fitted.predict_proba(X))
    assert loaded.score(X, Y) == fitted.score(X, Y)
    loaded.partial_fit(X, Y)


@pytest.mark.parametrize(
    ("y", "params", "error", "message"),
    [
        (2 * Y, {}, InputError, "zeros and ones of shape"),
        (Y.astype(str), {}, InputError, "zeros and ones of shape"),
        (Y, {"classes": ["a", "b"]}, InputError, "a column for each of the 2 classes"),
        (Y, {"model__activation": "softmax"}, BuildError, "ends in a softmax is for one label"),
        (Y, {"compile__loss": "categorical_crossentropy"}, BuildError, "for one label per row"),
        (Y, {"class_weight": "balanced"}, ParameterError, "class_weight=None.*sample_weight"),
    ],
)
def test_what_cannot_be_is_said_before_training(y, params, error, message):
    clf = KerasWrapperModel(build, **LEARNS).set_params(**params)
    with pytest.raises(error, match=message):
        clf.fit(X, y)
    assert clf.net is None


@pytest.mark.parametrize("y", [Y[:, :2], Y[:, 0]], ids=["fewer columns", "one label"])
def test_other_columns_than_in_fit_are_refused(fitted, y):
    with pytest.raises(InputError, match=r"column for each of the 3|zeros and ones"):
        fitted.score(X, y)


@pytest.mark.parametrize(
    ("activation", "loss", "from_logits", "link"),
    [
        ("linear", None, None, "each_sigmoid"),
        ("sigmoid", None, None, "each"),
        (None, "binary_crossentropy", True, "each_sigmoid"),
        ("sigmoid", "binary_focal_crossentropy", False, "each"),
    ],
)
def test_the_link_follows_from_activation_and_loss(activation, loss, from_logits, link):
    assert choose_indicator_head(3, activation, loss, from_logits).link == link
