"""MPNet, BERT with a bias for distances: Song et al., 2020, arXiv:2004.09297."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keraswrap.text.architectures import _nets
from keraswrap.text.architectures._record import (
    BERT_DEFAULTS,
    Architecture,
    Demand,
    Head,
    Inputs,
    MakeBlock,
    Settings,
)
from keraswrap.text.architectures._slots import Slot, embedding_slots, layer_slots, table_slot

if TYPE_CHECKING:
    import keras

    from keraswrap.text._checkpoint import Checkpoint

_BLOCK = (
    *("attention.attn.q", "attention.attn.k", "attention.attn.v", "attention.attn.o"),
    *("attention.LayerNorm", "intermediate.dense", "output.dense", "output.LayerNorm"),
)
# Values that transformers uses whatever config.json says.
_BUCKETS, _PAD = 32, 1


def _slots(checkpoint: Checkpoint) -> list[Slot]:
    bias = "encoder.relative_attention_bias"
    return [
        *embedding_slots(checkpoint),
        table_slot(bias, _BUCKETS, checkpoint.n_heads, "position_bias"),
        *layer_slots(checkpoint, "encoder.layer", _BLOCK, attention=""),
    ]


def _encode(
    checkpoint: Checkpoint, inputs: Inputs, make_block: MakeBlock | None
) -> keras.KerasTensor:
    from keraswrap._blocks import EncoderBlock, PositionBias

    states = _nets.embed(checkpoint, inputs)
    bias = PositionBias(checkpoint.n_heads, _BUCKETS, name="position_bias")(states)
    for block in _nets.make_blocks(checkpoint, make_block or EncoderBlock).values():
        states = block(states, padding_mask=inputs["padding_mask"], position_bias=bias)
    return states


def _demands(settings: Settings) -> list[Demand]:
    buckets, pad = settings["relative_attention_num_buckets"], settings["pad_token_id"]
    return [
        (buckets == _BUCKETS, f"relative_attention_num_buckets of {_BUCKETS}", buckets),
        (pad == _PAD, f"pad_token_id of {_PAD}, from which positions are counted", pad),
    ]


RECORD = Architecture(
    kind="mpnet",
    defaults={
        **BERT_DEFAULTS,
        **{"vocab_size": 30527, "pad_token_id": _PAD, "relative_attention_num_buckets": _BUCKETS},
    },
    slots=_slots,
    encode=_encode,
    lora_targets=_nets.own_denses,
    demands=_demands,
    counts_from_pad=True,
    pooler="pooler.dense",
    head=lambda checkpoint: Head(
        "cls", "classifier.dense", "tanh", outer="classifier.out_proj", drops_first=True
    ),
    head_dropout=("hidden_dropout_prob",),
    tokenizer="wordpiece",
)
