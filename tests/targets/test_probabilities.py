"""Raw outputs to probabilities, held against scipy."""

import numpy as np
import pytest
import scipy.special

from keraswrap._targets.probabilities import to_proba

SCORES = np.random.default_rng(0).normal(scale=30, size=(50, 4))
EXTREMES = np.array([[1000.0, -1000.0, 0.0], [-1e300, 1e300, 0.0], [0.0, 0.0, 0.0]])


@pytest.mark.parametrize("raw", [SCORES, SCORES.astype("float32"), EXTREMES])
def test_softmax_is_scipys(raw):
    expected = scipy.special.softmax(raw.astype("float64"), axis=1)
    np.testing.assert_allclose(to_proba(raw, "softmax"), expected, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("raw", [SCORES[:, :1], np.array([[800.0], [-800.0], [0.0]])])
def test_one_logit_is_scipys_sigmoid(raw):
    proba = to_proba(raw, "sigmoid")
    np.testing.assert_allclose(proba[:, [1]], scipy.special.expit(raw), rtol=1e-12)
    np.testing.assert_array_equal(proba.sum(axis=1), 1.0)


def test_one_probability_is_that_of_the_second_class():
    proba = to_proba(np.array([[0.25], [1.0], [1 + 1e-7]], dtype="float32"), "normalise")
    assert proba.tolist() == [[0.75, 0.25], [0.0, 1.0], [0.0, 1.0]]


def test_probabilities_are_only_brought_to_sum_to_one():
    raw = scipy.special.softmax(SCORES, axis=1).astype("float32")
    proba = to_proba(raw, "normalise")
    np.testing.assert_allclose(proba, raw, rtol=1e-6, atol=1e-38)
    np.testing.assert_allclose(proba.sum(axis=1), 1.0, atol=1e-12)


def test_one_sigmoid_a_class_is_read_each_by_itself():
    each = scipy.special.expit(SCORES)
    expected = each / each.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(to_proba(SCORES, "sigmoid"), expected, rtol=1e-10)


def test_a_row_of_zeros_prefers_no_class():
    assert to_proba(np.zeros((1, 4)), "normalise").tolist() == [[0.25] * 4]


@pytest.mark.parametrize("link", ["softmax", "sigmoid", "normalise"])
@pytest.mark.parametrize(("width", "k"), [(1, 2), (2, 2), (5, 5)])
def test_probabilities_are_float64_and_sum_to_one(width, k, link):
    proba = to_proba(np.full((1, width), 0.5, dtype="float16"), link)
    assert (proba.shape, proba.dtype) == ((1, k), "float64")
    np.testing.assert_allclose(proba.sum(axis=1), 1.0, atol=1e-12)
