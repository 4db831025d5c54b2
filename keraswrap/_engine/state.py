"""Copy a net's whole state to and from arrays: variables, optimizer and lookup tables.

Tables (vocabularies, bin boundaries) are what preprocessing layers learn but do
not keep in variables. Which layers are frozen is part of the state too, as a
layer's configuration need not record it for the layers inside.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from keraswrap._engine.optimizer_state import is_behind, renewed
from keraswrap.exceptions import SavedFileError

# What preprocessing layers learned: by position in a net, then by the name of an attribute.
Tables = dict[int, dict[str, Sequence[str | int | float] | np.ndarray]]


@dataclass
class NetState:
    """What training changed in a net.

    Parameters
    ----------
    variables : list of ndarray
        Weights, statistics and the state of dropout's generators, in Keras's order.
    optimizer : list of ndarray
        The optimizer's variables; empty where none was kept.
    tables : dict
        Position of a preprocessing layer to what it learned.
    frozen : list of int, optional
        Positions of the layers that are not trained; None leaves them as built.
    ranks : dict
        Position of a layer to the rank of the weights that ``enable_lora`` gave it.
    alphas : dict
        Position of a layer to the alpha of these weights, if it differs from the rank.
    quantized : dict
        Position of a layer to how it was quantized.
    """

    variables: list[np.ndarray]
    optimizer: list[np.ndarray] = field(default_factory=list)
    tables: Tables = field(default_factory=dict)
    frozen: list[int] | None = None
    ranks: dict[int, int] = field(default_factory=dict)
    alphas: dict[int, float] = field(default_factory=dict)
    quantized: dict[int, str] = field(default_factory=dict)

    def __setstate__(self, state: dict[str, object]) -> None:
        """Fill in fields that pickles of earlier versions lack."""
        self.__dict__.update({"alphas": {}, "quantized": {}, **state})


def get_state(net: keras.Model) -> NetState:
    """Copy the state out of a net."""
    optimizer = getattr(net, "optimizer", None)
    if is_behind(net):  # a rebuilt net is compiled for what is trained now
        optimizer = renewed(optimizer, net.trainable_variables)
    moments = optimizer.variables if optimizer is not None and optimizer.built else []
    layers = list(enumerate(net._flatten_layers()))
    return NetState(
        [np.array(v) for v in net.variables],
        [np.array(v) for v in moments],
        get_tables(net),
        [k for k, layer in layers if not layer.trainable],
        {k: rank for k, layer in layers if (rank := _rank(layer))},
        {k: layer.lora_alpha for k, layer in layers if _has_alpha(layer)},
        {k: mode for k, layer in layers if (mode := _mode(layer)) and layer.built},
    )


def _rank(layer: keras.Layer) -> int:
    return getattr(layer, "lora_rank", None) or 0


def _has_alpha(layer: keras.Layer) -> bool:
    return bool(_rank(layer)) and getattr(layer, "lora_alpha", layer.lora_rank) != layer.lora_rank


def _mode(layer: keras.Layer) -> str | None:
    """Return how a layer was quantized; None if it was not, or only contains others."""
    if list(layer._flatten_layers(include_self=False)) or not hasattr(layer, "quantized_build"):
        return None
    return getattr(layer, "quantization_mode", None)


def set_state(net: keras.Model, state: NetState) -> None:
    """Put a state into a net of the same make.

    Raises
    ------
    SavedFileError
        If the net's variables are not those of the state.
    """
    # Tables first: a vocabulary may decide the shape of what follows.
    set_tables(net, state.tables)
    _assign(net.variables, state.variables, "The net")
    for layer in net._flatten_layers():
        # Discretization would compute its bins again, from rows that no longer exist.
        if hasattr(layer, "finalize_state") and layer.built and not hasattr(layer, "num_bins"):
            layer.finalize_state()
    optimizer = getattr(net, "optimizer", None)
    if state.optimizer and optimizer is not None:
        _assign(optimizer.variables, state.optimizer, "The optimizer")


def freeze(net: keras.Model, state: NetState) -> None:
    """Set what is trainable as in the state; call before compiling."""
    if state.frozen is not None:
        # A layer comes before those inside it, and setting it sets them too.
        for position, layer in enumerate(net._flatten_layers()):
            if layer.trainable == (position in state.frozen):
                layer.trainable = position not in state.frozen
    for position, layer in enumerate(net._flatten_layers()):
        # After freezing, as setting trainable would unfreeze the weights that LoRA freezes.
        if position in state.ranks and not _rank(layer):
            layer.enable_lora(state.ranks[position])
        if position in state.alphas:  # Keras omits it from a layer's configuration
            layer.lora_alpha = state.alphas[position]
        if position in state.quantized and _mode(layer) is None:
            layer.quantize(state.quantized[position], type_check=False)


def plain_config(config: object) -> Any:
    """Remove quantization from a net's configuration; its state records it.

    A layer that is built quantized has its variables in another order.
    """
    if isinstance(config, list):
        return [plain_config(value) for value in config]
    if not isinstance(config, dict):
        return config
    if str(config.get("class_name")).startswith("Quantized"):
        name = config["config"]["source_name"]
        return {**config, "class_name": "DTypePolicy", "config": {"name": name}}
    return {key: plain_config(value) for key, value in config.items()}


def why_unsaved(net: keras.Model) -> str | None:
    """Return what a state cannot record of how layers were quantized; None if nothing."""
    for layer in net._flatten_layers():
        mode, config = _mode(layer), getattr(layer, "quantization_config", None)
        if mode is None:
            continue
        # Keras makes a default configuration if none is given; GPTQ and AWQ need arguments.
        if mode in ("gptq", "awq") or _differs(config):
            return f"the layer {layer.name} is quantized by {mode} with settings of its own"
    return None


def _differs(config: keras.quantizers.QuantizationConfig | None) -> bool:
    return config is not None and config.get_config() != type(config)().get_config()


def _assign(variables: list[keras.Variable], values: list[np.ndarray], what: str) -> None:
    shapes, given = [tuple(v.shape) for v in variables], [v.shape for v in values]
    if shapes != given:
        raise SavedFileError(
            f"{what} has variables of shapes {shapes!r:.100}, the saved state has {given!r:.100}. "
            "The build function is not the one that was fitted, or returns another net now."
        )
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def forget_rows(net: keras.Model) -> None:
    """Reset layers that carry state from batch to batch (``stateful=True``).

    Keras leaves that to its users, so that a second call of ``predict`` continues
    where the first one ended; an estimator must give the same rows the same answer.
    """
    for layer in net._flatten_layers():
        if getattr(layer, "stateful", False) and hasattr(layer, "reset_state"):
            layer.reset_state()


def learned_tables(net: keras.Model) -> Iterator[tuple[int, keras.Layer]]:
    """Yield every layer that keeps a table, with its position in the net."""
    inner: set[int] = set()
    for position, layer in enumerate(net._flatten_layers()):
        inner.add(id(getattr(layer, "_lookup_layer", None)))
        if id(layer) in inner:
            continue  # part of a TextVectorization, which is handled whole
        if hasattr(layer, "get_vocabulary") or hasattr(layer, "bin_boundaries"):
            yield position, layer


def get_tables(net: keras.Model) -> Tables:
    """Read the tables that preprocessing layers have learned or were given."""
    tables: Tables = {}
    for position, layer in learned_tables(net):
        if hasattr(layer, "get_vocabulary"):
            words = [
                w if isinstance(w, str) else _plain(w)
                for w in layer.get_vocabulary(include_special_tokens=False)
            ]
            if words:
                tables[position] = {"vocabulary": words, **_idf(layer, len(words))}
        elif layer.bin_boundaries is not None:
            tables[position] = {"bin_boundaries": [float(b) for b in layer.bin_boundaries]}
    return tables


def _plain(word: np.str_ | bytes | np.integer) -> str | int:
    return str(word) if isinstance(word, np.str_ | bytes) else int(word)


def _idf(layer: keras.Layer, words: int) -> dict[str, np.ndarray]:
    lookup = getattr(layer, "_lookup_layer", layer)
    if getattr(lookup, "output_mode", None) != "tf_idf":
        return {}
    weights, first = np.asarray(lookup.idf_weights), lookup.num_oov_indices
    # The weight of unknown words is their mean, which is not the same to the bit each time.
    return {"idf_weights": weights[first : first + words], "unknown_idf": weights[:first]}


def set_tables(net: keras.Model, tables: Tables) -> None:
    """Put learned tables into a net of the same make."""
    layers = dict(learned_tables(net))
    for position, table in tables.items():
        layer = layers[position]
        if "bin_boundaries" in table:
            layer.bin_boundaries = table["bin_boundaries"]
        elif "idf_weights" in table:
            layer.set_vocabulary(table["vocabulary"], idf_weights=table["idf_weights"])
            _set_unknown_idf(layer, table.get("unknown_idf", ()))
        else:
            layer.set_vocabulary(table["vocabulary"])


def _set_unknown_idf(layer: keras.Layer, weights: Sequence[str | int | float] | np.ndarray) -> None:
    lookup = getattr(layer, "_lookup_layer", layer)
    if len(weights):  # earlier versions did not keep any
        lookup.idf_weights[: len(weights)].assign(np.asarray(weights, dtype="float32"))
        lookup.idf_weights_const = lookup.idf_weights.value()
