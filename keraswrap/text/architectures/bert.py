"""BERT: Devlin et al., 2019, arXiv:1810.04805."""

from __future__ import annotations

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
    return [
        *embedding_slots(checkpoint),
        segment_slot(checkpoint),
        *layer_slots(checkpoint, "encoder.layer", BERT_BLOCK),
    ]


RECORD = Architecture(
    kind="bert",
    defaults=BERT_DEFAULTS,
    slots=_slots,
    encode=_nets.encode_as_bert,
    lora_targets=_nets.attention_denses,
    segments=True,
    pooler="pooler.dense",
    head=lambda checkpoint: Head("pooler"),
    tokenizer="wordpiece",
    preset=Preset(
        "BertBackbone",
        assets={"vocabulary.txt": "vocab.txt"},
        computes={"hidden_act": "gelu_new", "layer_norm_eps": 1e-12},
        has_pooler=True,
    ),
)
