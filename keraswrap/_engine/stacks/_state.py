"""The states of many nets of one signature as matrices with a row for each net.

An optimizer that treats each weight by itself trains a matrix as it would train each
net, with one learning rate for each row.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import keras
import numpy as np

from keraswrap._engine.seeds import count_variables
from keraswrap._engine.serialization import copy_with
from keraswrap._engine.stacks._why_alone import AloneError
from keraswrap._engine.state import NetState

if TYPE_CHECKING:
    import tensorflow as tf

# Keras's name for the variable of an optimizer of which each net has its own.
_RATE = "_learning_rate"


class StackState:
    """Variables that hold the states of many nets.

    Parameters
    ----------
    net : keras.Model
        Compiled, with an optimizer that treats each weight by itself; what each of them
        is like.
    count : int
        How many nets there are.

    Attributes
    ----------
    weights : keras.Variable of shape (count, n_weights)
        What is trained.
    others : list of keras.Variable of shape (count, ...)
        Statistics and the state of generators.
    rates : keras.Variable of shape (count, 1)
        Learning rates; unused where a schedule decides them.
    optimizer : keras.optimizers.Optimizer
        Built for `weights`.
    weight_places : list of int
        Where in `NetState.variables` those are that ``keras.Model.get_weights`` returns.

    Raises
    ------
    AloneError
        If the optimizer keeps something else than numbers for each weight or for all.
    """

    def __init__(self, net: keras.Model, count: int) -> None:
        self._net, self.count = net, count
        trained, other = net.trainable_variables, net.non_trainable_variables
        index = {id(v): place for place, v in enumerate(net.variables)}
        self._trained = [index[id(v)] for v in trained]
        self._other = [index[id(v)] for v in other]
        self.weight_places = [index[id(v)] for v in net.weights]
        self.shapes = [tuple(v.shape) for v in trained]
        self.sizes = [math.prod(shape) for shape in self.shapes]
        self.weights = keras.Variable(np.zeros((count, sum(self.sizes)), "float32"))
        self.others = [keras.Variable(repeated(v, count), dtype=v.dtype) for v in other]
        self.rates = keras.Variable(np.zeros((count, 1), "float32"))
        self.optimizer = self._copy_optimizer()
        self._places = self._find_places(len(trained))
        made = [self.weights, self.rates, *self.others, *self.optimizer.variables]
        count_variables(made)

    def _copy_optimizer(self) -> keras.optimizers.Optimizer:
        given = self._net.optimizer
        # Of all weights of a net together, which are a row here.
        self.clip = given.global_clipnorm
        changes: dict[str, object] = {"global_clipnorm": None}
        self.has_rates = isinstance(getattr(given, _RATE), keras.Variable)
        if self.has_rates:  # they broadcast over the weights of their nets
            changes["learning_rate"] = lambda: self.rates.value
        made = copy_with(given, changes)
        made.build([self.weights])
        return made

    def _find_places(self, count: int) -> dict[str, list[int]]:
        """Find which variables of a net's optimizer are in which of its attributes.

        An attribute is a variable, or a list with one for each of `count` trained weights.
        """
        names: dict[int, str] = {}
        for name, value in vars(self._net.optimizer).items():
            if isinstance(value, keras.Variable):
                names[id(value)] = name
            elif isinstance(value, list) and len(value) == count and name != "_variables":
                names |= {id(one): name for one in value}
        places: dict[str, list[int]] = {}
        for place, variable in enumerate(self._net.optimizer.variables):
            if id(variable) not in names:
                raise AloneError("its optimizer has a state of another kind")
            places.setdefault(names[id(variable)], []).append(place)
        return places

    def apply(self, gradients: tf.Tensor) -> None:
        """Take a step of the optimizer, after clipping the gradient of each net."""
        if self.clip is not None:
            square = keras.ops.sum(keras.ops.square(gradients), axis=1, keepdims=True)
            gradients *= self.clip / keras.ops.maximum(keras.ops.sqrt(square), self.clip)
        self.optimizer.apply([gradients], [self.weights])

    def load(self, states: Sequence[NetState]) -> None:
        """Take over the states of nets, row by row.

        Raises
        ------
        AloneError
            If they differ in what all must share, such as the number of steps.
        """
        self.weights.assign(_joined([_picked(s.variables, self._trained) for s in states]))
        for variable, place in zip(self.others, self._other, strict=True):
            variable.assign(np.stack([state.variables[place] for state in states]))
        for name, places in self._places.items():
            values = [_picked(state.optimizer, places) for state in states]
            if name == _RATE:
                self.rates.assign(np.stack([value for (value,) in values])[:, None])
            elif self._is_shared(name):
                if any(not np.array_equal(value, values[0]) for value in values):
                    raise AloneError(f"their optimizers differ in {name}")
                getattr(self.optimizer, name).assign(values[0][0])
            else:
                getattr(self.optimizer, name)[0].assign(_joined(values))

    def copies(self, like: Sequence[NetState]) -> list[NetState]:
        """Copy the states out.

        Parameters
        ----------
        like : sequence of NetState
            What is in them besides variables.
        """
        variables = dict(zip(self._trained, self._cut(self.weights), strict=True))
        variables |= {p: np.array(v) for p, v in zip(self._other, self.others, strict=True)}
        optimizer: dict[int, np.ndarray] = {}
        for name, places in self._places.items():
            if name == _RATE:
                values = [np.array(self.rates)[:, 0]]
            elif self._is_shared(name):
                values = [repeated(getattr(self.optimizer, name), self.count)]
            else:
                values = self._cut(getattr(self.optimizer, name)[0])
            optimizer |= zip(places, values, strict=True)
        return [
            replace(
                state,
                variables=[np.array(variables[place][row]) for place in range(len(variables))],
                optimizer=[np.array(optimizer[place][row]) for place in range(len(optimizer))],
            )
            for row, state in enumerate(like)
        ]

    def _is_shared(self, name: str) -> bool:
        return isinstance(getattr(self.optimizer, name), keras.Variable)

    def _cut(self, matrix: keras.Variable) -> list[np.ndarray]:
        parts = np.split(np.array(matrix), np.cumsum(self.sizes)[:-1], axis=1)
        shapes = zip(parts, self.shapes, strict=True)
        return [part.reshape(self.count, *shape) for part, shape in shapes]


def repeated(value: keras.Variable, count: int) -> np.ndarray:
    """Repeat the value of a variable along a new first axis."""
    return np.repeat(np.array(value)[None], count, axis=0)


def _picked(values: Sequence[np.ndarray], places: Sequence[int]) -> list[np.ndarray]:
    return [values[place] for place in places]


def _joined(rows: Sequence[Sequence[np.ndarray]]) -> np.ndarray:
    return np.stack([np.concatenate([value.ravel() for value in row]) for row in rows])
