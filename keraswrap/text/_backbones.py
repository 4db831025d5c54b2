"""Encoders as Keras models that compute what their checkpoints were trained to compute.

keras-hub's own backbones fix what a checkpoint may choose: the activation, the
epsilon of layer norms, a pooler. So the record of its architecture draws the
graph, from keras-hub's layers, by what the checkpoint says.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from keraswrap.exceptions import InputError
from keraswrap.text._checkpoint import Checkpoint, read_checkpoint
from keraswrap.text._fast_tokenizers import load_tokenizer
from keraswrap.text._preset_weights import load_preset_backbone
from keraswrap.text._presets import preset_of
from keraswrap.text._weights import check_weights, fill, weights_of
from keraswrap.text.architectures._nets import dense

if TYPE_CHECKING:
    import keras


def load_backbone(
    encoder: str | os.PathLike[str],
    make_block: Callable[..., keras.Layer] | None = None,
    dropout: float | None = None,
) -> keras.Model:
    """Load a checkpoint's encoder as a Keras model.

    The model is a plain functional one that can be rebuilt from its configuration
    alone, without the checkpoint.

    Parameters
    ----------
    encoder : str or path
        A directory returned by :func:`~keraswrap.text.resolve_encoder`.
    make_block : callable, optional
        Makes a transformer block, called with the keyword arguments of
        ``keras_hub.layers.TransformerEncoder``, the default. A subclass can add to a
        block; the weights it adds are left untouched.
    dropout : float in [0, 1), optional
        Replaces the checkpoint's own dropout: 0 for an encoder that is not trained.

    Returns
    -------
    keras.Model
        From a dict of int32 ``token_ids`` and ``padding_mask`` (1 for a token,
        0 for padding), both of shape (n, length), and for architectures with
        segments ``segment_ids`` as well, to a dict of ``sequence_output``, of shape
        (n, length, hidden); ``pooled_output``, of shape (n, hidden), where the
        checkpoint has a pooler; and ``mean_output``, the mean state of a text's
        tokens, where its classification head takes that.

    Raises
    ------
    InputError
        If a file is missing or corrupt, weights do not fit the configuration, the
        tokenizer produces ids that the net has no row for, or the checkpoint computes
        something that keras-hub does not support.
    MissingExtraError
        If keras-hub is not installed.

    Notes
    -----
    keras-hub has one dropout rate per block. It is the checkpoint's rate for hidden
    layers and is also used for attention: the two differ in few checkpoints, and only
    in training.
    """
    checkpoint = read_checkpoint(encoder)
    if dropout is not None:
        checkpoint = replace(checkpoint, dropout=dropout)
    tensors = {} if checkpoint.is_preset else check_weights(checkpoint)
    check_vocabulary(checkpoint)
    net = build_backbone(checkpoint, make_block)
    if checkpoint.is_preset:
        _copy_preset(net, checkpoint)
    else:
        fill(net, checkpoint, tensors)
    return net


def check_vocabulary(checkpoint: Checkpoint) -> None:
    """Check that the net has a row for every id that the tokenizer may give.

    Raises
    ------
    InputError
        If the tokenizer belongs to another checkpoint or is missing.
    """
    tokenizer = load_tokenizer(checkpoint.folder)
    vocabulary = tokenizer.get_vocab()
    vocabulary.pop(tokenizer.mask_token, None)  # never produced; transformers may have added it
    token, highest = max(vocabulary.items(), key=lambda item: item[1])
    if highest >= checkpoint.vocabulary_size:
        raise InputError(
            f"Expected token ids below {checkpoint.vocabulary_size}, the rows of the embedding "
            f"table in {checkpoint.folder!r}, got {highest} for {token!r}. The tokenizer belongs "
            "to another checkpoint: put the right one there."
        )


def build_backbone(
    checkpoint: Checkpoint, make_block: Callable[..., keras.Layer] | None = None
) -> keras.Model:
    """Draw the net of a checkpoint, with zeros for weights.

    Parameters
    ----------
    make_block : callable, optional
        As for :func:`load_backbone`.
    """
    import keras

    architecture = checkpoint.architecture
    names = ["token_ids", "padding_mask", *["segment_ids"][: architecture.segments]]
    inputs = {name: keras.Input((None,), dtype="int32", name=name) for name in names}
    states = architecture.encode(checkpoint, inputs, make_block)
    outputs = {"sequence_output": states}
    if checkpoint.has_pooler:
        outputs["pooled_output"] = dense(checkpoint, "pooled_dense", "tanh")(states[:, 0])
    if checkpoint.labels and architecture.head(checkpoint).pooling == "mean":
        mean = keras.layers.GlobalAveragePooling1D(name="mean")
        outputs["mean_output"] = mean(states, mask=inputs["padding_mask"])
    return keras.Model(inputs, outputs, name=f"{checkpoint.kind.replace('-', '_')}_backbone")


def _copy_preset(net: keras.Model, checkpoint: Checkpoint) -> None:
    rename = preset_of(checkpoint.architecture).rename
    source = {rename(each.path): each for each in load_preset_backbone(checkpoint.folder).weights}
    for layer in (layer for layer in net.layers if layer.weights):
        # A custom block may have weights of its own besides those of the preset.
        found, prefix = weights_of(layer), f"{layer.name}/"
        own = [path for path in source if path.startswith(prefix)]
        if not own:
            raise InputError(
                f"Expected weights for the layer {layer.name!r} in keras-hub's preset "
                f"{checkpoint.folder!r}, got none of that name. Install the keras-hub that "
                "keraswrap asks for."
            )
        for path in own:
            weight = found[path.removeprefix(prefix)]
            weight.assign(np.reshape(source[path], weight.shape))
