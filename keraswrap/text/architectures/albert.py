"""ALBERT, which shares layers and has narrow embeddings: Lan et al., 2020, arXiv:1909.11942."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from keraswrap.text.architectures import _nets
from keraswrap.text.architectures._record import (
    BERT_DEFAULTS,
    Architecture,
    Demand,
    Head,
    Inputs,
    MakeBlock,
    Preset,
    Settings,
)
from keraswrap.text.architectures._slots import (
    Slot,
    block_slots,
    dense_slots,
    embedding_slots,
    segment_slot,
)

if TYPE_CHECKING:
    import keras

    from keraswrap.text._checkpoint import Checkpoint

_BLOCK = (
    *("attention.query", "attention.key", "attention.value", "attention.dense"),
    *("attention.LayerNorm", "ffn", "ffn_output", "full_layer_layer_norm"),
)


def _numbers(checkpoint: Checkpoint) -> list[tuple[int, int]]:
    # Group and position within the group, for each block.
    settings = checkpoint.settings
    return list(product(range(settings["num_hidden_groups"]), range(settings["inner_group_num"])))


def _block_names(checkpoint: Checkpoint) -> list[str]:
    return [f"group_{group}_inner_layer_{inner}" for group, inner in _numbers(checkpoint)]


def _slots(checkpoint: Checkpoint) -> list[Slot]:
    projection = "encoder.embedding_hidden_mapping_in"
    widths = checkpoint.embedding_size, checkpoint.hidden_size
    slots = [
        *embedding_slots(checkpoint),
        segment_slot(checkpoint),
        *dense_slots(projection, *widths, "embeddings_projection"),
    ]
    for numbers, layer in zip(_numbers(checkpoint), _block_names(checkpoint), strict=True):
        prefix = "encoder.albert_layer_groups.{}.albert_layers.{}.".format(*numbers)
        slots += block_slots(checkpoint, prefix, _BLOCK, layer)
    return slots


def _encode(
    checkpoint: Checkpoint, inputs: Inputs, make_block: MakeBlock | None
) -> keras.KerasTensor:
    states = _nets.dense(checkpoint, "embeddings_projection")(_nets.embed(checkpoint, inputs))
    blocks = list(_nets.make_blocks(checkpoint, make_block).values())
    inner = checkpoint.settings["inner_group_num"]
    repeats = checkpoint.n_layers // checkpoint.settings["num_hidden_groups"]
    for first in range(0, len(blocks), inner):  # repeat the blocks of a group
        for block in blocks[first : first + inner] * repeats:
            states = block(states, padding_mask=inputs["padding_mask"])
    return states


def _demands(settings: Settings) -> list[Demand]:
    layers, groups = settings["num_hidden_layers"], settings["num_hidden_groups"]
    expected = f"num_hidden_layers that {groups} groups share evenly"
    return [(layers % groups == 0, expected, layers)]


RECORD = Architecture(
    kind="albert",
    defaults={
        **BERT_DEFAULTS,
        **{"vocab_size": 30000, "hidden_size": 4096, "num_attention_heads": 64},
        **{"intermediate_size": 16384, "hidden_act": "gelu_new", "hidden_dropout_prob": 0.0},
        **{"embedding_size": 128, "num_hidden_groups": 1, "inner_group_num": 1},
        **{"classifier_dropout_prob": 0.1},
    },
    slots=_slots,
    encode=_encode,
    block_names=_block_names,
    lora_targets=_nets.attention_denses,
    demands=_demands,
    segments=True,
    pooler="pooler",
    head=lambda checkpoint: Head("pooler"),
    head_dropout=("classifier_dropout_prob",),
    tokenizer="pieces",
    preset=Preset(
        "AlbertBackbone",
        assets={"vocabulary.spm": "spiece.model"},
        computes={"hidden_act": "gelu_new", "layer_norm_eps": 1e-12},
        arguments={
            **{"embedding_size": "embedding_dim", "num_hidden_groups": "num_groups"},
            **{"inner_group_num": "num_inner_repetitions"},
        },
        renames={"embedding_projection/": "embeddings_projection/"},
        pad_id=0,
        has_pooler=True,
    ),
)
