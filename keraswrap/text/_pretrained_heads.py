"""Classification heads that come with a checkpoint, and their labels."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from keraswrap._checkpoints.safetensors import read_tensors
from keraswrap.exceptions import InputError, ParameterError
from keraswrap.text._checkpoint import Checkpoint, read_checkpoint
from keraswrap.text._preset_weights import load_preset_head
from keraswrap.text._weights import compare_shapes, split_tensors
from keraswrap.text.architectures._nets import activation_of
from keraswrap.text.architectures._record import ACTIVATIONS, Head
from keraswrap.text.architectures._slots import Shapes, dense_slots, norm_slots

if TYPE_CHECKING:
    import keras

_PROBLEMS = ("regression", "single_label_classification", "multi_label_classification")


@dataclass(frozen=True, eq=False)
class DenseWeights:
    """A dense layer as arrays.

    Parameters
    ----------
    kernel : ndarray, shape (n_inputs, n_outputs)
    bias : ndarray, shape (n_outputs,), optional
        None for a layer without.
    activation : str, optional
        Keras's name for what comes after; None for nothing.
    """

    kernel: np.ndarray
    bias: np.ndarray | None
    activation: str | None = None


@dataclass(frozen=True, eq=False)
class NormWeights:
    """A layer norm as arrays.

    Parameters
    ----------
    scale : ndarray, shape (n,)
    bias : ndarray, shape (n,), optional
        None for a layer without.
    """

    scale: np.ndarray
    bias: np.ndarray | None
    epsilon: float


@dataclass(frozen=True, eq=False)
class PretrainedHead:
    """A classification head as stored in its checkpoint.

    Parameters
    ----------
    labels : tuple of str
        The name of each output, in the order of their ids. ``LABEL_0`` and so on if the
        checkpoint names none.
    problem_type : str
        ``"single_label_classification"``, ``"multi_label_classification"`` or
        ``"regression"``.
    pooling : {"pooler", "cls", "mean"}
        Input of the head: the pooler's output, the first token's state, or the mean
        state of all tokens.
    inner : DenseWeights or None
        The dense layer in between, which is the pooler of BERT and ALBERT.
    outer : DenseWeights
        The last layer, which outputs logits, or numbers for a regression.
    dropout : float
        In training, before the last layer.
    norm : NormWeights or None
        A layer norm after `inner`.
    drops_first : bool
        Whether dropout comes before `inner` too.
    """

    labels: tuple[str, ...]
    problem_type: str
    pooling: str
    inner: DenseWeights | None
    outer: DenseWeights
    dropout: float
    norm: NormWeights | None = None
    drops_first: bool = False


def load_head(encoder: str | os.PathLike[str]) -> PretrainedHead | None:
    """Load the classification head of a checkpoint.

    Parameters
    ----------
    encoder : str or path
        A directory returned by :func:`~keraswrap.text.resolve_encoder`.

    Returns
    -------
    PretrainedHead or None
        None if the checkpoint is only an encoder, or its head is for tokens, spans or
        choices.

    Raises
    ------
    InputError
        If the head lacks a tensor or a pooler below it, its outputs do not match the
        labels in config.json, or its problem_type is unknown.
    """
    checkpoint = read_checkpoint(encoder)
    if checkpoint.labels is None:
        return None
    head = checkpoint.architecture.head(checkpoint)
    if head.pooling == "pooler" and not checkpoint.has_pooler:
        raise InputError(
            f"Expected a pooler below the classification head in {checkpoint.folder!r}, got none. "
            "Fetch the checkpoint again, or save its encoder by itself."
        )
    if checkpoint.is_preset:
        inner, norm, outer = _preset_layers(checkpoint, head)
    else:
        inner, norm, outer = _read_layers(checkpoint, head)
    return PretrainedHead(
        checkpoint.labels,
        _problem(checkpoint),
        head.pooling,
        inner,
        outer,
        checkpoint.head_dropout,
        norm,
        head.drops_first,
    )


def head_features(
    head: PretrainedHead, outputs: Mapping[str, keras.KerasTensor], dropout: float
) -> keras.KerasTensor:
    """Apply all but the last layer of a head to an encoder's outputs.

    Use this for other classes than the head's own; what the inner layers have learned
    is kept.

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

    drop = keras.layers.Dropout
    if head.pooling == "cls":
        states = outputs["sequence_output"][:, 0]
    else:
        states = outputs["pooled_output" if head.pooling == "pooler" else "mean_output"]
    if head.inner is not None:
        states = drop(dropout)(states) if head.drops_first else states
        states = _dense(head.inner, "head_dense", states)
    if head.norm is not None:
        states = _norm(head.norm, states)
    return drop(dropout)(states)


