"""A build function: from a checkpoint to a net that classifies rows of token ids."""

from __future__ import annotations

from typing import Any

from keraswrap._optional import require
from keraswrap.exceptions import InputError, ParameterError
from keraswrap.text.backbones import load_backbone
from keraswrap.text.checkpoint import read_checkpoint
from keraswrap.text.encoders import read_pad_id

_POOLINGS = ("mean", "cls")


def build_text_classifier(
    encoder: str,
    max_length: int,
    n_classes: int,
    dropout: float = 0.1,
    pooling: str = "mean",
    train_layers: int | None = None,
) -> Any:
    """Build a net from token ids to class probabilities on top of a checkpoint.

    Written to be read, copied and changed: it is the `model` of
    :class:`~keraswrap.KerasWrapperModel`, and any of its arguments can be tuned
    as ``model__dropout``, ``model__pooling`` and so on. Ids are all it takes:
    mask and segments follow from them inside, so rows can be sliced.

    Parameters
    ----------
    encoder : str
        A directory that :func:`~keraswrap.text.resolve_encoder` gave: BERT,
        DistilBERT, RoBERTa, ALBERT or XLM-RoBERTa.
    max_length : int
        Tokens in a row.
    n_classes : int
        Output units.
    dropout : float in [0, 1), default=0.1
        Share of the pooled values dropped while training.
    pooling : {"mean", "cls"}, default="mean"
        What stands for a text: the mean state of its tokens, or the state of
        its first token.
    train_layers : int, optional
        How many of the last layers are trained, the ones below them and the
        embeddings staying as they are: less to compute, less to forget. By
        default everything is trained. ALBERT has one layer, used many times.

    Returns
    -------
    keras.Model
        From int32 ids of shape (n, max_length) to probabilities of shape
        (n, n_classes); not compiled.

    Raises
    ------
    ParameterError
        If `pooling` is unknown, or `train_layers` is below 1.
    InputError
        If `max_length` is more than the checkpoint has positions for.
    """
    if pooling not in _POOLINGS:
        raise ParameterError(f"Expected pooling to be one of {_POOLINGS}, got {pooling!r}.")
    import keras

    positions = read_checkpoint(encoder).n_positions
    if max_length > positions:
        raise InputError(
            f"Expected max_length of at most {positions}, the positions that the checkpoint has, "
            f"got {max_length}."
        )
    backbone = load_backbone(encoder)
    freeze_below(backbone, train_layers)

    ids = keras.Input((max_length,), dtype="int32", name="ids")
    mask = keras.ops.cast(ids != read_pad_id(encoder), "int32")
    inputs = {"token_ids": ids, "padding_mask": mask}
    if "segment_ids" in backbone.input:  # BERT and ALBERT tell first from second text
        inputs["segment_ids"] = keras.ops.zeros_like(ids)
    outputs = backbone(inputs)
    states = outputs["sequence_output"]  # (n, max_length, hidden)

    if pooling == "cls":
        pooled = states[:, 0]
    else:
        pooled = keras.layers.GlobalAveragePooling1D()(states, mask=mask)
    pooled = keras.layers.Dropout(dropout)(pooled)
    probabilities = keras.layers.Dense(n_classes, activation="softmax")(pooled)
    return keras.Model(ids, probabilities)


def freeze_below(backbone: Any, count: int | None) -> None:
    """Leave only the last `count` layers of an encoder to be trained.

    Parameters
    ----------
    backbone : keras_hub.models.Backbone
    count : int or None
        None for all of them, and the embeddings too.

    Raises
    ------
    ParameterError
        If `count` is below 1.
    """
    if count is not None and count < 1:
        raise ParameterError(f"Expected train_layers of at least 1, or None, got {count!r}.")
    for layer in backbone.layers:
        if layer.name == "pooled_dense":
            layer.trainable = False  # no gradient reaches it from token states
    if count is not None:
        encoder_layer = require("keras_hub", "text").layers.TransformerEncoder
        blocks = [layer for layer in backbone.layers if isinstance(layer, encoder_layer)]
        for layer in backbone.layers:
            layer.trainable = layer in blocks[-count:]
