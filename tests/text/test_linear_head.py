"""A linear layer on vectors, against scikit-learn."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.multiclass import OneVsRestClassifier

from keraswrap.text._linear_head import fit_linear_head

rng = np.random.default_rng(0)
VECTORS = rng.normal(size=(30, 5))
VECTORS /= np.linalg.norm(VECTORS, axis=1, keepdims=True)
WEIGHTS = rng.uniform(0.1, 1.9, size=30)


def softmax(logits):
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def sigmoid(logits):
    return 1 / (1 + np.exp(-logits))


@pytest.mark.parametrize("weights", [None, WEIGHTS])
@pytest.mark.parametrize("k", [2, 4])
def test_the_softmax_is_scikit_learns(k, weights):
    y = np.arange(30) % k
    head = fit_linear_head(VECTORS, np.eye(k)[y], weights, several=False, strength=3.0)
    reference = LogisticRegression(C=3.0).fit(VECTORS, y, weights)
    proba = reference.predict_proba(VECTORS)
    np.testing.assert_allclose(softmax(VECTORS @ head.kernel + head.bias), proba, atol=1e-3)
    np.testing.assert_allclose(head.loss, log_loss(y, proba, sample_weight=weights), rtol=1e-3)


def test_each_sigmoid_is_scikit_learns():
    labels = (rng.random((30, 3)) < 0.4).astype(int)
    head = fit_linear_head(VECTORS, labels, None, several=True, strength=3.0)
    reference = OneVsRestClassifier(LogisticRegression(C=3.0)).fit(VECTORS, labels)
    proba = reference.predict_proba(VECTORS)
    np.testing.assert_allclose(sigmoid(VECTORS @ head.kernel + head.bias), proba, atol=1e-3)


def test_weight_0_is_absence():
    y, some = np.arange(30) % 3, np.arange(30) < 20
    heads = [
        fit_linear_head(VECTORS, np.eye(3)[y], some.astype(float), several=False),
        fit_linear_head(VECTORS[some], np.eye(3)[y[some]], None, several=False),
    ]
    np.testing.assert_array_equal(heads[0].kernel, heads[1].kernel)
    assert heads[0].loss == heads[1].loss


def test_a_class_without_texts_is_improbable():
    labels = np.eye(4)[np.arange(30) % 3]  # none of the last
    head = fit_linear_head(VECTORS, labels, None, several=False)
    assert softmax(VECTORS @ head.kernel + head.bias)[:, 3].max() < np.exp(-10)


def test_a_class_alone_is_certain_and_a_label_alone_follows_laplace():
    labels = np.tile([[1, 0]], (30, 1))
    alone = fit_linear_head(VECTORS, labels, None, several=False)
    assert softmax(VECTORS @ alone.kernel + alone.bias)[:, 0].min() > 1 - np.exp(-9.9)
    each = fit_linear_head(VECTORS, labels, None, several=True)
    assert sigmoid(each.bias) == pytest.approx([31 / 32, 1 / 32])
    assert not each.kernel.any()
