"""A net with everything needed to train it, read it, and make it again."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from sklearn.exceptions import ConvergenceWarning

from keraswrap._data import Rows, plan_feed
from keraswrap._engine import compilation, model_io, precision
from keraswrap._engine.batches import Batches, Reorder, provide
from keraswrap._engine.builders import Builder, FromConfig, input_specs
from keraswrap._engine.length_groups import Lengths, measure_lengths
from keraswrap._engine.model_pool import pool
from keraswrap._engine.model_signature import signature_of
from keraswrap._engine.optimizers import fuse_adam, hand_over, is_behind
from keraswrap._engine.safe_config import check_size
from keraswrap._engine.seeds import count_variables, reproducible, reseeding
from keraswrap._engine.serialization import from_spec, to_spec
from keraswrap._engine.shared_epochs import Stops, as_plain
from keraswrap._engine.state import (
    NetState,
    forget_rows,
    freeze,
    get_state,
    plain_config,
    set_state,
    why_unsaved,
)
from keraswrap._engine.step_functions import choose_rows, choose_steps, fused_steps, predict
from keraswrap._fingerprint import fingerprint
from keraswrap._head import Head, Look, Output
from keraswrap._params import compile_arguments, parts_of
from keraswrap.exceptions import InputError, ParameterError, SavedFileError, warn_user

# Rows shown to a net that says nothing of itself before it is called.
_SAMPLE = 8
# What version 0.1 called some of its attributes, in pickles; to go in 0.3.
_RENAMED = {"recipe": "builder", "make": "signature"}


@dataclass
class TrainingData:
    """One fit's rows with targets and weights of equal length; of a prediction, rows alone."""

    rows: Rows
    targets: np.ndarray | None = None
    weights: np.ndarray | None = None

    def take(self, index: np.ndarray) -> TrainingData:
        """Select rows by position."""
        beside = (None if a is None else a[index] for a in (self.targets, self.weights))
        return TrainingData(self.rows.take(index), *beside)


