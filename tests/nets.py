"""Small nets and data that the tests share."""

import keras
import numpy as np
from keras import layers

from keraswrap import KerasWrapperModel

QUICK = {"params": {"epochs": 2, "batch_size": 16}, "random_state": 0}
# Enough for two well separated groups.
LEARNS = {
    "params": {"epochs": 15, "batch_size": 16},
    "compile_kwargs": {"optimizer": "adam", "optimizer__learning_rate": 0.05},
    "random_state": 0,
}


def classifier(meta, units=8, activation="softmax", outputs=None, dropout=0.0):
    inputs = keras.Input((meta["n_features_in_"],))
    hidden = layers.Dropout(dropout)(layers.Dense(units, activation="relu")(inputs))
    width = meta["n_classes_"] if outputs is None else outputs
    return keras.Model(inputs, layers.Dense(width, activation=activation)(hidden))


def fixed(**compiled):
    """Make a net of fixed weights for four features and three classes; compile it with these."""
    net = keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="softmax")])
    for variable in net.variables:
        variable.assign(np.linspace(-1, 1, variable.shape[-1]) * np.ones(variable.shape))
    if compiled:
        net.compile(**{"loss": "sparse_categorical_crossentropy", **compiled})
    return net


def regressor(meta, units=8):
    inputs = keras.Input((meta["n_features_in_"],))
    hidden = layers.Dense(units, activation="relu")(inputs)
    return keras.Model(inputs, layers.Dense(meta["n_outputs_"])(hidden))


def two_inputs(meta):
    left, right = keras.Input((1,), name="left"), keras.Input((1,), name="right")
    hidden = layers.Dense(8, activation="relu")(layers.Concatenate()([left, right]))
    return keras.Model([left, right], layers.Dense(meta["n_classes_"])(hidden))


def text_layers():
    return [
        layers.TextVectorization(max_tokens=50, output_sequence_length=4),
        layers.Embedding(50, 8),
        layers.GlobalAveragePooling1D(),
        layers.Dense(1, activation="sigmoid"),
    ]


def output_layer(meta):
    return layers.Dense(meta["n_classes_"])


def groups(n=90, k=3, features=4, seed=0):
    """Make k groups of points, well apart, and the index of each one's group."""
    rng = np.random.default_rng(seed)
    index = np.arange(n) % k
    centres = 4 * np.eye(features)[:k]
    return (centres[index] + rng.normal(scale=0.5, size=(n, features))).astype("float32"), index


def both(compiled, run, callback=None):
    """Give the history of a wrapper of `fixed`, and that of Keras alone on the same rows."""
    X, index = groups()
    called = {"callbacks": [callback()]} if callback else {}
    ours = KerasWrapperModel(fixed, None, compiled, {**run, **called, "shuffle": False})
    held = {"validation_data": (X[:50], index[:50])}
    net = fixed(optimizer="rmsprop", **compiled)
    theirs = net.fit(X, index, verbose=0, shuffle=False, **run, **called, **held)
    return ours.fit(X, index, **held).history_, theirs.history
