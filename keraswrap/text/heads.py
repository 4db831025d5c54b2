"""Classification heads that come with a checkpoint, and their labels."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from keraswrap._checkpoints.safetensors import Tensor, read_tensors
from keraswrap.exceptions import InputError, ParameterError
from keraswrap.text._preset_weights import load_preset_head
from keraswrap.text._weights import Shapes, compare_shapes, split_tensors
from keraswrap.text.checkpoint import Checkpoint, read_checkpoint

_PROBLEMS = ("regression", "single_label_classification", "multi_label_classification")

# By kind: the dense layer before the last one, its activation, and the last one.
_ROBERTA = ("classifier.dense", "tanh", "classifier.out_proj")
_LAYERS: dict[str, tuple[str | None, str | None, str]] = {
    "albert": (None, None, "classifier"),
    "bert": (None, None, "classifier"),
    "distilbert": ("pre_classifier", "relu", "classifier"),
    "roberta": _ROBERTA,
    "xlm-roberta": _ROBERTA,
}


@dataclass(frozen=True, eq=False)
class DenseWeights:
    """A dense layer as arrays.

    Parameters
    ----------
    kernel : ndarray, shape (n_inputs, n_outputs)
    bias : ndarray, shape (n_outputs,)
    activation : str, optional
        Keras's name for what comes after; None for nothing.
    """

    kernel: np.ndarray
    bias: np.ndarray
    activation: str | None = None


@dataclass(frozen=True, eq=False)
class PretrainedHead:
    """A classification head as its checkpoint holds it.

    Parameters
    ----------
    labels : tuple of str
        The name of each output, in the order of their ids. ``LABEL_0`` and so
        on where the checkpoint names none.
    problem_type : str
        ``"single_label_classification"``, ``"multi_label_classification"`` or
        ``"regression"``.
    pooling : {"pooler", "cls"}
        What the head takes: the pooler's output, or the first token's state.
    inner : DenseWeights or None
        The dense layer between, which BERT and ALBERT have as their pooler.
    outer : DenseWeights
        The last layer, which gives logits, or numbers for a regression.
    dropout : float
        In training, before each of the layers.
    """

    labels: tuple[str, ...]
    problem_type: str
    pooling: str
    inner: DenseWeights | None
    outer: DenseWeights
    dropout: float


def load_head(encoder: str | os.PathLike[str]) -> PretrainedHead | None:
    """Load the classification head of a checkpoint.

    Parameters
    ----------
    encoder : str or path
        A directory that :func:`~keraswrap.text.resolve_encoder` gave.

    Returns
    -------
    PretrainedHead or None
        None where the checkpoint is an encoder only, or its head is one for
        tokens, spans or choices.

    Raises
    ------
    InputError
        If the head lacks a tensor or a pooler below it, has other outputs
        than config.json has labels, or its problem_type is unknown.
    """
    checkpoint = read_checkpoint(encoder)
    if checkpoint.labels is None:
        return None
    pooling = "pooler" if checkpoint.kind in ("albert", "bert") else "cls"
    if pooling == "pooler" and not checkpoint.has_pooler:
        raise InputError(
            f"Expected a pooler below the classification head in {checkpoint.folder!r}, got none. "
            "Fetch the checkpoint again, or save its encoder by itself."
        )
    inner, outer = _read_layers(checkpoint)
    return PretrainedHead(
        checkpoint.labels,
        _problem(checkpoint),
        pooling,
        inner,
        outer,
        checkpoint.head_dropout,
    )


def head_features(head: PretrainedHead, outputs: Mapping[str, Any], dropout: float) -> Any:
    """Put all but the last layer of a head on an encoder's outputs.

    For other classes than the head's own: what it learned on the way stays.

    Parameters
    ----------
    head : PretrainedHead
    outputs : dict of KerasTensor
        What :func:`~keraswrap.text.load_backbone` returns gave.
    dropout : float in [0, 1)
        Before the layers.

    Returns
    -------
    KerasTensor, shape (n, width)
    """
    import keras

    pooled = head.pooling == "pooler"
    states = outputs["pooled_output"] if pooled else outputs["sequence_output"][:, 0]
    if head.inner is None:
        return keras.layers.Dropout(dropout)(states)
    if head.inner.activation == "tanh":  # RoBERTa's, which drops before it as well
        states = keras.layers.Dropout(dropout)(states)
    return keras.layers.Dropout(dropout)(_dense(head.inner, "head_dense", states))


def apply_head(
    head: PretrainedHead,
    outputs: Mapping[str, Any],
    dropout: float | None = None,
    columns: Sequence[int] | None = None,
) -> Any:
    """Put a head with its weights on an encoder's outputs.

    Parameters
    ----------
    head : PretrainedHead
    outputs : dict of KerasTensor
        What the model of :func:`~keraswrap.text.load_backbone` returned.
    dropout : float in [0, 1), optional
        Before the layers, in training; by default the checkpoint's.
    columns : sequence of int, optional
        Which of the head's labels to give, by their ids, in that order; by
        default all. So its outputs can stand in the order of a classifier's
        classes.

    Returns
    -------
    KerasTensor, shape (n, n_labels)
        Logits, or numbers for a regression: no activation is applied.

    Raises
    ------
    ParameterError
        If `columns` holds an id that the head does not have.
    """
    ids = range(len(head.labels)) if columns is None else [int(column) for column in columns]
    if not set(ids) <= set(range(len(head.labels))):
        raise ParameterError(
            f"Expected columns from 0 to {len(head.labels) - 1}, the ids of the head's labels "
            f"{head.labels!r:.100}, got {list(ids)!r:.60}."
        )
    features = head_features(head, outputs, head.dropout if dropout is None else dropout)
    kept = DenseWeights(head.outer.kernel[:, list(ids)], head.outer.bias[list(ids)])
    return _dense(kept, "head_logits", features)


def _dense(weights: DenseWeights, name: str, states: Any) -> Any:
    import keras

    layer = keras.layers.Dense(
        len(weights.bias), weights.activation, kernel_initializer="zeros", name=name
    )
    outputs = layer(states)
    layer.set_weights([weights.kernel, weights.bias])
    return outputs


def _read_layers(checkpoint: Checkpoint) -> tuple[DenseWeights | None, DenseWeights]:
    inner, activation, outer = _LAYERS[checkpoint.kind]
    if checkpoint.is_preset:
        layers = load_preset_head(checkpoint.folder)
        last = DenseWeights(layers["logits"][0], layers["logits"][1])
        if inner is None:
            return None, last
        return DenseWeights(layers["pooled_dense"][0], layers["pooled_dense"][1], activation), last
    tensors = split_tensors(read_tensors(checkpoint.folder), checkpoint.folder)[1]
    compare_shapes(_shapes(checkpoint), tensors, checkpoint.folder)
    before = None if inner is None else _layer(tensors, inner, activation)
    return before, _layer(tensors, outer, None)


def _shapes(checkpoint: Checkpoint) -> Shapes:
    inner, _, outer = _LAYERS[checkpoint.kind]
    width, n_labels = checkpoint.hidden_size, len(checkpoint.labels or ())
    shapes: Shapes = {f"{outer}.weight": (n_labels, width), f"{outer}.bias": (n_labels,)}
    if inner is not None:
        shapes |= {f"{inner}.weight": (width, width), f"{inner}.bias": (width,)}
    return shapes


def _layer(tensors: Mapping[str, Tensor], name: str, activation: str | None) -> DenseWeights:
    return DenseWeights(
        tensors[f"{name}.weight"].read().T, tensors[f"{name}.bias"].read(), activation
    )


def _problem(checkpoint: Checkpoint) -> str:
    # One output is a regression where nothing is said, as transformers has it.
    alone = len(checkpoint.labels or ()) == 1
    problem = checkpoint.problem_type or (_PROBLEMS[0] if alone else _PROBLEMS[1])
    if problem not in _PROBLEMS:
        raise InputError(
            f"Expected problem_type to be one of {', '.join(_PROBLEMS)} in config.json of "
            f"{checkpoint.folder!r}, got {problem!r:.60}. Mend it there."
        )
    return problem
