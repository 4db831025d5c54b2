"""Where each tensor of a checkpoint goes in its net."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from keraswrap.text._checkpoint import Checkpoint

Shapes = dict[str, tuple[int, ...]]

# Tensors of a BERT block: query, key, value, output, norm, up, down, norm.
BERT_BLOCK = (
    *("attention.self.query", "attention.self.key", "attention.self.value"),
    *("attention.output.dense", "attention.output.LayerNorm"),
    *("intermediate.dense", "output.dense", "output.LayerNorm"),
)
# The corresponding layers in a block of the net.
_BLOCK_WEIGHTS = (
    *("{}query", "{}key", "{}value", "{}attention_output", "self_attention_layer_norm"),
    *("feedforward_intermediate_dense", "feedforward_output_dense", "feedforward_layer_norm"),
)


@dataclass(frozen=True)
class Slot:
    """A tensor of a checkpoint, and the weight of the net that it fills.

    Parameters
    ----------
    tensor : str
        Its name, less the prefix of the encoder.
    shape : tuple of int
        The shape that it must have.
    layer, weight : str
        The layer of the net, by name, and the weight's path in it.
    take : callable, optional
        Takes out of the tensor what fills the weight; by default all of it. It
        is then transposed if the weight is a kernel, and reshaped.
    adds : bool, default=False
        Whether it is added to what another tensor put there.
    """

    tensor: str
    shape: tuple[int, ...]
    layer: str
    weight: str
    take: Callable[[np.ndarray], np.ndarray] | None = None
    adds: bool = False

    def of_rows(self, rows: slice) -> Slot:
        """Return a slot for some rows of the tensor, which other slots share."""
        return replace(self, take=lambda array: array[rows])

    def value(self, array: np.ndarray) -> np.ndarray:
        """Return the value of the weight, given the stored tensor."""
        part = array if self.take is None else self.take(array)
        return part.T if self.weight.endswith("kernel") else part


def dense_slots(
    tensor: str, inputs: int, outputs: int, layer: str, path: str = "", bias: bool = True
) -> list[Slot]:
    """List the tensors of a dense layer: weight and bias."""
    weight = Slot(f"{tensor}.weight", (outputs, inputs), layer, f"{path}kernel")
    return [weight, Slot(f"{tensor}.bias", (outputs,), layer, f"{path}bias")][: 1 + bias]


def norm_slots(
    tensor: str, width: int, layer: str, path: str = "", bias: bool = True
) -> list[Slot]:
    """List the tensors of a layer norm: weight and bias."""
    weight = Slot(f"{tensor}.weight", (width,), layer, f"{path}gamma")
    return [weight, Slot(f"{tensor}.bias", (width,), layer, f"{path}beta")][: 1 + bias]


def table_slot(tensor: str, rows: int, width: int, layer: str) -> Slot:
    """Describe the tensor of an embedding table."""
    return Slot(f"{tensor}.weight", (rows, width), layer, "embeddings")


def position_slot(checkpoint: Checkpoint) -> Slot:
    """Describe the position table; the net holds only the rows that tokens use."""
    first, width = checkpoint.position_offset, checkpoint.embedding_size
    return Slot(
        "embeddings.position_embeddings.weight",
        (checkpoint.n_positions + first, width),
        "position_embedding",
        "embeddings",
        lambda table: table[first:],
    )


def embedding_slots(checkpoint: Checkpoint) -> list[Slot]:
    """List the tensors below BERT's blocks, segments aside: two tables and a layer norm."""
    width, words = checkpoint.embedding_size, "embeddings.word_embeddings"
    return [
        table_slot(words, checkpoint.vocabulary_size, width, "token_embedding"),
        position_slot(checkpoint),
        *norm_slots("embeddings.LayerNorm", width, "embeddings_layer_norm"),
    ]


def segment_slot(checkpoint: Checkpoint) -> Slot:
    """Describe the table of segments."""
    segments = "embeddings.token_type_embeddings"
    return table_slot(
        segments, checkpoint.n_segments, checkpoint.embedding_size, "segment_embedding"
    )


def block_slots(
    checkpoint: Checkpoint,
    prefix: str,
    names: Sequence[str],
    layer: str,
    attention: str = "self_attention_layer/",
) -> list[Slot]:
    """List the tensors of one block.

    Parameters
    ----------
    prefix : str
        What stands before their names.
    names : sequence of 8 str
        As :data:`BERT_BLOCK`.
    layer : str
        The block's name in the net.
    attention : str, default="self_attention_layer/"
        Where the block keeps its attention; "" for keraswrap's own blocks.
    """
    width, inner = checkpoint.hidden_size, checkpoint.intermediate_size
    paths = [f"{path.format(attention)}/" for path in _BLOCK_WEIGHTS]
    sizes = [*[(width, width)] * 4, None, (width, inner), (inner, width), None]
    slots: list[Slot] = []
    for name, path, size in zip(names, paths, sizes, strict=True):
        if size is None:
            slots += norm_slots(prefix + name, width, layer, path)
        else:
            slots += dense_slots(prefix + name, *size, layer, path)
    return slots


def layer_slots(
    checkpoint: Checkpoint,
    stem: str,
    names: Sequence[str],
    attention: str = "self_attention_layer/",
) -> Iterator[Slot]:
    """List the tensors of all blocks, one for each layer; ``{stem}.0.`` is before the first's."""
    for number in range(checkpoint.n_layers):
        layer = f"transformer_layer_{number}"
        yield from block_slots(checkpoint, f"{stem}.{number}.", names, layer, attention)
