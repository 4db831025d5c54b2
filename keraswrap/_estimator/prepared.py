"""A fit whose net is built and whose rows are encoded: what is left is to train it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from keraswrap._estimator.engine import engine
from keraswrap._estimator.outputs import Memory, outputs_key
from keraswrap._params import predict_arguments
from keraswrap._validation import check_rows

if TYPE_CHECKING:
    from keraswrap._data import Rows
    from keraswrap._engine import Member, Network, TrainingData
    from keraswrap._engine.batches import Batches
    from keraswrap._estimator.fit import KerasEstimator


@dataclass(frozen=True)
class Call:
    """How one fit is called.

    Parameters
    ----------
    given : mapping
        Fit arguments of Keras for this call.
    proceed : bool, default=False
        Whether to train on from where the last fit ended.
    train : bool, default=True
        Whether to train at all.
    classes : array-like of shape (k,), optional
        Every class there is, in place of the constructor's.
    stops : sequence of int
        Numbers of epochs, in ascending order, to stop and `visit` at; without any, at the end.
    visit : callable, optional
    seed : int, optional
        Drawn already, in place of drawing one from `random_state`.
    """

    given: Mapping[str, object] = field(default_factory=dict)
    proceed: bool = False
    train: bool = True
    classes: object = None
    stops: Sequence[int] = ()
    visit: Callable[[int], None] | None = None
    seed: int | None = None


@dataclass(frozen=True)
class Prepared:
    """What a fit trains, and how its estimator learns from it.

    Parameters
    ----------
    estimator : KerasEstimator
    network : Network
        Compiled.
    data, validation : TrainingData
    arguments : mapping
        One value for each of Keras's fit arguments.
    call : Call
    before : mapping
        The history that this training goes on with.
    """

    estimator: KerasEstimator
    network: Network
    data: TrainingData
    validation: TrainingData | None
    arguments: Mapping[str, Any]
    call: Call
    before: Mapping[str, list[float]]

    def train(self) -> None:
        """Train the net, and learn its history, at each stop of the call too."""
        if not self.call.train:
            self._learn({})
            return
        strict = self.estimator.random_state is not None
        stops, visit = self.call.stops, self._arrive if self.call.stops else None
        parts = self.network, self.data, self.validation, self.arguments
        self._learn(engine().train(*parts, strict=strict, stops=stops, visit=visit))
        if self.call.visit and not self.call.stops:
            self.call.visit(self.arguments["epochs"])

    @property
    def n_steps(self) -> int:
        """Steps of training, if no callback ends it."""
        return int(self.arguments["epochs"]) * self._batches.num_batches

    @property
    def nbytes(self) -> int:
        """Bytes of its training rows, as its net takes them."""
        return self._batches.nbytes

    @cached_property
    def _batches(self) -> Batches:
        return self.network.batches(self.data, self.arguments["batch_size"])

    def why_alone(self) -> str | None:
        """Return why it cannot be trained together with others like it; None if it can."""
        if self.before or self.network.rounds or not self.call.train:
            return "it goes on with an earlier fit"
        return engine().why_alone(self.network, self.data, self.validation, self.arguments)

    def member(self, shown: Rows | None = None) -> Member:
        """Return it as one of the fits that `keraswrap._engine.train_stacked` trains together.

        Parameters
        ----------
        shown : Rows, optional
            What its net is asked about at each stop.
        """
        stops = self.call.stops or [self.arguments["epochs"]]
        parts = self.network, self.data, self.validation, self.arguments
        return engine().Member(*parts, stops=stops, visit=self._arrive, shown=shown)

    def rows_to_show(self, X: object) -> Rows | None:
        """Read rows that the estimator will be asked about; None if it must read them itself."""
        arguments = predict_arguments(self.estimator.params)
        if arguments["verbose"] or arguments["callbacks"]:
            return None
        try:
            rows = check_rows(self.estimator, X, reset=False)
            self.network.check(rows)
            return rows
        except ValueError:  # it tells so itself, when it is asked
            return None

    def shown(self, member: Member) -> Memory:
        """Return what its net said at this stop, for `remember_outputs`."""
        if member.outputs is None or member.shown is None:
            return {}
        key = outputs_key(member.shown, predict_arguments(self.estimator.params))
        return {} if key is None else {(self.network, key): member.outputs}

    def _learn(self, history: Mapping[str, list[float]]) -> None:
        estimator, before = self.estimator, self.before
        estimator.history_ = {k: [*before.get(k, []), *v] for k, v in history.items()}
        estimator.padding_share_ = self.network.padding or None
        estimator.network_, estimator.seed_ = self.network, self.network.seed

    def _arrive(self, stop: int, history: Mapping[str, list[float]]) -> None:
        self._learn(history)
        if self.call.visit:
            self.call.visit(stop)


def train_together(members: Sequence[Member]) -> None:
    """Train fits together whose members have equal keys; see `Prepared.member`.

    Raises
    ------
    Exception
        If that is not possible after all. They must then be begun again, alone.
    """
    engine().train_stacked(members)
