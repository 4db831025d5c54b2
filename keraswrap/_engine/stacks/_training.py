"""Train many nets together, epoch by epoch, each with callbacks and an end of its own."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from keraswrap._engine.batches import TrainingData
from keraswrap._engine.callbacks import make_callbacks
from keraswrap._engine.measures import build_measures
from keraswrap._engine.net_outputs import is_finite
from keraswrap._engine.seeds import reproducible
from keraswrap._engine.shared_epochs import History, as_plain
from keraswrap._engine.stacks._program import StackProgram
from keraswrap._engine.stacks._rows import StackRows
from keraswrap._engine.stacks._seat import Seat
from keraswrap._engine.state import NetState, forget_rows
from keraswrap._engine.step_functions import without_notes
from keraswrap._engine.trace_cache import traced
from keraswrap._engine.training import as_lists, held_batches, training_batches

if TYPE_CHECKING:
    from keraswrap._data import Rows
    from keraswrap._engine.network import Network

# More nets gain nothing, as a step then takes as long as its arithmetic; and so many weights of
# all nets together, of which an optimizer keeps two more numbers each.
_MOST, _MOST_NUMBERS = 64, 2**22
# When only one in so many still trains, the others are left out: a program for fewer is traced.
_FEWER = 4


@dataclass(eq=False)
class Member:
    """One of the fits that are trained together.

    Parameters
    ----------
    network, data, validation, arguments, stops, visit
        As for `keraswrap._engine.training.train`.
    shown : Rows, optional
        What the net is asked about at each stop.

    Attributes
    ----------
    outputs : ndarray of shape (n, ..., width), dict of them by output, or None
        What it said at the present stop; None if that holds NaN or infinity.
    """

    network: Network
    data: TrainingData
    validation: TrainingData | None
    arguments: Mapping[str, Any]
    stops: Sequence[int]
    visit: Callable[[int, History], None]
    shown: Rows | None = None
    history: History = field(default_factory=dict)

    def key(self) -> Hashable:
        """Return what is equal for members that one program can train."""
        parts = [self.data, self.validation]
        shapes = [None if p is None else (p.rows.n, _shapes(p)) for p in parts]
        shapes.append(None if self.shown is None else (0, _shapes(TrainingData(self.shown))))
        named = ("epochs", "batch_size", "validation_batch_size")
        given = tuple(self.arguments[name] for name in named)
        return (self.network.signature, *given, str(shapes))

    def __post_init__(self) -> None:
        order = (self.network.seed, self.network.rounds)
        self.batches = training_batches(self.network, self.data, self.arguments, order)
        self.held = held_batches(self.network, self.validation, self.arguments)
        self.network.padding = self.batches.padding()
        self.callbacks = self.network.callbacks = make_callbacks(self.arguments["callbacks"])
        self.left = list(self.stops)
        self.outputs: Any = None
        self.is_over = False

    def begin(self, index: int, course: _Course) -> None:
        """Make what callbacks look at, before training begins."""
        program = course.program
        rate = float(program.state.rates[index, 0]) if program.state.has_rates else None
        self.seat = Seat(lambda: course.weights_of(self), program.metrics, rate)
        for callback in self.callbacks:
            callback.set_model(self.seat)
            callback.set_params({"epochs": self.arguments["epochs"], "verbose": 0})
            callback.on_train_begin()

    def hear(self, epoch: int, logs: dict[str, Any]) -> None:
        """Show the callbacks an epoch, and note it."""
        for callback in self.callbacks:
            callback.on_epoch_end(epoch, logs)
        for name, value in logs.items():
            self.history.setdefault(name, []).append(value)
        self.last = logs

    def show(self, stop: int, course: _Course) -> None:
        """Visit a stop on the way, as if training ended there."""
        course.settle(self, self.seat.ended(self.callbacks, self.last))
        self.visit(stop, {name: list(values) for name, values in self.history.items()})
        self.left.remove(stop)

    def end(self, course: _Course) -> None:
        """End the training as Keras does, and visit the stops that are left."""
        for callback in self.callbacks:
            callback.on_train_end(self.last)
            callback._model = None
        course.settle(self, self.seat.replaced)
        self.is_over = True
        self.network.rounds += 1
        self.history = as_lists(self.history)
        for stop in self.left:
            self.visit(stop, self.history)


def _shapes(part: TrainingData) -> object:
    arrays = [part.rows.arrays, part.targets, part.weights]
    described = lambda a: None if a is None else (a.shape[1:], str(a.dtype))  # noqa: E731
    return keras.tree.map_structure(described, arrays)


def train_stacked(members: Sequence[Member]) -> None:
    """Train nets together; each ends in the state that it would reach alone, but for rounding.

    Parameters
    ----------
    members : sequence of Member
        Of equal keys; `why_alone` has no reason for any.

    Raises
    ------
    AloneError
        If they cannot be trained together.
    """
    with reproducible(members[0].network.seed, strict=False), without_notes():
        states = [member.network.state for member in members]
        weights = sum(value.size for value in states[0].variables)
        most = max(1, min(_MOST, _MOST_NUMBERS // max(1, weights)))
        for some in np.array_split(np.arange(len(members)), -(-len(members) // most)):
            _Course([members[place] for place in some], [states[place] for place in some]).run()


class _Course:
    """The training of one stack, from the first epoch to the last."""

    def __init__(self, members: list[Member], states: list[NetState]) -> None:
        self._take(members, states)

    def _take(self, members: list[Member], states: list[NetState]) -> None:
        """Load nets into a program for as many, and make their rows ready."""
        self.members, self._like = members, states
        with members[0].network.using() as net:
            forget_rows(net)
            self._key, self._net = ("stack", len(members)), net
            self.program: StackProgram = traced(
                net, self._key, lambda: self._begin_program(net, members)
            )
            # Whoever needs one meanwhile, such as a scorer that fits, gets another.
            del vars(net)["_loops"][self._key]
        self.program.state.load(states)
        self.rows = StackRows([member.batches for member in members])
        held = [member.held for member in members if member.held is not None]
        self.held = StackRows(held) if held else None
        self._now: list[NetState] | None = None
        shown = [m.network.batches(TrainingData(m.shown), None) for m in members if m.shown]
        self.shown = StackRows(shown) if shown else None
        self._said: list[Any] | None = None

    @staticmethod
    def _begin_program(net: keras.Model, members: list[Member]) -> StackProgram:
        build_measures(net, members[0].batches)
        if net._compile_metrics is not None:  # some make their variables when first asked
            x, y, weights = keras.utils.unpack_x_y_sample_weight(members[0].batches[0])
            net.compute_metrics(x, y, net(x, training=False), weights)
        return StackProgram(net, len(members))

    def _give_back(self) -> None:
        vars(self._net)["_loops"][self._key] = self.program

    def run(self) -> None:
        """Train until each net has ended, and leave it in the state that it has then."""
        for index, member in enumerate(self.members):
            member.begin(index, self)
        for epoch in range(self.members[0].arguments["epochs"]):
            self._train(epoch)
            for member in self._training():
                stop = epoch + 1
                if member.seat.stop_training:
                    member.end(self)
                elif stop in member.left[:-1]:
                    member.show(stop, self)
            left = self._training()
            if not left:
                break
            if _FEWER * len(left) <= len(self.members):
                self._go_on_with(left)
        for member in self._training():
            member.end(self)
        self._give_back()

    def _training(self) -> list[Member]:
        return [member for member in self.members if not member.is_over]

    def _go_on_with(self, members: list[Member]) -> None:
        states = [self.states()[self.members.index(member)] for member in members]
        self._give_back()
        self._take(members, states)

    def _train(self, epoch: int) -> None:
        for member in self._training():
            for callback in member.callbacks:
                callback.on_epoch_begin(epoch)
        self._set_rates()
        logs = self.program.train(self.rows, epoch)
        if self.held is not None:
            tested = self.program.evaluate(self.held)
            logs |= {f"val_{name}": value for name, value in tested.items()}
        self._now = self._said = None
        for index, member in enumerate(self.members):
            if not member.is_over:
                # In the order in which Keras hands them to callbacks.
                member.hear(epoch, {name: as_plain(logs[name][index]) for name in sorted(logs)})
        self._set_rates()

    def _set_rates(self) -> None:
        if self.program.state.has_rates and any(member.callbacks for member in self.members):
            rates = [member.seat.optimizer.learning_rate for member in self.members]
            self.program.state.rates.assign(np.asarray(rates)[:, None])

    def states(self) -> list[NetState]:
        """Copy all states, once after each epoch."""
        if self._now is None:
            self._now = self.program.state.copies(self._like)
        return self._now

    def weights_of(self, member: Member) -> list[np.ndarray]:
        """Return the weights of a net, in Keras's order."""
        state = self.states()[self.members.index(member)]
        return [state.variables[place] for place in self.program.state.weight_places]

    def settle(self, member: Member, weights: list[np.ndarray] | None) -> None:
        """Leave a net in its present state, with these weights if there are any."""
        place = self.members.index(member)
        state = self.states()[place]
        variables = list(state.variables)
        for index, value in zip(self.program.state.weight_places, weights or (), strict=False):
            variables[index] = value
        member.network.adopt(replace(state, variables=variables))
        member.outputs = self._say()[place] if weights is None else None

    def _say(self) -> list[Any]:
        """Ask all nets about the rows that they are shown, once after each epoch."""
        if self._said is None:
            self._said = [None] * len(self.members) if self.shown is None else self._ask(self.shown)
        return self._said

    def _ask(self, rows: StackRows) -> list[Any]:
        raw = self.program.predict(rows)
        said = [m.network.net_outputs.unpack(r) for m, r in zip(self.members, raw, strict=True)]
        return [outputs if is_finite(outputs) else None for outputs in said]
