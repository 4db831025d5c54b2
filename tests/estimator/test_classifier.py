"""Labels in, probabilities out: what the wrappers of classifiers promise."""

import keras
import numpy as np
import pytest
from nets import LEARNS, QUICK, classifier, groups
from sklearn.utils.class_weight import compute_class_weight

from keraswrap import KerasWrapperModel

X, INDEX = groups()
NAMES = np.array(["ant", "bee", "cat"])
Y = NAMES[INDEX]


@pytest.fixture(scope="module")
def fitted():
    return KerasWrapperModel(classifier, {"dropout": 0.3}, **QUICK).fit(X, Y)


def test_partial_fit_knows_classes_that_the_first_batch_misses():
    estimator = KerasWrapperModel(classifier, **QUICK)
    estimator.partial_fit(X[INDEX < 2], Y[INDEX < 2], classes=NAMES)
    assert estimator.partial_fit(X, Y).predict_proba(X).shape == (90, 3)
    assert estimator.get_params()["classes"] is None


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
