"""Describe one layer of a list in a form that pickles and makes fresh layers."""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np
from keras.src.saving.serialization_lib import SafeModeScope

from keraswrap._engine.layer_names import is_made_up, make_up
from keraswrap._engine.object_specs import lost_arguments
from keraswrap._engine.precision import in_policy
from keraswrap._engine.state import Tables, get_tables, set_tables
from keraswrap.exceptions import BuildError


@dataclass
class LayerSpec:
    """One layer of a list: its class, configuration, tables and weights.

    Weights that the user passed on purpose are kept: those of a nested model, or
    of a layer that is not trainable. Weights of plain layers never are, so that
    no fold can see another's.
    """

    kind: type[keras.Layer]
    config: dict[str, object]
    tables: Tables
    weights: list[np.ndarray]
    build_config: dict[str, object] | None

    @classmethod
    def of(cls, layer: keras.Layer) -> LayerSpec:
        """Make the specification of a layer.

        Raises
        ------
        BuildError
            If it is not a layer, or has no configuration.
        """
        if isinstance(layer, keras.KerasTensor):  # what keras.Input returns
            layer = layer._keras_history.operation
        if not isinstance(layer, keras.Layer):
            raise BuildError(
                f"Expected layers to be a list of Keras layers, got {describe_value(layer)} in it."
            )
        keep = layer.built and (isinstance(layer, keras.Model) or not layer.trainable)
        try:
            config = layer.get_config()
        except NotImplementedError as error:
            raise BuildError(
                f"The layer {layer.name!r} of class {type(layer).__name__} has no get_config, and "
                "each fit rebuilds layers from it. Define get_config, or use KerasWrapperModel."
            ) from error
        if lost := lost_arguments(layer):
            raise BuildError(
                f"The layer {layer.name!r} of class {type(layer).__name__} leaves arguments out of "
                f"its configuration ({', '.join(lost)}), and each fit rebuilds layers from it: "
                "they would have their defaults. Let get_config give each of them, or use "
                "KerasWrapperModel."
            )
        keep = keep or bool(getattr(layer, "adapt", None) and layer.built)
        weights = [np.asarray(w) for w in layer.get_weights()] if keep else []
        return cls(
            type(layer),
            config,
            get_tables(layer),
            weights,
            layer.get_build_config() if weights else None,
        )

    @property
    def given_name(self) -> str | None:
        """The name that the user gave the layer; None if Keras made it up."""
        name = self.config.get("name")
        return None if is_made_up(name, self.kind) else name  # type: ignore[return-value]

    def __call__(self) -> keras.Layer:
        """Make a fresh layer."""
        config = dict(self.config)
        if self.given_name is None and "name" in config:
            config["name"] = make_up(self.kind)
        if not self.tables:  # Keras would fix the size of a vocabulary that is not yet learned
            config.pop("vocabulary_size", None)
        try:
            # A Lambda in the user's own list is their own code; files are vetted elsewhere.
            with SafeModeScope(False):
                layer = self.kind.from_config(in_policy(config))
        except Exception as error:
            raise BuildError(
                f"The layer class {self.kind.__name__} cannot be rebuilt from its configuration: "
                f"{error}. Its get_config must give every argument of its __init__."
            ) from error
        if self.weights:
            if not layer.built:
                layer.build_from_config(self.build_config or {})
            layer.set_weights(self.weights)
            if hasattr(layer, "finalize_state"):
                layer.finalize_state()
        set_tables(layer, self.tables)
        return layer


def describe_value(value: object) -> str:
    """Return a value's class and the beginning of its text, for an error."""
    return "None" if value is None else f"{type(value).__name__} {value!r:.60}"
