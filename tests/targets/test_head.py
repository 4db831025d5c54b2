"""Last layer and loss: what they mean together, and probabilities against SciPy's."""

import numpy as np
import pytest
import scipy.special

from keraswrap._targets.head import Head, canonical, choose_head, to_target
from keraswrap._targets.probabilities import to_proba
from keraswrap.exceptions import BuildError

SPARSE, ONE_HOT, BINARY = (
    "sparse_categorical_crossentropy",
    "categorical_crossentropy",
    "binary_crossentropy",
)


@pytest.mark.parametrize(
    ("width", "activation", "loss", "from_logits", "target", "link"),
    [
        # No loss given: the last layer decides.
        (3, "softmax", None, None, "index", "normalise"),
        (3, "linear", None, None, "index", "softmax"),
        (3, None, None, None, "index", "softmax"),
        (3, "relu", None, None, "index", "softmax"),
        (3, "sigmoid", None, None, "index", "normalise"),
        (2, "linear", None, None, "index", "softmax"),
        (1, "sigmoid", None, None, "binary", "normalise"),
        (1, "linear", None, None, "binary", "sigmoid"),
        (1, None, None, None, "binary", "sigmoid"),
        # A loss that says what it takes.
        (3, "softmax", SPARSE, False, "index", "normalise"),
        (3, "linear", SPARSE, True, "index", "softmax"),
        (3, None, SPARSE, False, "index", "normalise"),
        (3, "relu", SPARSE, True, "index", "softmax"),
        (3, "softmax", ONE_HOT, False, "one_hot", "normalise"),
        (3, "linear", ONE_HOT, True, "one_hot", "softmax"),
        (2, "softmax", "CategoricalFocalCrossentropy", False, "one_hot", "normalise"),
        (3, "softmax", "kl_divergence", None, "one_hot", "normalise"),
        (3, "softmax", "mse", None, "one_hot", "normalise"),
        (1, "sigmoid", BINARY, False, "binary", "normalise"),
        (1, "linear", BINARY, True, "binary", "sigmoid"),
        (1, "sigmoid", "mse", None, "binary", "normalise"),
        # One sigmoid a class, trained one against the rest.
        (3, "sigmoid", BINARY, False, "one_hot", "normalise"),
        (3, "linear", BINARY, True, "one_hot", "sigmoid"),
        # A loss of the user's own says nothing: integers, and the last layer decides.
        (3, "softmax", "custom", None, "index", "normalise"),
        (3, "linear", "custom", None, "index", "softmax"),
    ],
)
def test_net_and_loss_decide_the_head(width, activation, loss, from_logits, target, link):
    head = choose_head(width, activation, loss, from_logits)
    assert (head.target, head.link, head.width) == (target, link, width)


@pytest.mark.parametrize(
    ("width", "activation", "loss", "from_logits", "match"),
    [
        (3, "softmax", SPARSE, True, "gives probabilities, but .* from_logits=True"),
        (3, "linear", SPARSE, False, "gives logits, but .* from_logits=False"),
        (1, "sigmoid", BINARY, True, "gives probabilities, but .* from_logits=True"),
        (1, "linear", BINARY, False, "or set apply_softmax to decide"),
        (1, "sigmoid", SPARSE, False, "has 1 output unit, but .* one unit per class"),
        (1, "linear", ONE_HOT, True, "Give the net 2 units"),
        (1, "sigmoid", "CategoricalFocalCrossentropy", None, "has 1 output unit"),
        (1, "softmax", None, None, r"always 1\. .* If y holds 1 class.* classes="),
        (1, "linear", "hinge", None, "no probabilities"),
        (3, "linear", "CategoricalHinge", None, "'sparse_categorical_crossentropy'"),
        (1, "tanh", "squared_hinge", None, "trains margins"),
    ],
)
def test_contradictions_are_errors(width, activation, loss, from_logits, match):
    with pytest.raises(BuildError, match=match):
        choose_head(width, activation, loss, from_logits)


@pytest.mark.parametrize(("apply_softmax", "link"), [(True, "softmax"), (False, "normalise")])
@pytest.mark.parametrize("activation", ["softmax", "linear"])
def test_the_users_word_ends_every_contradiction(activation, apply_softmax, link):
    head = choose_head(3, activation, SPARSE, activation == "softmax", apply_softmax)
    assert (head.link, head.from_logits) == (link, apply_softmax)


@pytest.mark.parametrize(
    ("spelled", "name"),
    [
        ("BinaryCrossentropy", "binarycrossentropy"),
        ("binary_crossentropy", "binarycrossentropy"),
        ("mse", "meansquarederror"),
        ("MeanSquaredError", "meansquarederror"),
        ("kl_divergence", "kldivergence"),
    ],
)
def test_a_loss_has_one_canonical_name(spelled, name):
    assert canonical(spelled) == name


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


@pytest.mark.parametrize(
    ("target", "width", "expected", "dtype"),
    [
        ("index", 3, [0, 2, 1], "int32"),
        ("one_hot", 3, [[1, 0, 0], [0, 0, 1], [0, 1, 0]], "float32"),
        ("binary", 1, [[0], [2], [1]], "float32"),
    ],
)
def test_targets_are_what_the_loss_wants(target, width, expected, dtype):
    made = to_target(np.array([0, 2, 1]), Head(target, "softmax", width))
    assert (made.tolist(), made.dtype) == (expected, dtype)
