"""Keep a net with everything needed to train it, run it and rebuild it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import Any

import keras
import numpy as np

from keraswrap._data import Rows, plan_feed
from keraswrap._engine import compilation, model_io, precision
from keraswrap._engine.batches import Batches, TrainingData
from keraswrap._engine.build_adapter import BuildAdapter, adapter_of
from keraswrap._engine.builders import Builder, FromConfig
from keraswrap._engine.callbacks import make_callbacks
from keraswrap._engine.compiled_net import CompiledNet, inner_precision, weights_hash
from keraswrap._engine.input_pipeline import provide
from keraswrap._engine.length_groups import Lengths, measure_lengths
from keraswrap._engine.losses import loss_encoding, loss_facts
from keraswrap._engine.model_pool import pool
from keraswrap._engine.model_signature import signature_of
from keraswrap._engine.net_outputs import NetOutputs, describe_outputs, is_finite
from keraswrap._engine.object_specs import lost_arguments
from keraswrap._engine.optimizer_state import hand_over, is_behind
from keraswrap._engine.preprocessing import adapt_layers
from keraswrap._engine.safe_config import check_size
from keraswrap._engine.seeds import reproducible
from keraswrap._engine.serialization import from_spec, to_spec
from keraswrap._engine.state import (
    NetState,
    forget_rows,
    freeze,
    learned_tables,
    plain_config,
    set_state,
    set_tables,
)
from keraswrap._engine.step_functions import choose_rows, predict
from keraswrap._engine.tenant import Tenant
from keraswrap._params import compile_arguments, parts_of
from keraswrap._runtimes import name_runtime
from keraswrap._target_view import each
from keraswrap._targets.head import Head, Look, Output, Outputs
from keraswrap.exceptions import InputError, ParameterError

# Rows for a net that must be called before it can be described.
_SAMPLE = 8
# Names of attributes in pickles of version 0.1; to be removed in 0.3.
_RENAMED = {"recipe": "builder", "make": "signature", "_is_spread": "is_spread"}


class Network(Tenant):
    """A built net that can be trained, run, pickled and rebuilt.

    Parameters
    ----------
    builder : Builder
        How the net is built.
    meta : mapping
        What the builder knows about the data.
    rows : Rows
        The training rows; a few of them are kept as a sample that shows how the
        net is fed.
    seed : int
        Decides initial weights, dropout and the order of rows.
    wanted : str, default="auto"
        Precision: a dtype policy of Keras, or ``"auto"``.

    Attributes
    ----------
    precision : str
        The dtype policy in which most of its weights compute.
    jit_compile : bool
        Whether XLA compiles it.
    net_outputs : NetOutputs
        Names and shapes of its outputs.
    padding : dict
        After training, the shares of padding that `Lengths.padding` gives; empty
        if the net cannot tell padding from tokens.
    """

    head: Head | dict[str, Head]
    # Defaults for pickles of earlier versions, which used Keras's own settings.
    policy: str | None = None
    jit_compile: bool | None = None
    # Positions of the layers that learned a table while it was built, in the order of calls.
    adapted: Sequence[int] = ()
    # Which of the optimizer's variables is the learning rate, in a network that is to have twins.
    _rates: Sequence[int] = ()
    # Those of the last round of training; never pickled, as they may hold anything.
    callbacks: list[keras.callbacks.Callback] | None = None
    # Whether it is a transformer for which another runtime pays; None until somebody asks.
    _is_large: bool | None = None

    def __init__(
        self,
        builder: Builder,
        meta: Mapping[str, object],
        rows: Rows,
        seed: int,
        wanted: str = "auto",
    ) -> None:
        self.builder, self.meta, self.seed = builder, dict(meta), seed
        self.sample = rows.take(np.arange(min(_SAMPLE, rows.n)))
        self.settings: Mapping[str, object] | None = {}
        self.rounds = 0
        self.padding: dict[str, float] = {}
        for clear in (False, True):
            with reproducible(seed, strict=False, clear=clear) as drew:
                self._begin(rows, wanted)
            if not drew():  # clearing is slow and rarely needed, so it is not done first
                break

    def _begin(self, rows: Rows, wanted: str) -> None:
        adapter = BuildAdapter(rows)
        with adapter.active():
            self._net, self.policy = precision.build(
                lambda: self.builder(self.meta, self.sample),
                wanted,
                lambda: reproducible(self.seed, strict=False),
                [self.builder, self.meta],
            )
            self._connect(self._net)
            adapt_layers(self._net, rows, self.feeds)
            try:
                self.net_outputs = describe_outputs(self._net, self._batch(self.sample))
            finally:  # an unadapted layer is a clearer error than what it causes
                adapter.check(self._net, self.feeds)
        self.adapted = adapter.places(self._net)
        self._shapes = [tuple(variable.shape) for variable in self._net.variables]

    def _connect(self, net: keras.Model) -> None:
        self._specs, self.as_dict = model_io.input_specs(net, self.sample)
        self._is_functional = bool(getattr(net, "inputs", None))
        self.feeds = plan_feed(self._specs, self.sample)
        self._pads = model_io.find_padding(net)
        self.is_double = compilation.is_double(net)
        # Under a distribution strategy of TensorFlow, Keras distributes rows to devices.
        self.is_spread = getattr(net, "_distribute_strategy", None) is not None
        self.precision = precision.precision_of(net)

    def build(self, state: NetState | None) -> keras.Model:
        """Build a net in a state; with none, as the builder leaves it."""
        with self._adapter(state).active():
            net = self._bare()
            if not net.built:  # a subclassed model is built when first called
                self._connect(net)
                made, tables = dict(learned_tables(net)), state.tables if state else {}
                set_tables(net, {k: table for k, table in tables.items() if k in made})
                net(self._batch(self.sample), training=False)
        if state is not None:
            freeze(net, state)
        if self.settings is not None:
            self._compile(net)
        if state is not None:
            set_state(net, state)
        return net

    def _adapter(self, state: NetState | None) -> BuildAdapter:
        # A saved configuration already has the widths of its layers.
        places = () if isinstance(self.builder, FromConfig) else self.adapted
        return adapter_of(state, places)

    def _bare(self) -> keras.Model:
        if isinstance(self.builder, FromConfig):
            return self.builder.restore()
        return precision.rebuild(lambda: self.builder(self.meta, self.sample), self.policy)

    def _batch(self, rows: Rows) -> np.ndarray | dict[str, np.ndarray]:
        return Batches(rows, self.feeds, as_dict=self.as_dict, batch_size=rows.n)[0][0]

    def check(self, rows: Rows) -> None:
        """Raise InputError unless the net can be fed these rows."""
        if self._is_functional or rows.shapes != self.sample.shapes:
            plan_feed(self._specs, rows)

    @property
    def width(self) -> int:
        """Units of the only output."""
        (shape,) = self.net_outputs.shapes.values()
        return shape[-1]

    def describe(
        self, compile_kwargs: Mapping[str, object] | None, is_logits: object = None
    ) -> Outputs:
        """Describe the net's outputs to a target, which decides what they mean."""
        shapes = self.net_outputs.shapes
        said = compilation.of_outputs("apply_softmax", is_logits, self.net_outputs.names)
        return Outputs(
            {
                name: Output(shape, cache(partial(self._look, compile_kwargs, name)), said[name])
                for name, shape in shapes.items()
            }
        )

    def _look(self, compile_kwargs: Mapping[str, object] | None, name: str) -> Look:
        arguments, nested = compile_arguments(compile_kwargs)
        outputs = self.net_outputs
        with self.using() as net:
            activation = model_io.last_activation(net, self._batch(self.sample), outputs, name)
            loss = compilation.own_loss(net, arguments, parts_of(compile_kwargs))
        loss = compilation.of_outputs("loss", loss, outputs.names)[name]
        known, from_logits = loss_facts(loss)
        return Look(
            activation,
            known,
            nested["loss"].get("from_logits", from_logits),
            cache(lambda: loss_encoding(loss, nested["loss"], outputs.shapes[name][-1])),
        )

    def compile(
        self, compile_kwargs: Mapping[str, object] | None, head: Head | dict[str, Head]
    ) -> None:
        """Compile with an optimizer, loss and metrics made for this net alone."""
        if self._net is None:  # its signature will change, so it leaves the pool
            self._net = pool.withdraw(self)
        self.settings, self.head, self.jit_compile = compile_kwargs or {}, head, None
        self._compile(self._net)
        self._is_compiled = True
        # From here on only its shapes are needed, and no user's rows must get into a file.
        self.sample = self.sample.blank()

    def _compile(self, net: keras.Model) -> None:
        self.compiled = compilation.compile_net(
            net, self.settings or {}, self.head, self.jit_compile
        )
        self.jit_compile = bool(net.jit_compile)
        self.signature = signature_of(net, self.compiled)

    @property
    def is_reproducible(self) -> bool:
        """Whether its initial state follows from how it was built, not from rows."""
        return self.signature is not None and not self.adapted

    def untrained(self) -> Network:
        """Copy a compiled network that was not trained yet, for twins of it."""
        made = self._copy(self.state)
        optimizer = self._net.optimizer  # type: ignore[union-attr]
        rate = getattr(optimizer, "_learning_rate", None)
        made._rates = [k for k, v in enumerate(optimizer.variables) if v is rate]
        return made

    def twin(self, compile_kwargs: Mapping[str, object] | None) -> Network:
        """Copy an `untrained` network, with settings that differ in nothing but the rate."""
        optimizer = list(self.state.optimizer)
        rate = compile_arguments(compile_kwargs)[1]["optimizer"].get("learning_rate")
        for place in self._rates if rate is not None else ():
            optimizer[place] = np.asarray(rate, optimizer[place].dtype)
        made = self._copy(replace(self.state, optimizer=optimizer))
        made.settings = compile_kwargs or {}
        return made

    def _copy(self, state: NetState) -> Network:
        made = object.__new__(Network)
        own = {"_net": None, "_is_own": False, "_state": state}
        here: dict[str, object] = {"padding": {}, "compiled_net": None, "is_changing": False}
        made.__dict__.update(self.__dict__, **own, **here)
        return made

    def follow_trainable(self) -> None:
        """Make the optimizer train what is trainable now: layers may have been frozen meanwhile."""
        with self.using() as net:
            behind, before = is_behind(net), net.optimizer
        if behind:
            self.compile(self.settings, self.head)
            hand_over(before, self._net.optimizer)  # type: ignore[union-attr]

    def batches(self, data: TrainingData, size: int | None, **order: Any) -> Batches:
        """Cut rows into batches as the net takes them; `order` as for `Batches`."""
        return Batches(
            data.rows,
            self.feeds,
            self.net_outputs.pack(data.targets),
            self.net_outputs.pack(data.weights),
            size,
            as_dict=self.as_dict,
            lengths=self._measure(data.rows),
            plan=data.plan,
            **order,
        )

    def _measure(self, rows: Rows) -> Lengths | None:
        if any(
            len(shape) > 1 for shape in self.net_outputs.shapes.values()
        ):  # every position needs an output, padding too
            return None
        return measure_lengths(rows, self.feeds, self._pads, 8 if _on_plain_cpu() else 32)

    def outputs(self, rows: Rows, arguments: Mapping[str, Any], runtime: str = "keras") -> object:
        """Run the net on rows, in order.

        Parameters
        ----------
        rows : Rows
        arguments : mapping
            One value for each of Keras's predict arguments.
        runtime : {"keras", "auto", "openvino"}, default="keras"
            What computes.

        Returns
        -------
        ndarray of shape (n, ..., width), or dict of them by output

        Raises
        ------
        InputError
            If the net cannot be fed these rows.
        ParameterError
            If the net cannot be computed by the runtime.
        """
        self.check(rows)
        compiled = self._compiled_for(runtime, arguments)
        if compiled is None:
            batches, raw = self._ask_keras(rows, arguments)
        else:
            batches = self.batches(TrainingData(rows), arguments["batch_size"] or compiled.rows)
            raw = compiled.outputs(batches)
        if not is_finite(raw):
            raise InputError(
                "The net's outputs hold NaN or infinity: its training diverged. Scale X, lower "
                "the learning rate, or check the loss, and fit again."
            )
        return each(batches.restore, raw)

    def _ask_keras(self, rows: Rows, arguments: Mapping[str, Any]) -> tuple[Batches, object]:
        callbacks = make_callbacks(arguments["callbacks"])
        with self.using() as net:
            forget_rows(net)
            size = arguments["batch_size"] or choose_rows(net, rows)
            batches = self.batches(TrainingData(rows), size)
            by_keras = callbacks or arguments["verbose"] or net.run_eagerly or self.is_spread
            source = provide(batches, traced=not by_keras)
            raw = predict(net, source, verbose=arguments["verbose"], callbacks=callbacks)
        return batches, self.net_outputs.unpack(raw)

    def runtime(self, asked: str) -> str:
        """Return what computes predictions, and in which precision: ``"keras float32"``."""
        if self._runs_by(asked) == "keras":
            return f"keras {self.precision}"
        return f"openvino {inner_precision(self.precision)}"

    def _runs_by(self, asked: str) -> str:
        """Name the runtime asked for; what the environment names is for large nets alone."""
        name = name_runtime(asked)
        if name == "keras" or asked != "auto":
            return name
        if self._is_large is None:
            with self.using() as net:
                self._is_large = precision.matrix_weights(net) >= precision.LARGE
        return name if self._is_large else "keras"

    def _compiled_for(self, asked: str, arguments: Mapping[str, Any]) -> CompiledNet | None:
        """Return the net as another runtime computes it; None if Keras is to."""
        # Each epoch would be converted anew.
        if asked == "keras" or self.is_changing or self._runs_by(asked) == "keras":
            return None
        if arguments["callbacks"]:
            if asked == "auto":
                return None
            raise ParameterError(
                "Expected no callbacks with runtime='openvino', which calls none, got "
                f"{arguments['callbacks']!r:.100}. Set runtime='keras'."
            )
        made, held = self.compiled_net, weights_hash(self._net) if self._is_own else None
        if made is None or made.held != held:
            made = self.compiled_net = CompiledNet(self, held)
        return made

    def architecture(self) -> str | None:
        """Return the net's configuration as JSON; None if a layer's is missing or incomplete."""
        try:
            with self.using() as net:
                # A subclassed model makes its layers itself, but must give its own arguments.
                data = None if lost_arguments(net) else model_io.net_config(net)
        except Exception:  # a custom layer's get_config may fail in any way
            return None
        if data is None:
            return None
        if self._is_own and self._is_changed(self.state):
            data = plain_config(data)
        return json.dumps(data)

    def __getstate__(self) -> dict[str, object]:
        settings = to_spec(self.settings)
        own = {"_net": None, "_is_own": False, "_state": self.state}
        here = {"callbacks": None, "compiled_net": None, "is_changing": False}
        return {**self.__dict__, "settings": settings, **own, **here}

    def __setstate__(self, state: dict[str, object]) -> None:
        now = {_RENAMED.get(name, name): value for name, value in state.items()}
        if "width" in now:  # from version 0.1
            now["output_shape"] = (now.pop("width"),)
        if "output_shape" in now:  # before there were nets with several outputs
            now["net_outputs"] = NetOutputs.lone(tuple(now.pop("output_shape")))  # type: ignore[arg-type]
        self.__dict__.update(now, settings=from_spec(state["settings"]))

    @classmethod
    def restored(cls, *, state: NetState, trusted: bool = False, **attributes: object) -> Network:
        """Rebuild a network from what was saved; check sizes first, unless it is trusted."""
        made = object.__new__(cls)
        blank = {"compiled": None, "signature": None, "_net": None, "_is_own": False}
        made.__dict__.update(attributes, **blank, _is_compiled=True, is_double=False, _state=state)
        if not trusted:
            with reproducible(made.seed, strict=False), made._adapter(state).active():
                check_size(made._bare, state)
        with made.using() as net:  # a state that does not fit fails now, not later
            made._connect(net)
            made.net_outputs = describe_outputs(net, made._batch(made.sample))
        return made


def _on_plain_cpu() -> bool:
    """Return whether TensorFlow runs on a CPU, where new shapes cost no compilation."""
    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    return not tf.config.list_physical_devices("GPU")
