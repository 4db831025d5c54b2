"""A model of two numbers in a registry, new rows that it gets wrong, and a monitor that says so."""

from dataclasses import dataclass

import keras
import numpy as np

from keraswrap import KerasWrapperSequential
from keraswrap.tracking import open_registry, register

NAME = "signs"


@dataclass
class Statement:
    answer: str = "yes"
    reason: str = "The inputs moved."


@dataclass
class Report:
    statements: tuple


@dataclass
class Monitor:
    """Says what it is told to say."""

    answer: str = "yes"
    checks: int = 0

    def check(self, X_new, y_new=None):
        self.checks += 1
        return Report((Statement(self.answer),))


def net(seed=0):
    layers = [keras.layers.Dense(2, activation="softmax")]
    return KerasWrapperSequential(
        layers,
        params={"epochs": 10, "batch_size": 32},
        compile_kwargs={"optimizer": "adam", "optimizer__learning_rate": 0.1},
        random_state=seed,
    )


def draw(n, seed, moved=False):
    """Rows whose label is the sign of a sum; the second number is tiny until the inputs move."""
    X = np.random.default_rng(seed).normal(size=(n, 2)) * [1, 3 if moved else 0.01]
    return X, np.where(X.sum(axis=1) > 0, "up", "down")


def new_registry(folder):
    registry = open_registry(folder / "registry.sqlite")
    X, y = draw(200, 1)
    register(net().fit(X, y), NAME, registry, alias="champion")
    return registry


def kinds(registry):
    return [event.kind for event in registry.events(NAME)]
