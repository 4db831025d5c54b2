"""A checkpoint's tensors: what its architecture needs, what is there, and where it goes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from keraswrap._checkpoints.safetensors import Tensor, read_tensors
from keraswrap.exceptions import InputError
from keraswrap.text.architectures import Architecture
from keraswrap.text.architectures._slots import Shapes

if TYPE_CHECKING:
    import keras

    from keraswrap.text._checkpoint import Checkpoint

# Tensors among the embeddings that are counters only.
_COUNTERS = {"embeddings.position_ids", "embeddings.token_type_ids"}


def plain_name(name: str) -> str:
    """Return the one name under which a tensor of an encoder is known here.

    Examples
    --------
    >>> plain_name("embeddings.LayerNorm.gamma")  # in BERT's first release
    'embeddings.LayerNorm.weight'
    """
    return re.sub(r"\.beta$", ".bias", re.sub(r"\.gamma$", ".weight", name))


def split_tensors(
    architecture: Architecture, tensors: Mapping[str, Tensor], folder: str
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Separate the encoder's tensors from those above it, each by its plain name.

    Raises
    ------
    InputError
        If there is no encoder, or more than one.
    """
    words = architecture.words
    found = [name.removesuffix(words) for name in tensors if name.endswith(words)]
    if len(found) != 1:
        raise InputError(
            f"Expected one encoder, with one tensor *{words}, got {len(found)} in {folder!r}, "
            f"whose tensors are {sorted(tensors)[:8]}. Save the encoder by itself."
        )
    prefix = found[0]
    outer = prefix.rpartition(".")[0].rpartition(".")[0]  # of "model.bert." → "model"
    inside = {name: tensor for name, tensor in tensors.items() if name.startswith(prefix)}
    encoder = {plain_name(name.removeprefix(prefix)): tensor for name, tensor in inside.items()}
    # If the encoder's tensors have a prefix, those of the head have none.
    rest = (
        encoder
        if not prefix
        else {
            name.removeprefix(f"{outer}."): tensor
            for name, tensor in tensors.items()
            if name not in inside
        }
    )
    return encoder, rest


def check_weights(checkpoint: Checkpoint) -> dict[str, Tensor]:
    """Check names and shapes of the encoder's tensors before any is read.

    Returns
    -------
    dict of str to Tensor
        Those of the encoder, by their plain names.

    Raises
    ------
    InputError
        If some are missing, have another shape than the configuration says,
        or belong to an architecture that keras-hub does not compute.
    """
    architecture = checkpoint.architecture
    found, _ = split_tensors(architecture, read_tensors(checkpoint.folder), checkpoint.folder)
    needed = {slot.tensor: slot.shape for slot in architecture.all_slots(checkpoint)}
    compare_shapes(needed, found, checkpoint.folder)
    extra = sorted(
        name
        for name in found
        if name.partition(".")[0] in architecture.parts and name not in {*needed, *_COUNTERS}
    )
    if extra:
        raise InputError(
            f"Expected an encoder of {checkpoint.n_layers} layers as config.json describes it, got "
            f"{len(extra)} tensors more in {checkpoint.folder!r}: {_some(extra)}. They would be "
            "silently ignored: save the encoder without them, or correct config.json."
        )
    return found


def compare_shapes(needed: Shapes, found: Mapping[str, Tensor], folder: str) -> None:
    """Compare what is needed with what is there.

    Raises
    ------
    InputError
        Which names the tensors that are missing, or have another shape.
    """
    missing = [name for name in needed if name not in found]
    if missing:
        raise InputError(
            f"Expected the tensors that config.json describes in {folder!r}, got none for "
            f"{_some(missing)}. Fetch the checkpoint again."
        )
    wrong = [
        f"{name} {found[name].shape} instead of {shape}"
        for name, shape in needed.items()
        if found[name].shape != shape
    ]
    if wrong:
        raise InputError(
            f"Expected tensors of the shapes that config.json gives in {folder!r}, got "
            f"{_some(wrong)}. Configuration and weights are of two checkpoints."
        )


def fill(net: keras.Model, checkpoint: Checkpoint, tensors: Mapping[str, Tensor]) -> None:
    """Put a checkpoint's tensors into the weights of its net.

    Parameters
    ----------
    tensors : dict of str to Tensor
        As :func:`check_weights` returns them.
    """
    for slot in checkpoint.architecture.all_slots(checkpoint):
        weight = weights_of(net.get_layer(slot.layer))[slot.weight]
        value = slot.value(tensors[slot.tensor].read())
        if slot.adds:
            value = np.asarray(weight) + value
        weight.assign(value.reshape(weight.shape))


def weights_of(layer: keras.Layer) -> dict[str, keras.Variable]:
    """Return the weights of a layer by their paths inside it."""
    return {weight.path.rpartition(f"{layer.name}/")[2]: weight for weight in layer.weights}


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:6])
    return shown if len(names) <= 6 else f"{shown} and {len(names) - 6} more"
