"""A small net that is trained on after it was looked at or changed."""

import keras
import nets
from keras import layers

from keraswrap import KerasWrapperModel

X, y = nets.groups(36, 2)


def small():
    inputs = keras.Input((4,))
    hidden = layers.Dense(3, activation="tanh")(inputs)
    return keras.Model(inputs, layers.Dense(2)(layers.Dropout(0.2)(hidden)))


def make(model=small, rate=0.1, optimizer="sgd", **settings):
    params = {"epochs": 2, "batch_size": 16, "shuffle": False}
    compiled = {"optimizer": optimizer, "optimizer__learning_rate": rate}
    return KerasWrapperModel(model, None, compiled, params, random_state=0, **settings)


def hidden(net):
    return next(layer for layer in net.layers if isinstance(layer, layers.Dense))


def give_lora(net, **arguments):
    seeded = keras.initializers.RandomNormal(seed=0)
    hidden(net).enable_lora(2, a_initializer=seeded, **arguments)