class Network:
    """A built net: trained, asked for outputs, pickled and made again.

    Parameters
    ----------
    builder : Builder
        How the net is built.
    meta : mapping
        What the builder is told of the data.
    rows : Rows
        The training rows; a few of them stay as the sample that says how the
        net is fed.
    seed : int
        Decides initial weights, dropout and the order of rows.
    wanted : str, default="auto"
        Precision: a dtype policy of Keras, or ``"auto"``.

    Attributes
    ----------
    net : keras.Model
        A net of its own, which no other fit will ever use: from the first
        look at it on, the pool of live nets has no part in it.
    precision : str
        The dtype policy by which most of its weights compute.
    jit_compile : bool
        Whether XLA compiles it.
    width : int
        Output units.
    padding : dict
        After training, the shares of padding that `Lengths.padding` gives; empty
        where the net does not tell padding from tokens.
    """

    head: Head
    # Of networks that an earlier version pickled: built and compiled as Keras is set.
    policy: str | None = None
    jit_compile: bool | None = None
    # Those of the last round of training; they may hold anything, and stay in this process.
    callbacks: list[keras.callbacks.Callback] | None = None
    # Shapes of its variables when it was built; unknown of networks that came from a file.
    _shapes: list[tuple[int, ...]] | None = None

    def __init__(
        self,
        builder: Builder,
        meta: Mapping[str, Any],
        rows: Rows,
        seed: int,
        wanted: str = "auto",
    ) -> None:
        self.builder, self.meta, self.seed = builder, dict(meta), seed
        self.sample = rows.take(np.arange(min(_SAMPLE, rows.n)))
        self.settings: Mapping[str, Any] | None = {}
        self.rounds = 0
        self.padding: dict[str, float] = {}
        # What the pool of live nets knows it by; see `keraswrap._engine.model_pool`.
        self.compiled: str | None = None
        self.signature: str | None = None
        # A net that is freshly built, or for good its own. Otherwise the state is in a net of
        # the pool, or here as arrays.
        self._net: keras.Model | None = None
        self._state: NetState | None = None
        self._is_own, self._is_compiled = False, False
        for clear in (False, True):
            with reproducible(seed, strict=False, clear=clear) as drew:
                self._begin(rows, wanted)
            if not drew():  # what is seldom the case is found out, not looked for
                break

    def _begin(self, rows: Rows, wanted: str) -> None:
        self._net, self.policy = precision.build(
            lambda: self.builder(self.meta, self.sample),
            wanted,
            lambda: reproducible(self.seed, strict=False),
            [self.builder, self.meta],
        )
        self._connect(self._net)
        model_io.adapt_layers(self._net, rows, self.feeds)
        self.width = model_io.output_width(self._net, self._batch(self.sample))
        self._shapes = [tuple(variable.shape) for variable in self._net.variables]

    def _connect(self, net: keras.Model) -> None:
        self._specs, self.as_dict = input_specs(net, self.sample)
        self._is_functional = bool(getattr(net, "inputs", None))
        self.feeds = plan_feed(self._specs, self.sample)
        self._pads = model_io.find_padding(net)
        self.is_double = _is_double(net)
        # Over devices, by a strategy of TensorFlow's: then Keras deals the rows out.
        self._is_spread = getattr(net, "_distribute_strategy", None) is not None
        self.precision = precision.precision_of(net)

    # -- the live net ------------------------------------------------------

    @contextmanager
    def using(self) -> Iterator[keras.Model]:
        """Have a net in this network's state to oneself, for as long as the block lasts."""
        if self._is_apart:
            yield self._net
        else:
            with pool.lend(self) as net:
                yield net

    @property
    def _is_apart(self) -> bool:
        # A compiled net that is not its own is on its way to the pool.
        return self._net is not None and (self._is_own or not self._is_compiled)

    @property
    def net(self) -> keras.Model:
        if not self._is_apart:
            self._net = pool.withdraw(self)
            self._is_own = True
        return self._net

    def move_in(self) -> tuple[keras.Model | None, NetState | None]:
        """Give up a freshly built net, or else the state, to a net of the pool."""
        net, state = self._net, self._state
        self._net = self._state = None
        return net, state

    def move_out(self, state: NetState) -> None:
        """Take the state back from a net of the pool."""
        self._state = state

    def build(self, state: NetState | None) -> keras.Model:
        """Build a net in a state; with none, as the builder leaves it."""
        net = self._bare()
        if not net.built:  # a subclassed model builds when first called
            self._connect(net)
            net(self._batch(self.sample), training=False)
        if state is not None:
            freeze(net, state)
        if self.settings is not None:
            self._compile(net, self.settings, self.head)
        if state is not None:
            set_state(net, state)
        return net

    def _bare(self) -> keras.Model:
        if isinstance(self.builder, FromConfig):
            return self.builder.restore()
        return precision.rebuild(lambda: self.builder(self.meta, self.sample), self.policy)

    def _batch(self, rows: Rows) -> Any:
        return Batches(rows, self.feeds, as_dict=self.as_dict, batch_size=rows.n)[0][0]

    def check(self, rows: Rows) -> None:
        """Raise InputError unless the net can be fed these rows."""
        if self._is_functional or rows.shapes != self.sample.shapes:
            plan_feed(self._specs, rows)

    def output(self, compile_kwargs: Any, is_logits: bool | None = None) -> Output:
        """Describe the net's output to a target, which decides what it means."""
        return Output(self.width, lambda: self._look(compile_kwargs), is_logits)

    def _look(self, compile_kwargs: Any) -> Look:
        arguments, nested = compile_arguments(compile_kwargs)
        with self.using() as net:
            activation = model_io.last_activation(net, self._batch(self.sample))
            loss = compilation.own_loss(net, arguments, parts_of(compile_kwargs))
        name, from_logits = compilation.loss_facts(loss)
        return Look(
            activation,
            name,
            nested["loss"].get("from_logits", from_logits),
            lambda: compilation.loss_encoding(loss, nested["loss"], self.width),
        )

    def compile(self, compile_kwargs: Any, head: Head) -> None:
        """Compile with an optimizer, loss and metrics made for this net alone."""
        if self._net is None:  # from here on of another signature; built as it was, if need be
            self._net = pool.withdraw(self)
        self.settings, self.head, self.jit_compile = compile_kwargs or {}, head, None
        self._compile(self._net, self.settings, head)
        self._is_compiled = True
        # Its shapes are all that is asked of it from here: no one's rows go into a file.
        self.sample = self.sample.blank()

    def _compile(self, net: keras.Model, compile_kwargs: Any, head: Head) -> None:
        arguments, nested = compile_arguments(compile_kwargs)
        dtype = "float64" if _is_double(net) else None
        arguments |= {
            "optimizer": compilation.make_optimizer(arguments["optimizer"], nested["optimizer"]),
            "loss": compilation.make_loss(arguments["loss"], nested["loss"], head, dtype),
            "metrics": compilation.make_metrics(arguments["metrics"], head),
            "weighted_metrics": compilation.make_metrics(arguments["weighted_metrics"], head),
        }
        if arguments["jit_compile"] is None:
            chosen = self.jit_compile
            arguments["jit_compile"] = precision.auto_jit(net) if chosen is None else chosen
        arguments["steps_per_execution"] = arguments["steps_per_execution"] or 1
        self.compiled = fingerprint({**arguments, "optimizer": None, "head": head})
        compilation.compile_net(net, arguments, parts_of(compile_kwargs))
        self.jit_compile = bool(net.jit_compile)
        if net.count_params() >= precision.LARGE:
            fuse_adam(net.optimizer)
        # Left to the first step, this happens inside its trace, which TensorFlow then does twice.
        net.optimizer.build(net.trainable_variables)
        count_variables([*net.variables, *net.optimizer.variables])
        self.signature = signature_of(net, self.compiled)

    def _follow(self) -> None:
        """Let the optimizer train what is trained now: a layer may have been frozen meanwhile."""
        with self.using() as net:
            behind, before = is_behind(net), net.optimizer
        if behind:
            self.compile(self.settings, self.head)
            hand_over(before, self._net.optimizer)  # type: ignore[union-attr]

    def train(
        self,
        data: TrainingData,
        validation: TrainingData | None,
        arguments: Mapping[str, Any],
        *,
        strict: bool,
        stops: Sequence[int] = (),
        visit: Callable[[int, dict[str, list[float]]], None] | None = None,
    ) -> dict[str, list[float]]:
        """Train for the epochs given, from the state the net is in.

        Parameters
        ----------
        data, validation : TrainingData
        arguments : mapping
            One value for each of Keras's fit arguments.
        strict : bool
            Whether the same seed must give the same bits on a GPU too.
        stops : sequence of int, optional
            Numbers of epochs, in ascending order, up to that of `arguments`.
        visit : callable, optional
            Called with each stop and the history so far, while the net is as a
            run of so many epochs leaves it.

        Returns
        -------
        dict of str to list
            One value an epoch: a float, or a list of them of a metric that gives several.
        """
        if self.settings is None:
            raise ParameterError(
                "This estimator was loaded without its compile_kwargs, which hold objects that a "
                "file cannot: it can predict. To train on, pass load(path, compile_kwargs=...)."
            )
        self._follow()
        # Each round of one estimator draws on, each fit afresh starts alike.
        order = (self.seed, self.rounds)
        seed = int(np.random.default_rng(order).integers(2**31))
        size = arguments["batch_size"] or _size_for(data.rows.n, arguments["steps_per_epoch"])
        shuffle = arguments["shuffle"]
        group = shuffle and arguments["group_by_length"]
        batches = self._batches(data, size, seed=order if shuffle else None, group=group)
        held = validation and self._batches(validation, _held_size(validation.rows.n, arguments))
        passed = ("epochs", "verbose", "initial_epoch", "validation_freq")
        self.padding = batches.padding()
        given, _ = compile_arguments(self.settings)
        eager = bool(given["run_eagerly"])
        traced = not (eager or self._is_spread)
        source = provide(batches, traced=traced)
        held_source = provide(held, traced=traced) if held else None
        callbacks = [Reorder(source), *reseeding(seed)]
        callbacks += (own := compilation.make_callbacks(arguments["callbacks"]))
        self.callbacks = own
        callbacks += [Stops(stops, visit, own)] if visit else []
        self.rounds += 1
        with (
            # One by one, operations that draw go on from where they were.
            reproducible(seed, strict=strict, clear=eager),
            self.using() as net,
            ExitStack() as stack,
        ):
            forget_rows(net)
            steps = given["steps_per_execution"] or choose_steps(net, arguments, callbacks)
            told = stack.enter_context(fused_steps(net, source, held_source, steps, arguments))
            history = net.fit(
                source.dataset,
                validation_data=held_source and held_source.dataset,
                callbacks=callbacks,
                shuffle=False,  # Batches shuffles, with a generator of its own
                **{name: arguments[name] for name in passed},
                **told,
            )
        lists = _as_lists(history.history)
        for callback in own:
            callback._model = None  # which other estimators may use from here on
        if visit:
            callbacks[-1].finish(lists)
        return lists

    def _batches(self, data: TrainingData, size: int | None, **order: Any) -> Batches:
        return Batches(
            data.rows,
            self.feeds,
            data.targets,
            data.weights,
            size,
            as_dict=self.as_dict,
            lengths=self._measure(data.rows),
            **order,
        )

    def _measure(self, rows: Rows) -> Lengths | None:
        return measure_lengths(rows, self.feeds, self._pads, 8 if _on_plain_cpu() else 32)

    def outputs(self, rows: Rows, arguments: Mapping[str, Any]) -> np.ndarray:
        """Run the net on rows, in order.

        Returns
        -------
        ndarray of shape (n, width)

        Raises
        ------
        InputError
            If the net cannot be fed these rows.
        """
        self.check(rows)
        callbacks = compilation.make_callbacks(arguments["callbacks"])
        with self.using() as net:
            forget_rows(net)
            size = arguments["batch_size"] or choose_rows(net, rows)
            batches = self._batches(TrainingData(rows), size)
            by_keras = callbacks or arguments["verbose"] or net.run_eagerly or self._is_spread
            source = provide(batches, traced=not by_keras)
            raw = predict(net, source, verbose=arguments["verbose"], callbacks=callbacks)
        if not np.isfinite(raw).all():
            raise InputError(
                "The net's outputs hold NaN or infinity: its training diverged. Scale X, lower "
                "the learning rate, or check the loss, and fit again."
            )
        return batches.restore(np.asarray(raw))

    @property
    def state(self) -> NetState:
        """The net's state as arrays.

        Raises
        ------
        SavedFileError
            If the net was changed in a way that no net made again could follow.
        """
        if self._net is not None:
            held = get_state(self._net)
            if self._is_own:
                self._check_state(held)
            return held
        # Of a state here, no net of the pool knows; and of one there, this does not.
        state = pool.read(self) or self._state
        assert state is not None
        return state

    def _check_state(self, state: NetState) -> None:
        """Make a net in a state, where its variables are others than those it was built with."""
        if not self._is_changed(state):
            return
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        try:
            if why := why_unsaved(self._net):
                raise SavedFileError(f"{why}.")
            with reproducible(self.seed, strict=False):
                twin.build(state)
        except Exception as error:  # Keras has many errors for what it cannot rebuild
            raise SavedFileError(
                "The net was changed after the fit in a way that neither a file nor a copy could "
                f"follow: {error} Change it in the build function, and fit again."
            ) from error

    def _is_changed(self, state: NetState) -> bool:
        return [value.shape for value in state.variables] != self._shapes

    def architecture(self) -> str | None:
        """Give the net's configuration as JSON; None where a layer has none."""
        try:
            with self.using() as net:
                data = json.loads(net.to_json())
        except Exception:  # a custom layer's get_config may fail in any way
            return None
        data.pop("compile_config", None)  # the estimator's own settings say how to compile
        if self._is_own and self._is_changed(self.state):
            data = plain_config(data)
        return json.dumps(data)

    def __getstate__(self) -> dict[str, Any]:
        settings = to_spec(self.settings)
        own = {"_net": None, "_is_own": False, "_state": self.state, "callbacks": None}
        return {**self.__dict__, "settings": settings, **own}

    def __setstate__(self, state: dict[str, Any]) -> None:
        now = {_RENAMED.get(name, name): value for name, value in state.items()}
        self.__dict__.update(now, settings=from_spec(state["settings"]))

    @classmethod
    def restored(cls, *, state: NetState, trusted: bool = False, **attributes: Any) -> Network:
        """Make a network from what was saved of one; sizes are checked first, unless trusted."""
        made = object.__new__(cls)
        blank = {"compiled": None, "signature": None, "_net": None, "_is_own": False}
        made.__dict__.update(attributes, **blank, _is_compiled=True, is_double=False, _state=state)
        if not trusted:
            with reproducible(made.seed, strict=False):
                check_size(made._bare, state)
        with made.using() as net:  # a state that does not fit shows now, not later
            made._connect(net)
            made.width = model_io.output_width(net, made._batch(made.sample))
        return made


