"""Last layer and loss: what they mean together, and probabilities against SciPy's."""

import numpy as np
import pytest

from keraswrap._targets.head import Head, canonical, choose_head, to_target
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
