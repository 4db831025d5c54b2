"""A net with everything needed to train it, read it, and make it again."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from sklearn.exceptions import ConvergenceWarning

from keraswrap._data import Rows, plan_feed
from keraswrap._engine import compiling, reading
from keraswrap._engine.feeding import Batches, Reorder, as_input
from keraswrap._engine.keeping import warm
from keraswrap._engine.lengths import Lengths, measure
from keraswrap._engine.portable import live, portable
from keraswrap._engine.recipes import FromConfig, Recipe, input_specs
from keraswrap._engine.seeds import reproducible, reseeding
from keraswrap._engine.state import NetState, freeze, get_state, set_state
from keraswrap._head import Head, choose_head, choose_indicator_head
from keraswrap._params import compile_arguments
from keraswrap.exceptions import InputError, ParameterError

# Rows shown to a net that says nothing of itself before it is called.
_SAMPLE = 8


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
    recipe : Recipe
        How the net is built.
    meta : mapping
        What the recipe is told of the data.
    rows : Rows
        The training rows; a few of them stay as the sample that says how the
        net is fed.
    seed : int
        Decides initial weights, dropout and the order of rows.

    Attributes
    ----------
    net : keras.Model
        Made again on first use after unpickling.
    width : int
        Output units.
    padding : dict
        After training, the shares of padding that `Lengths.padding` gives; empty
        where the net does not tell padding from tokens.
    """

    def __init__(self, recipe: Recipe, meta: Mapping[str, Any], rows: Rows, seed: int) -> None:
        self.recipe, self.meta, self.seed = recipe, dict(meta), seed
        self.sample = rows.take(np.arange(min(_SAMPLE, rows.n)))
        self.settings: Mapping[str, Any] | None = {}
        self.head: Head | None = None
        self.rounds = 0
        self.padding: dict[str, float] = {}
        self._state: NetState | None = None
        with reproducible(seed, strict=False):
            self._net: keras.Model | None = recipe(meta, self.sample)
            self._connect()
            reading.adapt_layers(self._net, rows, self.feeds)
            self.width = reading.output_width(self._net, self._batch(self.sample))

    def _connect(self) -> None:
        specs, self.as_dict = input_specs(self.net, self.sample)
        self.feeds = plan_feed(specs, self.sample)
        self._pads = reading.find_padding(self.net)

    @property
    def net(self) -> keras.Model:
        if self._net is None:
            self._restore()
        assert self._net is not None
        return self._net

    def _restore(self) -> None:
        with reproducible(self.seed, strict=False):
            if isinstance(self.recipe, FromConfig):
                self._net = self.recipe.restore()
            else:
                self._net = self.recipe(self.meta, self.sample)
            if not self._net.built:  # a subclassed model builds when first called
                self._connect()
                self._net(self._batch(self.sample), training=False)
            if self._state is not None:
                freeze(self._net, self._state)
            if self.settings is not None:
                self.compile(self.settings, self.head)
            if self._state is not None:
                set_state(self._net, self._state)
        self._state = None

    def _batch(self, rows: Rows) -> Any:
        return Batches(rows, self.feeds, as_dict=self.as_dict, batch_size=rows.n)[0][0]

    def check(self, rows: Rows) -> None:
        """Raise InputError unless the net can be fed these rows."""
        specs, _ = input_specs(self.net, self.sample)
        if getattr(self.net, "inputs", None) or rows.shapes != self.sample.shapes:
            plan_feed(specs, rows)

    def choose_head(
        self, compile_kwargs: Any, apply_softmax: bool | None, *, indicator: bool = False
    ) -> Head:
        """Reconcile loss and last layer; see `keraswrap._head`."""
        arguments, nested = compile_arguments(compile_kwargs)
        name, from_logits = compiling.loss_facts(arguments["loss"])
        from_logits = nested["loss"].get("from_logits", from_logits)
        activation = reading.last_activation(self.net, self._batch(self.sample))
        choose = choose_indicator_head if indicator else choose_head
        return choose(self.width, activation, name, from_logits, apply_softmax)

    def compile(self, compile_kwargs: Any, head: Head | None) -> None:
        """Compile with an optimizer, loss and metrics made for this net alone."""
        arguments, nested = compile_arguments(compile_kwargs)
        dtype = "float64" if self.is_double else None
        arguments |= {
            "optimizer": compiling.make_optimizer(arguments["optimizer"], nested["optimizer"]),
            "loss": compiling.make_loss(arguments["loss"], nested["loss"], head, dtype),
            "metrics": compiling.make_metrics(arguments["metrics"], head),
            "weighted_metrics": compiling.make_metrics(arguments["weighted_metrics"], head),
        }
        if arguments["jit_compile"] is None:
            arguments["jit_compile"] = _default_jit()
        self.net.compile(**arguments)
        # Left to the first step, this happens inside its trace, which TensorFlow then does twice.
        self.net.optimizer.build(self.net.trainable_variables)
        self.settings, self.head = compile_kwargs or {}, head
        # Its shapes are all that is asked of it from here: no one's rows go into a file.
        self.sample = self.sample.blank()

    @property
    def is_double(self) -> bool:
        """Whether the net computes in float64, so that its loss must too."""
        outputs = getattr(self.net, "outputs", None)
        dtype = outputs[0].dtype if outputs else self.net.compute_dtype
        return keras.backend.standardize_dtype(dtype) == "float64"

    def train(
        self,
        data: TrainingData,
        validation: TrainingData | None,
        arguments: Mapping[str, Any],
        *,
        strict: bool,
    ) -> dict[str, list[float]]:
        """Train for the epochs given, from the state the net is in.

        Parameters
        ----------
        data, validation : TrainingData
        arguments : mapping
            One value for each of Keras's fit arguments.
        strict : bool
            Whether the same seed must give the same bits on a GPU too.

        Returns
        -------
        dict of str to list of float
            One value an epoch.
        """
        if self.settings is None:
            raise ParameterError(
                "This estimator was loaded without its compile_kwargs, which hold objects that a "
                "file cannot: it can predict. To train on, pass load(path, compile_kwargs=...)."
            )
        # Each round of one estimator draws on, each fit afresh starts alike.
        order = (self.seed, self.rounds)
        seed = int(np.random.default_rng(order).integers(2**31))
        size = arguments["batch_size"]
        shuffle = arguments["shuffle"]
        group = shuffle and arguments["group_by_length"]
        batches = self._batches(data, size, seed=order if shuffle else None, group=group)
        held = validation and self._batches(validation, arguments["validation_batch_size"] or size)
        passed = ["epochs", "verbose", "initial_epoch", "steps_per_epoch", "validation_freq"]
        passed += ["validation_steps"] if held else []
        self.padding = batches.padding()
        callbacks = [Reorder(batches), *reseeding(seed)]
        callbacks += compiling.make_callbacks(arguments["callbacks"])
        self.rounds += 1
        with reproducible(seed, strict=strict):
            if self.rounds == 1:
                self._net = warm(self.net, self)
            history = self.net.fit(
                as_input(batches),
                validation_data=held and as_input(held),
                callbacks=callbacks,
                shuffle=False,  # Batches shuffles, with a generator of its own
                **{name: arguments[name] for name in passed},
            )
        return _as_lists(history.history)

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
        return measure(rows, self.feeds, self._pads, 8 if _on_plain_cpu() else 32)

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
        batches = self._batches(TrainingData(rows), arguments["batch_size"])
        callbacks = compiling.make_callbacks(arguments["callbacks"])
        with _without_retracing_notes():
            raw = self.net.predict(
                as_input(batches), verbose=arguments["verbose"], callbacks=callbacks
            )
        if not np.isfinite(raw).all():
            raise InputError(
                "The net's outputs hold NaN or infinity: its training diverged. Scale X, lower "
                "the learning rate, or check the loss, and fit again."
            )
        return batches.restore(np.asarray(raw))

    @property
    def state(self) -> NetState:
        """The net's state as arrays."""
        return self._state if self._net is None and self._state is not None else get_state(self.net)

    def architecture(self) -> str | None:
        """Give the net's configuration as JSON; None where a layer has none."""
        try:
            data = json.loads(self.net.to_json())
        except Exception:  # a custom layer's get_config may fail in any way
            return None
        data.pop("compile_config", None)  # the estimator's own settings say how to compile
        return json.dumps(data)

    def __getstate__(self) -> dict[str, Any]:
        settings = portable(self.settings)
        return {**self.__dict__, "settings": settings, "_net": None, "_state": self.state}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, settings=live(state["settings"]))

    @classmethod
    def restored(cls, *, state: NetState, **attributes: Any) -> Network:
        """Make a network from what was saved of one; its net is built on first use."""
        made = object.__new__(cls)
        made.__dict__.update(attributes, _net=None, _state=state)
        made.net  # noqa: B018 - a state that does not fit shows now, not later
        made._connect()
        made.width = reading.output_width(made.net, made._batch(made.sample))
        return made


@contextmanager
def _without_retracing_notes() -> Iterator[None]:
    # TensorFlow counts one trace for each net as a mistake of the caller's, on the log.
    log = logging.getLogger("tensorflow")
    log.addFilter(_is_no_retracing_note)
    try:
        yield
    finally:
        log.removeFilter(_is_no_retracing_note)


def _is_no_retracing_note(record: logging.LogRecord) -> bool:
    return "triggered tf.function retracing" not in record.getMessage()


def _default_jit() -> bool | str:
    # XLA is the slowest choice on a CPU, where Keras's "auto" takes it.
    return False if _on_plain_cpu() else "auto"


def _on_plain_cpu() -> bool:
    """Tell whether TensorFlow runs on a CPU, where no shape is compiled anew."""
    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    return not tf.config.list_physical_devices("GPU")


def _as_lists(history: Mapping[str, Any]) -> dict[str, list[float]]:
    lists = {name: [float(value) for value in values] for name, values in history.items()}
    if not np.isfinite(lists.get("loss", [])).all():
        warnings.warn(
            "The loss became NaN or infinite: training diverged. Scale X or lower the learning "
            "rate (compile__optimizer__learning_rate).",
            ConvergenceWarning,
            stacklevel=2,
        )
    return lists
