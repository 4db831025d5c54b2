"""Layers of a list, made again: with every argument, or refused by name."""

import pickle

import keras
import numpy as np
import pytest
from keras import layers
from nets import QUICK, groups

from keraswrap import KerasWrapperModel, KerasWrapperSequential
from keraswrap._engine.layer_spec import LayerSpec
from keraswrap.exceptions import BuildError, SavedFileError

X, Y = groups(40, 2)


class Scaled(keras.layers.Layer):
    """Gives all its arguments, by what Keras keeps of them."""

    def __init__(self, by=1.0, **kwargs):
        super().__init__(**kwargs)
        self.by = by

    def call(self, rows):
        return rows * self.by


class Forgets(Scaled):
    def get_config(self):
        return keras.layers.Layer.get_config(self)


class Renames(Forgets):
    def get_config(self):
        return {**super().get_config(), "factor": self.by}

    @classmethod
    def from_config(cls, config):
        return cls(config.pop("factor"), **config)


class Shrink(keras.regularizers.Regularizer):
    def __init__(self, by=0.0):
        self.by = by

    def __call__(self, weights):
        return self.by * keras.ops.sum(weights**2)

    def get_config(self):
        return {}


@pytest.mark.parametrize(
    "layer", [Scaled(3.0), Renames(3.0), Forgets()], ids=lambda each: each.name
)
def test_a_layer_of_the_users_own_comes_back_with_its_arguments(layer):
    made = pickle.loads(pickle.dumps(LayerSpec.of(layer)))()
    assert type(made) is type(layer)
    assert made.by == layer.by


@pytest.mark.parametrize(
    ("layer", "lost"),
    [
        (Forgets(3.0), r"\(by\)"),
        (layers.Dense(2, kernel_regularizer=Shrink(0.5)), r"\(those of Shrink\)"),
        (keras.Sequential([keras.Input((4,)), Forgets(3.0)]), r"\(by\)"),
    ],
)
def test_what_a_configuration_leaves_out_is_named(layer, lost):
    with pytest.raises(BuildError, match=rf"leaves arguments out of its configuration {lost}"):
        KerasWrapperSequential([layer, layers.Dense(2)], **QUICK).fit(X, Y)


def forgetful():
    inputs = keras.Input((4,))
    return keras.Model(inputs, layers.Dense(2, activation="softmax")(Forgets(3.0)(inputs)))


def test_a_file_holds_no_net_that_would_come_back_as_another(tmp_path):
    fitted = KerasWrapperModel(forgetful, **QUICK).fit(X, Y)
    fitted.save(tmp_path / "net.keraswrap")
    with pytest.raises(SavedFileError, match="has no configuration, or not all of it"):
        KerasWrapperModel.load(tmp_path / "net.keraswrap", custom_objects={"Forgets": Forgets})
    loaded = KerasWrapperModel.load(tmp_path / "net.keraswrap", model=forgetful)
    np.testing.assert_array_equal(loaded.predict_proba(X), fitted.predict_proba(X))
