"""Names and shapes of a checkpoint's tensors: what its architecture needs, what is there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from keraswrap._checkpoints.safetensors import Tensor, read_tensors
from keraswrap.exceptions import InputError

if TYPE_CHECKING:
    from keraswrap.text.checkpoint import Checkpoint

Shapes = dict[str, tuple[int, ...]]

_WORDS = "embeddings.word_embeddings.weight"
# Prefixes by which transformers tells the encoder from the head on it.
_FAMILY = re.compile(r"^(albert|bert|distilbert|roberta)\.")
# Where tensors decide what the encoder computes, and those there that are counters only.
_ENCODER = re.compile(r"^(embeddings|encoder|transformer)\.")
_COUNTERS = {"embeddings.position_ids", "embeddings.token_type_ids"}


def plain_name(name: str) -> str:
    """Give the one name under which a tensor of an encoder is known here.

    Examples
    --------
    >>> plain_name("bert.embeddings.LayerNorm.gamma")
    'embeddings.LayerNorm.weight'
    """
    name = _FAMILY.sub("", name)
    return re.sub(r"\.beta$", ".bias", re.sub(r"\.gamma$", ".weight", name))


def split_tensors(
    tensors: Mapping[str, Tensor], folder: str
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Tell the encoder's tensors from those on it, each by its plain name.

    Raises
    ------
    InputError
        If there is no encoder, or more than one.
    """
    found = [name.removesuffix(_WORDS) for name in tensors if name.endswith(_WORDS)]
    if len(found) != 1:
        raise InputError(
            f"Expected one encoder, with one tensor *{_WORDS}, got {len(found)} in {folder!r}, "
            f"whose tensors are {sorted(tensors)[:8]}. Save the encoder by itself."
        )
    prefix = found[0]
    outer = prefix.rpartition(".")[0].rpartition(".")[0]  # of "model.bert." → "model"
    inside = {name: tensor for name, tensor in tensors.items() if name.startswith(prefix)}
    encoder = {plain_name(name.removeprefix(prefix)): tensor for name, tensor in inside.items()}
    # A model that has a prefix for its encoder has none for its head.
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
    found, _ = split_tensors(read_tensors(checkpoint.folder), checkpoint.folder)
    needed = encoder_shapes(checkpoint)
    if checkpoint.has_pooler:
        needed |= pooler_shapes(checkpoint)
    compare_shapes(needed, found, checkpoint.folder)
    extra = sorted(n for n in found if _ENCODER.match(n) and n not in needed and n not in _COUNTERS)
    if extra:
        raise InputError(
            f"Expected an encoder of {checkpoint.n_layers} layers as config.json describes it, got "
            f"{len(extra)} tensors more in {checkpoint.folder!r}: {_some(extra)}. They would be "
            "left out in silence: save the encoder without them, or mend config.json."
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


def encoder_shapes(checkpoint: Checkpoint) -> Shapes:
    """Name every tensor of an encoder, its pooler aside, with its shape."""
    width, inner = checkpoint.hidden_size, checkpoint.intermediate_size
    shapes = _embedding_shapes(checkpoint)
    for prefix, kind in _blocks(checkpoint):
        query, key, value, out, norm_1, up, down, norm_2 = (f"{prefix}{n}" for n in _PARTS[kind])
        for name in (query, key, value, out):
            shapes |= _dense(name, width, width)
        shapes |= _dense(up, width, inner) | _dense(down, inner, width)
        shapes |= _norm(norm_1, width) | _norm(norm_2, width)
    return shapes


def pooler_shapes(checkpoint: Checkpoint) -> Shapes:
    """Name the pooler's tensors with their shapes; none for DistilBERT, which has no such."""
    return _dense(pooler_name(checkpoint.kind), checkpoint.hidden_size, checkpoint.hidden_size)


def pooler_name(kind: str) -> str:
    """Give the name before ``.weight`` and ``.bias`` of a pooler."""
    return "pooler" if kind == "albert" else "pooler.dense"


_BERT_PARTS = (
    *("attention.self.query", "attention.self.key", "attention.self.value"),
    *("attention.output.dense", "attention.output.LayerNorm"),
    *("intermediate.dense", "output.dense", "output.LayerNorm"),
)
# Query, key, value, output, norm, up, down, norm.
_PARTS = {
    "albert": (
        *("attention.query", "attention.key", "attention.value", "attention.dense"),
        *("attention.LayerNorm", "ffn", "ffn_output", "full_layer_layer_norm"),
    ),
    "bert": _BERT_PARTS,
    "distilbert": (
        *("attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin"),
        *("sa_layer_norm", "ffn.lin1", "ffn.lin2", "output_layer_norm"),
    ),
}


def _blocks(checkpoint: Checkpoint) -> list[tuple[str, str]]:
    if checkpoint.kind == "albert":
        groups = "encoder.albert_layer_groups.{}.albert_layers.{}."
        pairs = [(g, k) for g in range(checkpoint.n_groups) for k in range(checkpoint.n_inner)]
        return [(groups.format(*pair), "albert") for pair in pairs]
    own = checkpoint.kind == "distilbert"
    stem, kind = ("transformer", "distilbert") if own else ("encoder", "bert")
    return [(f"{stem}.layer.{i}.", kind) for i in range(checkpoint.n_layers)]


def _embedding_shapes(checkpoint: Checkpoint) -> Shapes:
    width = checkpoint.embedding_size
    positions = checkpoint.n_positions + checkpoint.position_offset
    shapes: Shapes = {_WORDS: (checkpoint.vocabulary_size, width)}
    shapes["embeddings.position_embeddings.weight"] = (positions, width)
    if checkpoint.kind != "distilbert":
        shapes["embeddings.token_type_embeddings.weight"] = (checkpoint.n_segments, width)
    shapes |= _norm("embeddings.LayerNorm", width)
    if checkpoint.kind == "albert":
        shapes |= _dense("encoder.embedding_hidden_mapping_in", width, checkpoint.hidden_size)
    return shapes


def _dense(name: str, inputs: int, outputs: int) -> Shapes:
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


def _norm(name: str, width: int) -> Shapes:
    return {f"{name}.weight": (width,), f"{name}.bias": (width,)}


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:6])
    return shown if len(names) <= 6 else f"{shown} and {len(names) - 6} more"