def _size_for(n: int, steps: int | None) -> int | None:
    """Give the rows in a batch where an epoch shall have so many steps, as Keras has it."""
    return math.ceil(n / steps) if steps else None


def _held_size(n: int, arguments: Mapping[str, Any]) -> int | None:
    given = arguments["validation_batch_size"] or arguments["batch_size"]
    return given or _size_for(n, arguments["validation_steps"])


def _is_double(net: keras.Model) -> bool:
    """Tell whether a net computes in float64, so that its loss must too."""
    outputs = getattr(net, "outputs", None)
    dtype = outputs[0].dtype if outputs else net.compute_dtype
    return keras.backend.standardize_dtype(dtype) == "float64"


def _on_plain_cpu() -> bool:
    """Tell whether TensorFlow runs on a CPU, where no shape is compiled anew."""
    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    return not tf.config.list_physical_devices("GPU")


def _as_lists(history: Mapping[str, Any]) -> dict[str, list[float]]:
    lists = {name: [as_plain(value) for value in values] for name, values in history.items()}
    if not np.isfinite(lists.get("loss", [])).all():
        warn_user(
            "The loss became NaN or infinite: training diverged. Scale X or lower the learning "
            "rate (compile__optimizer__learning_rate).",
            ConvergenceWarning,
        )
    return lists