def apply_head(
    head: PretrainedHead,
    outputs: Mapping[str, keras.KerasTensor],
    dropout: float | None = None,
    columns: Sequence[int] | None = None,
) -> keras.KerasTensor:
    """Apply a head with its weights to an encoder's outputs.

    Parameters
    ----------
    head : PretrainedHead
    outputs : dict of KerasTensor
        What the model of :func:`~keraswrap.text.load_backbone` returned.
    dropout : float in [0, 1), optional
        Dropout rate before the layers; by default the checkpoint's.
    columns : sequence of int, optional
        Ids of the head's labels to output, in this order; by default all. This lets the
        outputs follow the order of a classifier's classes.

    Returns
    -------
    KerasTensor, shape (n, n_labels)
        Logits, or numbers for a regression: no activation is applied.

    Raises
    ------
    ParameterError
        If `columns` contains an id that the head does not have.
    """
    ids = range(len(head.labels)) if columns is None else [int(column) for column in columns]
    if not set(ids) <= set(range(len(head.labels))):
        raise ParameterError(
            f"Expected columns from 0 to {len(head.labels) - 1}, the ids of the head's labels "
            f"{head.labels!r:.100}, got {list(ids)!r:.60}."
        )
    features = head_features(head, outputs, head.dropout if dropout is None else dropout)
    bias = None if head.outer.bias is None else head.outer.bias[list(ids)]
    kept = DenseWeights(head.outer.kernel[:, list(ids)], bias)
    return _dense(kept, "head_logits", features)


def _dense(weights: DenseWeights, name: str, states: keras.KerasTensor) -> keras.KerasTensor:
    import keras

    layer = keras.layers.Dense(
        weights.kernel.shape[1],
        weights.activation and activation_of(weights.activation),
        use_bias=weights.bias is not None,
        kernel_initializer="zeros",
        name=name,
    )
    return _with_weights(layer, [weights.kernel, weights.bias], states)


def _norm(weights: NormWeights, states: keras.KerasTensor) -> keras.KerasTensor:
    import keras

    layer = keras.layers.LayerNormalization(
        epsilon=weights.epsilon, center=weights.bias is not None, name="head_norm"
    )
    return _with_weights(layer, [weights.scale, weights.bias], states)


def _with_weights(
    layer: keras.Layer, weights: Sequence[np.ndarray | None], states: keras.KerasTensor
) -> keras.KerasTensor:
    outputs = layer(states)
    layer.set_weights([array for array in weights if array is not None])
    return outputs


Layers = tuple[DenseWeights | None, NormWeights | None, DenseWeights]


def _preset_layers(checkpoint: Checkpoint, head: Head) -> Layers:
    layers = load_preset_head(checkpoint.folder)
    kernel, bias = layers["logits"]
    last = DenseWeights(kernel, bias)
    if head.inner is None:
        return None, None, last
    kernel, bias = layers["pooled_dense"]
    return DenseWeights(kernel, bias, _activation(head)), None, last


def _read_layers(checkpoint: Checkpoint, head: Head) -> Layers:
    folder = checkpoint.folder
    tensors = split_tensors(checkpoint.architecture, read_tensors(folder), folder)[1]
    compare_shapes(_shapes(checkpoint, head), tensors, folder)

    def read(name: str) -> np.ndarray | None:
        return tensors[name].read() if name in tensors else None

    def dense(name: str, activation: str | None) -> DenseWeights:
        return DenseWeights(tensors[f"{name}.weight"].read().T, read(f"{name}.bias"), activation)

    inner = None if head.inner is None else dense(head.inner, _activation(head))
    norm = None
    if head.norm is not None:
        scale = tensors[f"{head.norm}.weight"].read()
        norm = NormWeights(scale, read(f"{head.norm}.bias"), checkpoint.epsilon)
    return inner, norm, dense(head.outer, None)


def _activation(head: Head) -> str | None:
    return None if head.activation is None else ACTIVATIONS[head.activation]


def _shapes(checkpoint: Checkpoint, head: Head) -> Shapes:
    width, n_labels = checkpoint.hidden_size, len(checkpoint.labels or ())
    slots = dense_slots(head.outer, width, n_labels, "")
    if head.inner is not None:
        slots += dense_slots(head.inner, width, width, "", bias=head.inner_bias)
    if head.norm is not None:
        slots += norm_slots(head.norm, width, "", bias=head.norm_bias)
    return {slot.tensor: slot.shape for slot in slots}


def _problem(checkpoint: Checkpoint) -> str:
    # If nothing is said, one output means a regression, as in transformers.
    alone = len(checkpoint.labels or ()) == 1
    problem = checkpoint.problem_type or (_PROBLEMS[0] if alone else _PROBLEMS[1])
    if problem not in _PROBLEMS:
        raise InputError(
            f"Expected problem_type to be one of {', '.join(_PROBLEMS)} in config.json of "
            f"{checkpoint.folder!r}, got {problem!r:.60}. Correct it there."
        )
    return problem
