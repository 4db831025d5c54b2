"""Names that Keras makes up begin anew for each net, and so do the sums that they order."""

import types

import keras
import numpy as np
import pytest
from keras import layers
from nets import groups

from keraswrap import KerasWrapperModel, KerasWrapperSequential
from keraswrap._engine.layer_names import avoid, is_made_up, make_up, numbered_anew, numbered_on

X, Y = groups()
ELSEWHERE = types.SimpleNamespace(scale=layers.Dense(4, trainable=False, name="dense"))


def made():
    return layers.Dense(1).name


def count_to(number):
    """Let Keras count to at least a number, as other nets of the process would."""
    while not made().endswith(f"_{number}"):
        pass


def test_keras_counts_on_outside_of_the_block():
    with numbered_anew():
        count_to(3)
        before = make_up(layers.Dropout)
        with numbered_anew():
            assert (made(), made(), make_up(layers.Dropout)) == ("dense", "dense_1", "dropout")
        assert (made(), before, make_up(layers.Dropout)) == ("dense_4", "dropout", "dropout_1")


def test_inside_it_the_process_can_count_on():
    before = make_up(layers.ReLU)
    with numbered_anew(), numbered_on():
        inside = make_up(layers.ReLU)
    after = make_up(layers.ReLU)
    numbers = [int(name.removeprefix("re_lu").strip("_") or 0) for name in (before, inside, after)]
    assert np.diff(numbers).tolist() == [1, 1]


@pytest.mark.parametrize(
    ("taken", "next_one"),
    [("dense", "dense_1"), ("dense_7", "dense_8"), ("mine", "dense"), ("dense_x_2", "dense")],
)
def test_names_that_are_taken_are_not_made_up(taken, next_one):
    with numbered_anew():
        avoid([taken])
        assert made() == next_one


@pytest.mark.parametrize(
    ("name", "kind", "could_be"),
    [
        ("dense", layers.Dense, True),
        ("dense_12", layers.Dense, True),
        ("conv2d_1", layers.Conv2D, True),
        ("dense_first", layers.Dense, False),
        ("dense", layers.Dropout, False),
        (None, layers.Dense, False),
    ],
)
def test_names_that_keras_could_have_made_up(name, kind, could_be):
    assert is_made_up(name, kind) is could_be


def penalized(meta):
    inputs = keras.Input((meta["n_features_in_"],))
    parts = [layers.Dense(4, kernel_regularizer="l2")(inputs) for _ in range(4)]
    return keras.Model(inputs, layers.Dense(meta["n_classes_"])(layers.Concatenate()(parts)))


def layer_list():
    return [layers.Dense(4, kernel_regularizer="l2") for _ in range(4)] + [layers.Dense(3)]


def same_names():
    return KerasWrapperModel(penalized, None, {}, {"epochs": 2}, random_state=0)


def new_list():
    return KerasWrapperSequential(layer_list(), params={"epochs": 2}, random_state=0)


@pytest.mark.parametrize("make", [same_names, new_list])
def test_what_the_process_built_before_changes_no_bit(make):
    found = []
    for number in (1, 8):
        with numbered_anew():
            count_to(number)
            estimator = make().fit(X, Y)
            found.append((estimator.predict_proba(X), [w.path for w in estimator.net.weights]))
    np.testing.assert_array_equal(found[0][0], found[1][0])
    assert found[0][1] == found[1][1]


def test_names_given_by_the_user_stay():
    given = [layers.Dense(4), layers.Dense(4, name="dense_1"), layers.Dense(3, name="last")]
    net = KerasWrapperSequential(given, params={"epochs": 1}).fit(X, Y).net
    assert [layer.name for layer in net.layers] == ["dense", "dense_1", "last"]


def uses_a_layer_that_is_not_found(meta):
    return keras.Sequential([ELSEWHERE.scale, layers.Dense(4), layers.Dense(3)])


def test_equal_names_fall_back_to_the_count_of_the_process():
    made()  # so that Keras's own count is past the name of the layer
    estimator = KerasWrapperModel(uses_a_layer_that_is_not_found, None, {}, {"epochs": 1})
    names = [layer.name for layer in estimator.fit(X, Y).net.layers]
    assert names[0] == "dense"
    assert len(set(names)) == 3
