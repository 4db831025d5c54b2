"""RoBERTa, which counts positions from the pad id on: Liu et al., 2019, arXiv:1907.11692."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from keraswrap.text.architectures import _nets
from keraswrap.text.architectures._record import BERT_DEFAULTS, Architecture, Head, Preset
from keraswrap.text.architectures._slots import (
    BERT_BLOCK,
    Slot,
    embedding_slots,
    layer_slots,
    segment_slot,
)

if TYPE_CHECKING:
    from keraswrap.text._checkpoint import Checkpoint


def _slots(checkpoint: Checkpoint) -> list[Slot]:
    # Every token belongs to the first segment, which is added to the position table.
    segments = replace(
        segment_slot(checkpoint),
        layer="position_embedding",
        take=lambda table: table[0],
        adds=True,
    )
    return [
        *embedding_slots(checkpoint),
        segments,
        *layer_slots(checkpoint, "encoder.layer", BERT_BLOCK),
    ]


RECORD = Architecture(
    kind="roberta",
    defaults={**BERT_DEFAULTS, "pad_token_id": 1, "vocab_size": 50265},
    slots=_slots,
    encode=_nets.encode_as_bert,
    lora_targets=_nets.attention_denses,
    counts_from_pad=True,
    pooler="pooler.dense",
    head=lambda checkpoint: Head(
        "cls", "classifier.dense", "tanh", outer="classifier.out_proj", drops_first=True
    ),
    tokenizer="bytes",
    preset=Preset(
        "RobertaBackbone",
        assets={"vocabulary.json": "vocab.json", "merges.txt": "merges.txt"},
        computes={"hidden_act": "gelu", "layer_norm_eps": 1e-5},
        renames={"embeddings/": ""},
        pad_id=1,
    ),
)
