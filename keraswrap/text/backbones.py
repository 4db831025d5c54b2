"""Encoders as Keras models that compute what their checkpoints were trained to compute.

keras-hub's converters bring the weights. Around them its backbones fix what a
checkpoint may choose: the activation, the epsilon of layer norms, a pooler. So
the graph is drawn here, from keras-hub's layers, by what the checkpoint says.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from keraswrap._checkpoints.safetensors import Tensor
from keraswrap._optional import require
from keraswrap.exceptions import InputError
from keraswrap.text._preset_weights import load_preset_backbone
from keraswrap.text._weights import check_weights, plain_name, pooler_name
from keraswrap.text.checkpoint import Checkpoint, read_checkpoint
from keraswrap.text.encoders import load_tokenizer

if TYPE_CHECKING:
    import keras

_POSITIONS = "embeddings.position_embeddings.weight"
# RoBERTa's blocks are BERT's, by the same names; keras-hub before 0.30 has no other for them.
_CONVERTERS = {"albert": "albert", "bert": "bert", "distilbert": "distilbert"}
_CONVERTERS |= {"roberta": "bert", "xlm-roberta": "bert"}


def load_backbone(
    encoder: str | os.PathLike[str],
    make_block: Callable[..., keras.Layer] | None = None,
    dropout: float | None = None,
) -> keras.Model:
    """Load a checkpoint's encoder as a Keras model.

    The model is a plain functional one: its configuration says all of it, and
    it is rebuilt from that without the checkpoint.

    Parameters
    ----------
    encoder : str or path
        A directory that :func:`~keraswrap.text.resolve_encoder` gave.
    make_block : callable, optional
        What makes a transformer block, called with the keyword arguments of
        ``keras_hub.layers.TransformerEncoder``, the default. A subclass can
        add to a block; its own weights are left as it made them.
    dropout : float in [0, 1), optional
        In place of the checkpoint's own: 0 for an encoder that is not trained.

    Returns
    -------
    keras.Model
        From a dict of int32 ``token_ids`` and ``padding_mask`` (1 for a token,
        0 for padding), both of shape (n, length), and for BERT and ALBERT
        ``segment_ids`` as well, to a dict of ``sequence_output``, of shape
        (n, length, hidden), and ``pooled_output``, of shape (n, hidden), where
        the checkpoint has a pooler.

    Raises
    ------
    InputError
        If a file is missing or broken, weights do not fit the configuration,
        the tokenizer gives ids that the net has no row for, or the checkpoint
        computes something that keras-hub does not.
    MissingExtraError
        If keras-hub is not installed.

    Notes
    -----
    keras-hub has one dropout for a block. It is the checkpoint's for hidden
    layers, and serves for attention too: they differ in few checkpoints, and
    in training only.
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
        _convert(net, checkpoint, tensors)
    return net


def check_vocabulary(checkpoint: Checkpoint) -> None:
    """Check that the net has a row for every id that the tokenizer may give.

    Raises
    ------
    InputError
        If the tokenizer is of another checkpoint, or there is none.
    """
    tokenizer = load_tokenizer(checkpoint.folder)
    vocabulary = tokenizer.get_vocab()
    vocabulary.pop(tokenizer.mask_token, None)  # no text gives it; transformers may have added it
    token, highest = max(vocabulary.items(), key=lambda item: item[1])
    if highest >= checkpoint.vocabulary_size:
        raise InputError(
            f"Expected token ids below {checkpoint.vocabulary_size}, the rows of the embedding "
            f"table in {checkpoint.folder!r}, got {highest} for {token!r}. The tokenizer is that "
            "of another checkpoint: put its own beside it."
        )


