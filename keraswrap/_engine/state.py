"""A net's whole state as arrays: variables, optimizer, and lookup tables.

Tables (vocabularies, bin boundaries) are what preprocessing layers learn
without keeping it in variables. Which layers are frozen belongs to it too: a
layer's configuration need not say so of the layers inside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from keraswrap.exceptions import SavedFileError


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
    """

    variables: list[np.ndarray]
    optimizer: list[np.ndarray] = field(default_factory=list)
    tables: dict[int, dict[str, Any]] = field(default_factory=dict)
    frozen: list[int] | None = None
    ranks: dict[int, int] = field(default_factory=dict)


def get_state(net: keras.Model) -> NetState:
    """Copy the state out of a net."""
    optimizer = getattr(net, "optimizer", None)
    moments = optimizer.variables if optimizer is not None and optimizer.built else []
    return NetState(
        [np.array(v) for v in net.variables],
        [np.array(v) for v in moments],
        get_tables(net),
        [k for k, layer in enumerate(net._flatten_layers()) if not layer.trainable],
        {k: rank for k, layer in enumerate(net._flatten_layers()) if (rank := _rank(layer))},
    )


def _rank(layer: Any) -> int:
    return getattr(layer, "lora_rank", None) or 0


def set_state(net: keras.Model, state: NetState) -> None:
    """Put a state into a net of the same make.

    Raises
    ------
    SavedFileError
        If the net has other variables than the state.
    """
    # Tables first: a vocabulary may decide the shape of what follows.
    set_tables(net, state.tables)
    _assign(net.variables, state.variables, "The net")
    for layer in net._flatten_layers():
        if hasattr(layer, "finalize_state") and layer.built:
            layer.finalize_state()
    optimizer = getattr(net, "optimizer", None)
    if state.optimizer and optimizer is not None:
        _assign(optimizer.variables, state.optimizer, "The optimizer")


def freeze(net: keras.Model, state: NetState) -> None:
    """Train what the state says is trained, and no more; to be done before compiling."""
    if state.frozen is not None:
        # A layer comes before those inside it, which it sets along with itself.
        for position, layer in enumerate(net._flatten_layers()):
            if layer.trainable == (position in state.frozen):
                layer.trainable = position not in state.frozen
    for position, layer in enumerate(net._flatten_layers()):
        # After the freezing, which would train the weights that stand still beside these.
        if position in state.ranks and not _rank(layer):
            layer.enable_lora(state.ranks[position])


def _assign(variables: list[Any], values: list[np.ndarray], what: str) -> None:
    shapes, given = [tuple(v.shape) for v in variables], [v.shape for v in values]
    if shapes != given:
        raise SavedFileError(
            f"{what} has variables of shapes {shapes!r:.100}, the saved state has {given!r:.100}. "
            "The build function is not the one that was fitted, or returns another net now."
        )
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def forget_rows(net: keras.Model) -> None:
    """Begin anew in layers that carry what they saw from batch to batch (``stateful=True``).

    Keras leaves that to its users, so that a second call of ``predict`` goes on
    where the first one ended; an estimator answers the same rows alike.
    """
    for layer in net._flatten_layers():
        if getattr(layer, "stateful", False) and hasattr(layer, "reset_state"):
            layer.reset_state()


def learned_tables(net: Any) -> Iterator[tuple[int, Any]]:
    """Give every layer that keeps a table, with its position in the net."""
    inner: set[int] = set()
    for position, layer in enumerate(net._flatten_layers()):
        inner.add(id(getattr(layer, "_lookup_layer", None)))
        if id(layer) in inner:
            continue  # part of a TextVectorization, which is handled whole
        if hasattr(layer, "get_vocabulary") or hasattr(layer, "bin_boundaries"):
            yield position, layer


def get_tables(net: Any) -> dict[int, dict[str, Any]]:
    """Read the tables that preprocessing layers have learned or were given."""
    tables = {}
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


def _plain(word: Any) -> Any:
    return str(word) if isinstance(word, np.str_ | bytes) else int(word)


def _idf(layer: Any, words: int) -> dict[str, Any]:
    lookup = getattr(layer, "_lookup_layer", layer)
    if getattr(lookup, "output_mode", None) != "tf_idf":
        return {}
    return {"idf_weights": np.asarray(lookup.idf_weights)[-words:]}


def set_tables(net: Any, tables: dict[int, dict[str, Any]]) -> None:
    """Put learned tables into a net of the same make."""
    layers = dict(learned_tables(net))
    for position, table in tables.items():
        layer = layers[position]
        if "bin_boundaries" in table:
            layer.bin_boundaries = table["bin_boundaries"]
        elif "idf_weights" in table:
            layer.set_vocabulary(table["vocabulary"], idf_weights=table["idf_weights"])
        else:
            layer.set_vocabulary(table["vocabulary"])
