"""Look at one training run after several epochs, each time as if it had ended there."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import keras
import numpy as np

History = dict[str, list[float | list[float]]]
# These depend only on epochs that are over. For a user's own callback this cannot be known, so it
# must say so by an attribute `shares_epochs = True`.
_FORESEE_NOTHING = (
    keras.callbacks.EarlyStopping,
    keras.callbacks.History,
    keras.callbacks.LearningRateScheduler,
    keras.callbacks.ReduceLROnPlateau,
    keras.callbacks.TerminateOnNaN,
)


def as_plain(value: object) -> float | list[float]:
    """Convert a metric's result to a float, or to a list of floats, one per class."""
    return np.asarray(value, dtype="float64").tolist()


def why_unshared(callbacks: object) -> str | None:
    """Return why runs that differ only in epochs do not coincide up to the shorter one.

    Parameters
    ----------
    callbacks : list of callbacks, a callback, or None

    Returns
    -------
    str or None
        None if they do.
    """
    given = callbacks if isinstance(callbacks, list | tuple) else [callbacks]
    kinds = {c if isinstance(c, type) else type(c) for c in given if not _is_blind(c)}
    if not kinds:
        return None
    names = ", ".join(sorted(kind.__name__ for kind in kinds))
    return (
        f"a callback ({names}) may depend on the total number of epochs; if it does not, give it "
        "the attribute shares_epochs = True"
    )


def _is_blind(callback: object) -> bool:
    kind = callback if isinstance(callback, type) else type(callback)
    known = callback is None or kind in _FORESEE_NOTHING
    return known or bool(getattr(callback, "shares_epochs", False))


class Stops(keras.callbacks.Callback):
    """Shows a net at the end of some epochs, each time as a run of that many would leave it.

    Parameters
    ----------
    stops : sequence of int
        Numbers of epochs, in ascending order.
    visit : callable
        Called with a stop and the history so far.
    others : list of keras.callbacks.Callback
        Callbacks that may act when a run ends.
    """

    def __init__(
        self,
        stops: Sequence[int],
        visit: Callable[[int, History], None],
        others: list[keras.callbacks.Callback],
    ) -> None:
        super().__init__()
        self.left, self.visit, self.others = list(stops), visit, others
        self.history: History = {}

    def on_epoch_end(self, epoch: int, logs: Mapping[str, object] | None = None) -> None:
        """Show the net, unless the run ends here anyway."""
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(as_plain(value))
        stop = epoch + 1
        if stop in self.left[:-1] and not self.model.stop_training:
            with _as_at_the_end(self.model, self.others, logs):
                self.visit(stop, {name: list(v) for name, v in self.history.items()})
            self.left.remove(stop)

    def finish(self, history: History) -> None:
        """Show the net at the stops that are left, once the run is over."""
        for stop in self.left:
            self.visit(stop, history)


@contextmanager
def _as_at_the_end(
    net: keras.Model, callbacks: list[keras.callbacks.Callback], logs: Mapping[str, object] | None
) -> Iterator[None]:
    """Apply temporarily what Keras does when a run ends.

    The optimizer replaces the last weights by averaged ones, then callbacks act (and may restore
    the best weights).
    """
    ending = [c for c in callbacks if type(c).on_train_end is not _NOTHING]
    if not ending and not _finalizes(net.optimizer):
        yield
        return
    variables = [*net.variables, *net.optimizer.variables]
    before = [np.array(variable) for variable in variables]
    net.optimizer.finalize_variable_values(net.trainable_weights)
    for callback in ending:
        copy.copy(callback).on_train_end(logs)
    try:
        yield
    finally:
        for variable, value in zip(variables, before, strict=True):
            variable.assign(value)


_NOTHING = keras.callbacks.Callback.on_train_end


def _finalizes(optimizer: keras.optimizers.Optimizer) -> bool:
    own = type(optimizer).finalize_variable_values
    return optimizer.use_ema or own is not keras.optimizers.Optimizer.finalize_variable_values