def build_backbone(
    checkpoint: Checkpoint, make_block: Callable[..., keras.Layer] | None = None
) -> keras.Model:
    """Draw the net of a checkpoint, with zeros for weights.

    Parameters
    ----------
    checkpoint : Checkpoint
    make_block : callable, optional
        As for :func:`load_backbone`.

    Returns
    -------
    keras.Model
    """
    import keras

    inputs = {name: keras.Input((None,), dtype="int32", name=name) for name in _inputs(checkpoint)}
    states = _embed(checkpoint, inputs)
    make = make_block or require("keras_hub", "text").layers.TransformerEncoder
    blocks = {name: make(name=name, **_block(checkpoint)) for name in _block_names(checkpoint)}
    for name in _block_calls(checkpoint):
        states = blocks[name](states, padding_mask=inputs["padding_mask"])
    outputs = {"sequence_output": states}
    if checkpoint.has_pooler:
        pool = _dense(checkpoint, "pooled_dense", activation="tanh")
        outputs["pooled_output"] = pool(states[:, 0])
    return keras.Model(inputs, outputs, name=f"{checkpoint.kind.replace('-', '_')}_backbone")


def _inputs(checkpoint: Checkpoint) -> list[str]:
    # RoBERTa has one segment, which its positions carry.
    segments = ["segment_ids"] if checkpoint.kind in ("albert", "bert") else []
    return ["token_ids", "padding_mask", *segments]


def _embed(checkpoint: Checkpoint, inputs: dict[str, Any]) -> Any:
    import keras

    width = checkpoint.embedding_size
    tokens = keras.layers.Embedding(
        checkpoint.vocabulary_size, width, "zeros", name="token_embedding"
    )(inputs["token_ids"])
    positions = require("keras_hub", "text").layers.PositionEmbedding(
        checkpoint.n_positions, initializer="zeros", name="position_embedding"
    )(tokens)
    parts = [tokens, positions]
    if "segment_ids" in inputs:
        table = keras.layers.Embedding(
            checkpoint.n_segments, width, "zeros", name="segment_embedding"
        )
        parts.append(table(inputs["segment_ids"]))
    states = keras.layers.Add(name="embeddings_add")(parts)
    states = keras.layers.LayerNormalization(
        epsilon=checkpoint.epsilon, name="embeddings_layer_norm"
    )(states)
    states = keras.layers.Dropout(checkpoint.dropout, name="embeddings_dropout")(states)
    if checkpoint.kind == "albert":
        states = _dense(checkpoint, "embeddings_projection")(states)
    return states


def _dense(checkpoint: Checkpoint, name: str, activation: str | None = None) -> Any:
    import keras

    return keras.layers.Dense(
        checkpoint.hidden_size, activation=activation, kernel_initializer="zeros", name=name
    )


def _block(checkpoint: Checkpoint) -> dict[str, Any]:
    return {
        "intermediate_dim": checkpoint.intermediate_size,
        "num_heads": checkpoint.n_heads,
        "dropout": checkpoint.dropout,
        "activation": _activation(checkpoint.activation),
        "layer_norm_epsilon": checkpoint.epsilon,
        "kernel_initializer": "zeros",  # to be filled, so nothing is drawn
    }


def _activation(name: str) -> Any:
    import keras

    from keraswrap.layers import gelu

    known = keras.saving.get_registered_object(name)  # keras-hub's own
    return gelu if name == "gelu" else known or keras.activations.get(name)


def _block_names(checkpoint: Checkpoint) -> list[str]:
    if checkpoint.kind != "albert":
        return [f"transformer_layer_{i}" for i in range(checkpoint.n_layers)]
    pairs = [(g, k) for g in range(checkpoint.n_groups) for k in range(checkpoint.n_inner)]
    return [f"group_{group}_inner_layer_{inner}" for group, inner in pairs]


def _block_calls(checkpoint: Checkpoint) -> Iterator[str]:
    # ALBERT calls each group's layers several times over.
    names, inner = _block_names(checkpoint), checkpoint.n_inner
    repeats = checkpoint.n_layers // checkpoint.n_groups if checkpoint.kind == "albert" else 1
    for first in range(0, len(names), inner):
        for _ in range(repeats):
            yield from names[first : first + inner]


