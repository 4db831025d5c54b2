"""ELECTRA, BERT with narrow embeddings and no pooler: Clark et al., 2020, arXiv:2003.10555."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keraswrap.text.architectures import _nets
from keraswrap.text.architectures._record import (
    BERT_DEFAULTS,
    Architecture,
    Head,
    Inputs,
    MakeBlock,
    Preset,
)
from keraswrap.text.architectures._slots import (
    BERT_BLOCK,
    Slot,
    dense_slots,
    embedding_slots,
    layer_slots,
    segment_slot,
)

if TYPE_CHECKING:
    import keras

    from keraswrap.text._checkpoint import Checkpoint


def _is_narrow(checkpoint: Checkpoint) -> bool:
    return checkpoint.embedding_size != checkpoint.hidden_size


def _slots(checkpoint: Checkpoint) -> list[Slot]:
    widths = checkpoint.embedding_size, checkpoint.hidden_size
    projection = dense_slots("embeddings_project", *widths, "embeddings_projection")
    return [
        *embedding_slots(checkpoint),
        segment_slot(checkpoint),
        *(projection if _is_narrow(checkpoint) else ()),
        *layer_slots(checkpoint, "encoder.layer", BERT_BLOCK),
    ]


def _encode(
    checkpoint: Checkpoint, inputs: Inputs, make_block: MakeBlock | None
) -> keras.KerasTensor:
    states = _nets.embed(checkpoint, inputs)
    if _is_narrow(checkpoint):
        states = _nets.dense(checkpoint, "embeddings_projection")(states)
    return _nets.stack(checkpoint, inputs, states, make_block)


RECORD = Architecture(
    kind="electra",
    defaults={
        **BERT_DEFAULTS,
        **{"hidden_size": 256, "num_attention_heads": 4, "intermediate_size": 1024},
        **{"embedding_size": 128},
    },
    parts=("embeddings", "embeddings_project", "encoder"),
    slots=_slots,
    encode=_encode,
    lora_targets=_nets.attention_denses,
    segments=True,
    head=lambda checkpoint: Head(
        "cls", "classifier.dense", "gelu", outer="classifier.out_proj", drops_first=True
    ),
    tokenizer="wordpiece",
    preset=Preset(
        "ElectraBackbone",
        assets={"vocabulary.txt": "vocab.txt"},
        computes={"hidden_act": "gelu_new", "layer_norm_eps": 1e-12},
        arguments={"vocab_size": "vocab_size", "embedding_size": "embedding_dim"},
    ),
)
