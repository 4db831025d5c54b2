"""The functions that train, evaluate and ask many nets of one signature together.

Their steps are those of Keras's `train_step` and `test_step`, in the stateless form in which
its JAX trainer runs them, with a leading axis of nets that TensorFlow's vectorized map adds.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from keraswrap._engine.stacks._rows import StackRows
from keraswrap._engine.stacks._state import StackState, repeated

if TYPE_CHECKING:
    import tensorflow as tf

# Values of metrics by name, each of shape (m,) or (m, k).
Logs = dict[str, Any]
# Values of one kind of variable, each of one net or with a leading axis of nets.
Values = list["tf.Tensor"]
# The most rows of all nets together that are asked about in one call.
_ROWS = 2**15


class StackProgram:
    """Nets that are trained and asked together.

    Parameters
    ----------
    net : keras.Model
        Compiled, without a reason of `why_net_alone`; how each of them computes. Its own
        variables are left alone.
    count : int
        How many nets there are.

    Attributes
    ----------
    state : StackState

    Raises
    ------
    AloneError
        If nets like this one cannot be trained together.
    """

    def __init__(self, net: keras.Model, count: int) -> None:
        self._net, self.state = net, StackState(net, count)
        self._trained, self._other = net.trainable_variables, net.non_trainable_variables
        net.reset_metrics()
        self._measured = net.metrics_variables
        self._blank = [repeated(v, count) for v in self._measured]
        self._traced: dict[Hashable, Callable[..., Any]] = {}

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """Those of each net."""
        return self._net.metrics

    def train(self, rows: StackRows, epoch: int) -> Logs:
        """Train all nets for one epoch."""
        return self._run(rows, epoch, train=True)

    def evaluate(self, rows: StackRows) -> Logs:
        """Evaluate all nets, each on its rows."""
        return self._run(rows, 0, train=False)

    def predict(self, rows: StackRows) -> list[Any]:
        """Return the outputs of each net for its rows, in their order."""
        key = ("predict", rows.key)
        if key not in self._traced:
            self._traced[key] = self._trace_outputs(rows)
        order, size = rows.order(0), max(1, _ROWS // self.state.count)
        parts = [
            self._traced[key](order[:, start : start + size], *rows.tensors)
            for start in range(0, order.shape[1], size)
        ]
        whole = keras.tree.map_structure(lambda *arrays: np.concatenate(arrays, 1), *parts)
        return [_row(whole, index, one.rows.n) for index, one in enumerate(rows.batches)]

    def _run(self, rows: StackRows, epoch: int, *, train: bool) -> Logs:
        key = (train, rows.key)
        if key not in self._traced:
            self._traced[key] = self._trace(rows, train=train)
        logs = self._traced[key](rows.order(epoch), rows.size, *rows.tensors)
        return {name: np.array(value) for name, value in logs.items()}

    def _trace(self, rows: StackRows, *, train: bool) -> Callable[..., Logs]:
        import tensorflow as tf

        step = self._train_step if train else self._test_step
        place = tf.TensorSpec((), tf.int64)
        orders = tf.TensorSpec((self.state.count, None), tf.int64)

        @tf.function(input_signature=[orders, place, *rows.specs], autograph=False)
        def epoch(order: tf.Tensor, size: tf.Tensor, *tensors: tf.Tensor) -> Logs:
            steps = -(-tf.shape(order, out_type=tf.int64)[1] // size)

            def body(position: tf.Tensor, others: Values, measured: Values) -> tuple[Any, ...]:
                index = order[:, position * size : (position + 1) * size]
                return (position + 1, *step(others, measured, rows.gather(index, tensors)))

            blank = [tf.constant(value) for value in self._blank]
            start = [tf.constant(0, tf.int64), [v.value + 0 for v in self.state.others], blank]
            _, others, measured = tf.while_loop(lambda k, *_: k < steps, body, start)
            for variable, value in zip(self.state.others if train else (), others, strict=False):
                variable.assign(value)
            return tf.vectorized_map(self._results, measured)

        return epoch.get_concrete_function()

    def _train_step(self, others: Values, measured: Values, batch: tuple[Any, ...]) -> Any:
        import tensorflow as tf

        weights = tf.convert_to_tensor(self.state.weights.value)
        with tf.GradientTape() as tape:
            tape.watch(weights)
            loss, *after = self._forward(weights, others, measured, batch, training=True)
        # The gradient of a sum, to which each net contributes a term of its own.
        self.state.apply(tape.gradient(loss, weights))
        return after

    def _test_step(self, others: Values, measured: Values, batch: tuple[Any, ...]) -> Any:
        weights = self.state.weights.value
        return self._forward(weights, others, measured, batch, training=False)[1:]

    def _forward(
        self,
        weights: tf.Tensor,
        others: Values,
        measured: Values,
        batch: tuple[Any, ...],
        *,
        training: bool,
    ) -> tuple[tf.Tensor, Values, Values]:
        import tensorflow as tf

        one = lambda values: self._one(*values, training=training)  # noqa: E731
        return tf.vectorized_map(one, (self._parts(weights), others, measured, batch))

    def _parts(self, weights: tf.Tensor) -> Values:
        """Cut the matrix of weights into those of each variable, of shape (m, ...)."""
        import tensorflow as tf

        state = self.state
        parts = zip(tf.split(weights, state.sizes, axis=1), state.shapes, strict=True)
        return [tf.reshape(part, (state.count, *shape)) for part, shape in parts]

    def _one(
        self,
        trained: Values,
        others: Values,
        measured: Values,
        batch: tuple[Any, ...],
        *,
        training: bool,
    ) -> tuple[tf.Tensor, Values, Values]:
        """Take one step of one net, as Keras does, but on values in place of its variables."""
        net, (x, y, weights) = self._net, keras.utils.unpack_x_y_sample_weight(batch)
        variables = [*self._trained, *self._other, *self._measured]
        given = list(zip(variables, [*trained, *others, *measured], strict=True))
        with keras.StatelessScope(state_mapping=given, collect_losses=True) as scope:
            outputs = net(x, training=training)
            loss = net.compute_loss(x, y, outputs, weights, training=training)
            size = keras.ops.shape(keras.tree.flatten(x)[0])[0]
            net._loss_tracker.update_state(loss, sample_weight=size)
            net.compute_metrics(x, y, outputs, weights)

            def now(variables: list[keras.Variable]) -> Values:
                return [keras.ops.cast(scope.get_current_value(v), v.dtype) for v in variables]

            return loss, now(self._other), now(self._measured)

    def _results(self, measured: Values) -> Logs:
        given = list(zip(self._measured, measured, strict=True))
        with keras.StatelessScope(state_mapping=given):
            found = self._net.get_metrics_result()
            return {name: keras.ops.convert_to_tensor(value) for name, value in found.items()}

    def _trace_outputs(self, rows: StackRows) -> Callable[..., Any]:
        import tensorflow as tf

        orders = tf.TensorSpec((self.state.count, None), tf.int64)

        def ask(values: tuple[Values, Values, Any]) -> Any:
            trained, others, x = values
            given = zip([*self._trained, *self._other], [*trained, *others], strict=True)
            with keras.StatelessScope(state_mapping=list(given)):
                return self._net(x, training=False)

        @tf.function(input_signature=[orders, *rows.specs], autograph=False)
        def outputs(order: tf.Tensor, *tensors: tf.Tensor) -> Any:
            others = [v.value + 0 for v in self.state.others]
            parts = self._parts(self.state.weights.value)
            return tf.vectorized_map(ask, (parts, others, rows.gather(order, tensors)[0]))

        return outputs.get_concrete_function()


def _row(arrays: Any, index: int, n: int) -> Any:
    return keras.tree.map_structure(lambda array: array[index, :n], arrays)
