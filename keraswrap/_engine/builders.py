"""Build a fresh net from a function, a list of layers or a configuration.

A builder is called with ``meta`` and rows, and returns a new uncompiled model each
time. It can be pickled even if its layers are of classes that are not registered
with Keras.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import keras

from keraswrap._data import LONE, Rows, is_text
from keraswrap._engine.build_adapter import begin_building
from keraswrap._engine.captured_layers import check_own, layers_outside
from keraswrap._engine.layer_names import avoid, numbered_anew, numbered_on
from keraswrap._engine.layer_spec import LayerSpec, describe_value
from keraswrap._params import build_arguments, check_known, wants_meta
from keraswrap.exceptions import BuildError, ParameterError

_TAKES_TEXT = ("TextVectorization", "StringLookup")
# In what Keras says of a net in which two layers have one name.
_UNIQUE = "unique"
# First layers that read integers: large ids would lose precision if cast to float.
_TAKES_INTEGERS = ("Embedding", "IntegerLookup", "CategoryEncoding", "Hashing", "HashedCrossing")


@dataclass
class FromFunction:
    """A build function and its arguments."""

    function: Callable[..., keras.Model]
    kwargs: Mapping[str, object] = field(default_factory=dict)

    def check(self) -> None:
        """Check the arguments against the signature, before any work.

        Raises
        ------
        ParameterError, BuildError
        """
        if isinstance(self.function, keras.Model) or not callable(self.function):
            raise BuildError(
                f"Expected model to be a function that builds a keras.Model, got "
                f"{describe_value(self.function)}. Pass the function itself, not what it returns: "
                "each fit builds a fresh net."
            )
        arguments, open_ended = build_arguments(self.function)
        if "meta" in self.kwargs:
            raise ParameterError("meta is filled in by the estimator; drop it from model_kwargs.")
        if not open_ended:
            check_known(self.kwargs, arguments, "The build function")

    def __call__(self, meta: Mapping[str, object], rows: Rows) -> keras.Model:
        """Build a fresh net."""
        self.check()
        extra = {"meta": dict(meta)} if wants_meta(self.function) else {}
        outside = layers_outside(self.function, self.kwargs)
        avoid(layer.name for layer in outside)
        try:
            begin_building(outside)
            try:
                net = self.function(**self.kwargs, **extra)
            except ValueError as error:
                if _UNIQUE not in str(error):
                    raise
                # It uses layers from outside that were not found, with names of their own.
                begin_building(outside)
                with numbered_on():
                    net = self.function(**self.kwargs, **extra)
        except Exception as error:
            raise BuildError(
                f"The build function {_name(self.function)} raised {type(error).__name__}: "
                f"{error}. It was called with {sorted([*self.kwargs, *extra])}."
            ) from error
        check_own(check_net(net, _name(self.function)), outside, _name(self.function))
        return net

    def preview(self) -> keras.Model:
        """Build a net without data, for inspection.

        Raises
        ------
        BuildError
            If the build function takes ``meta``, which depends on the data.
        """
        if wants_meta(self.function):
            raise BuildError(
                f"{_name(self.function)} takes `meta`, which is known from the data: fit first, "
                "then call summary()."
            )
        with numbered_anew():
            return self({}, Rows({}))


def check_net(net: keras.Model, source: str) -> keras.Model:
    """Check that a build function returned an uncompiled model.

    Raises
    ------
    BuildError
    """
    if not isinstance(net, keras.Model):
        hint = " Did it forget to return the model?" if net is None else ""
        raise BuildError(
            f"Expected {source} to return an uncompiled keras.Model, got {describe_value(net)}."
            f"{hint}"
        )
    if net.compiled:
        raise BuildError(
            f"Expected {source} to return an uncompiled keras.Model, got a compiled one. Pass its "
            "optimizer, loss and metrics as compile_kwargs: each fit needs its own."
        )
    return net


def _name(function: object) -> str:
    return f"{getattr(function, '__qualname__', type(function).__name__)}()"


@dataclass
class FromLayers:
    """A list of layers, rebuilt from their configurations each time.

    A function in the list takes ``meta`` and returns a layer.
    """

    layers: list[LayerSpec | Callable[[Mapping[str, object]], keras.Layer]]
    name: str | None = None

    @classmethod
    def of(cls, layers: object, name: str | None) -> FromLayers:
        """Make the builder from a list of layers.

        Raises
        ------
        BuildError
            If it is not a list, is empty, or holds anything else.
        """
        if not isinstance(layers, list | tuple) or not layers:
            raise BuildError(f"Expected a list of Keras layers, got {describe_value(layers)}.")
        return cls([_entry(entry) for entry in layers], name)

    def __call__(self, meta: Mapping[str, object], rows: Rows) -> keras.Model:
        """Build a fresh Sequential, with an input that fits the rows."""
        begin_building()
        specs = [entry for entry in self.layers if isinstance(entry, LayerSpec)]
        avoid(spec.given_name for spec in specs if spec.given_name is not None)
        layers = [_make(entry, meta) for entry in self.layers]
        if not isinstance(layers[0], keras.layers.InputLayer | keras.Model):
            layers.insert(0, _input_for(layers[0], rows))
        try:
            return keras.Sequential(layers, name=self.name)
        except Exception as error:
            array = next(iter(rows.arrays.values()))
            text = " of text; begin with a TextVectorization layer" if is_text(array) else ""
            raise BuildError(
                f"The layers do not fit rows of shape {array.shape[1:]}{text}: {error}"
            ) from error

    def preview(self) -> keras.Model:
        """Build a net without data, for inspection.

        Raises
        ------
        BuildError
            If the list contains a function: it takes ``meta``, which depends on the data.
        """
        if not all(isinstance(entry, LayerSpec) for entry in self.layers):
            raise BuildError(
                "A function in the list of layers takes `meta`, which is known from the data: fit "
                "first, then call summary()."
            )
        with numbered_anew():
            return keras.Sequential([_make(entry, {}) for entry in self.layers], name=self.name)


def _entry(entry: object) -> LayerSpec | Callable[[Mapping[str, object]], keras.Layer]:
    if isinstance(entry, LayerSpec) or (callable(entry) and not isinstance(entry, keras.Layer)):
        return entry
    return LayerSpec.of(entry)


def _make(
    entry: LayerSpec | Callable[[Mapping[str, object]], keras.Layer], meta: Mapping[str, object]
) -> keras.Layer:
    if isinstance(entry, LayerSpec):
        return entry()
    try:
        made = entry(dict(meta))
    except Exception as error:
        raise BuildError(
            f"{_name(entry)} in the list of layers raised {type(error).__name__}: {error}. It is "
            "called with `meta` and must return a layer."
        ) from error
    if not isinstance(made, keras.Layer):
        raise BuildError(f"Expected {_name(entry)} to return a layer, got {describe_value(made)}.")
    return made


def _input_for(layer: keras.Layer, rows: Rows) -> keras.KerasTensor:
    if set(rows.arrays) != {LONE}:
        raise BuildError(
            f"A list of layers has one input, got the arrays {list(rows.arrays)}. Use "
            "KerasWrapperModel for nets with several inputs."
        )
    array = rows.arrays[LONE]
    if is_text(array) or type(layer).__name__ in _TAKES_TEXT:
        return keras.Input(array.shape[1:], dtype="string")
    floats = layer.variable_dtype if str(layer.variable_dtype).startswith("float") else None
    whole = type(layer).__name__ in _TAKES_INTEGERS
    return keras.Input(array.shape[1:], dtype="int32" if whole else floats)


@dataclass
class FromConfig:
    """A net's saved configuration, which can predict but not be fitted from scratch."""

    config: str
    custom_objects: Mapping[str, object]
    source: str = "a saved file"

    def __repr__(self) -> str:
        return f"<net from {self.source}>"

    def __call__(self, meta: Mapping[str, object], rows: Rows | None) -> keras.Model:
        """Refuse to rebuild: initial (pretrained) weights are not in the file."""
        raise BuildError(
            f"This estimator was loaded from {self.source} without its build function or layers: "
            "it can predict, score and partial_fit. To fit from scratch, pass model=... or "
            "layers=... to load."
        )

    def preview(self) -> keras.Model:
        """Rebuild the net for inspection."""
        return self.restore()

    def restore(self) -> keras.Model:
        """Rebuild the net without its trained weights."""
        with keras.saving.custom_object_scope(dict(self.custom_objects)):
            return keras.models.model_from_json(self.config)


Builder = FromFunction | FromLayers | FromConfig
