"""Describe a net's outputs, and convert arrays between names and the net's own structure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from keraswrap.exceptions import BuildError

# The name of an output that is the only one.
LONE_OUTPUT = ""


@dataclass(frozen=True)
class NetOutputs:
    """What a net outputs for a row.

    Parameters
    ----------
    shapes : dict of str to tuple of int
        Shape of each output for one row, in the net's order.
    form : {'lone', 'dict', 'list'}
        How the net returns them.
    """

    shapes: Mapping[str, tuple[int, ...]]
    form: str = "lone"

    @classmethod
    def lone(cls, shape: tuple[int, ...]) -> NetOutputs:
        """Describe a net with one output."""
        return cls({LONE_OUTPUT: shape})

    @property
    def names(self) -> list[str] | None:
        """Names of the outputs; None for a single unnamed one."""
        return None if self.form == "lone" else list(self.shapes)

    def pack(self, arrays: Any) -> Any:
        """Put arrays into the structure in which Keras compares them with the net's outputs.

        Parameters
        ----------
        arrays : ndarray, dict of str to ndarray, or None

        Returns
        -------
        ndarray, dict, tuple or None
        """
        if self.form != "list" or arrays is None:
            return arrays
        return tuple(arrays[name] for name in self.shapes)

    def unpack(self, raw: Any) -> object:
        """Return a net's outputs as an array, or as a dict of arrays by name.

        Parameters
        ----------
        raw : array, dict or list of them

        Returns
        -------
        ndarray or dict of str to ndarray
        """
        if self.form == "lone":
            return np.asarray(raw)
        named = dict(zip(self.shapes, raw, strict=True)) if self.form == "list" else raw
        return {name: np.asarray(named[name]) for name in self.shapes}

    def pick(self, raw: Any, name: str) -> object:
        """Return one of a net's outputs."""
        if self.form == "lone":
            return raw
        return raw[list(self.shapes).index(name) if self.form == "list" else name]


def describe_outputs(net: keras.Model, sample: np.ndarray | dict[str, np.ndarray]) -> NetOutputs:
    """Describe the outputs of a net, calling it on a sample if necessary.

    Raises
    ------
    BuildError
        If an output has no fixed number of units, or several have no distinct names.
    """
    struct = symbolic_outputs(net)
    if struct is None or any(None in t.shape[1:-1] for t in keras.tree.flatten(struct)):
        struct = _call(net, sample)
    names, form = _names(net, struct)
    shapes = [tuple(tensor.shape) for tensor in _listed(struct, names)]
    if any(len(shape) < 2 or None in shape[1:] for shape in shapes):
        raise BuildError(
            f"Expected a net with one output of shape (n, units), got {shapes}. End it in a "
            "Dense layer, after Flatten or pooling."
        )
    found = [tuple(map(int, shape[1:])) for shape in shapes]
    return NetOutputs(dict(zip(names, found, strict=True)), form)


def symbolic_outputs(net: keras.Model) -> object:
    """Return the outputs of a functional net in its own form; None for a subclassed one."""
    inner = getattr(net, "_functional", None) or net  # a Sequential has a functional net inside
    struct = getattr(inner, "_outputs_struct", None)
    return struct if struct is not None else getattr(net, "outputs", None) or None


def symbolic_output(net: keras.Model, name: str, outputs: NetOutputs) -> object:
    """Return one output of a functional net; None for a subclassed one."""
    struct = symbolic_outputs(net)
    if struct is None:
        return None
    return keras.tree.flatten(struct)[0] if outputs.form == "lone" else outputs.pick(struct, name)


def _names(net: keras.Model, struct: object) -> tuple[list[str], str]:
    if isinstance(struct, dict):
        if any(keras.tree.is_nested(value) for value in struct.values()):
            raise BuildError(
                f"Expected a net whose outputs are a dict of tensors, got {_form(struct)}."
            )
        return [str(name) for name in struct], "dict"
    if not isinstance(struct, list | tuple) or len(struct) == 1:
        return [LONE_OUTPUT], "lone"
    names = list(getattr(net, "output_names", None) or [])
    if len(names) != len(struct) or len(set(names)) != len(names):
        raise BuildError(
            f"Expected a net whose outputs have names, got {_form(struct)}. Return a dict of "
            "outputs by name from the build function: keras.Model(inputs, {name: tensor, ...})."
        )
    return names, "list"


def _listed(struct: object, names: list[str]) -> list[Any]:
    if isinstance(struct, dict):
        return [struct[name] for name in names]
    return list(struct) if isinstance(struct, list | tuple) else [struct]


def _form(struct: Any) -> str:
    return str(keras.tree.map_structure(lambda tensor: tuple(tensor.shape), struct))


def _call(net: keras.Model, sample: np.ndarray | dict[str, np.ndarray]) -> object:
    try:
        return net(sample, training=False)
    except Exception as error:
        raise BuildError(
            f"The net cannot be called on the rows given: {type(error).__name__}: {error}"
        ) from error


def is_finite(outputs: object) -> bool:
    """Return whether outputs, or those of each name, hold neither NaN nor infinity."""
    return all(bool(np.isfinite(part).all()) for part in keras.tree.flatten(outputs))