class _AsBackbone:
    """A net with its parts under the names by which keras-hub's converters know them."""

    def __init__(self, net: Any, checkpoint: Checkpoint) -> None:
        self.num_layers = checkpoint.n_layers
        self.num_groups, self.num_inner_repetitions = checkpoint.n_groups, checkpoint.n_inner
        self.transformer_layers = [net.get_layer(name) for name in _block_names(checkpoint)]
        # DistilBERT has one layer for both tables. What is None is not filled.
        self.token_and_position_embedding = self
        self.pooled_dense = SimpleNamespace(kernel=None, bias=None)
        self._parts = {layer.name: layer for layer in net.layers}

    def __getattr__(self, name: str) -> Any:
        return self._parts.get(name, SimpleNamespace(embeddings=None))

    def get_layer(self, name: str) -> Any:
        return getattr(self, name)


class _Reader:
    """A checkpoint's tensors in answer to the names that keras-hub's converters ask for.

    They ask by the names of one release or another; here any of them will do.
    """

    def __init__(self, tensors: dict[str, Tensor]) -> None:
        self._tensors = tensors

    def get_tensor(self, name: str) -> Any:
        return self._tensors[plain_name(name)].read()

    def port_weight(
        self, keras_variable: Any, hf_weight_key: str, hook_fn: Callable[..., Any] | None = None
    ) -> None:
        name = plain_name(hf_weight_key)
        if name == _POSITIONS or keras_variable is None:
            return  # a net without it, or what converters get wrong: see _mend
        tensor = self.get_tensor(name)
        if hook_fn is not None:
            tensor = hook_fn(tensor, list(keras_variable.shape))
        keras_variable.assign(tensor)


def _convert(net: Any, checkpoint: Checkpoint, tensors: dict[str, Tensor]) -> None:
    name = f"keras_hub.src.utils.transformers.convert_{_CONVERTERS[checkpoint.kind]}"
    converter = require(name, "text")
    converter.convert_weights(_AsBackbone(net, checkpoint), _Reader(tensors), {})
    _mend(net, checkpoint, tensors)


def _mend(net: Any, checkpoint: Checkpoint, tensors: dict[str, Tensor]) -> None:
    # RoBERTa counts positions from the row after its pad id's, and its one segment is added to
    # each. keras-hub's converters for it take 2 for granted, and one forgets the segment.
    table = tensors[_POSITIONS].read()[checkpoint.position_offset :]
    if "roberta" in checkpoint.kind:
        table = table + tensors["embeddings.token_type_embeddings.weight"].read()[0]
    net.get_layer("position_embedding").position_embeddings.assign(table)
    if checkpoint.has_pooler:
        stem, dense = pooler_name(checkpoint.kind), net.get_layer("pooled_dense")
        dense.kernel.assign(tensors[f"{stem}.weight"].read().T)
        dense.bias.assign(tensors[f"{stem}.bias"].read())


def _copy_preset(net: Any, checkpoint: Checkpoint) -> None:
    source = load_preset_backbone(checkpoint.folder)
    tables = getattr(source, "embeddings", source)  # RoBERTa and DistilBERT keep both in one layer
    for layer in net.layers:
        if layer.name in ("token_embedding", "position_embedding"):
            _copy_weights(getattr(tables, layer.name), layer)
        elif layer.name == "embeddings_projection":
            _copy_weights(source.embeddings_projection, layer)
        elif layer.weights:
            _copy_weights(source.get_layer(layer.name), layer)


def _copy_weights(source: Any, target: Any) -> None:
    # By their names inside the layer: a block of another make may have more of its own.
    found = {_inside(weight.path, target.name): weight for weight in target.weights}
    for weight in source.weights:
        found[_inside(weight.path, source.name)].assign(weight)


def _inside(path: str, layer: str) -> str:
    return path.rpartition(f"{layer}/")[2]
