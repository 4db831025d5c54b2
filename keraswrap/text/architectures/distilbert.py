"""DistilBERT, which has no segments: Sanh et al., 2019, arXiv:1910.01108."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keraswrap.text.architectures import _nets
from keraswrap.text.architectures._record import BERT_DEFAULTS, Architecture, Head, Preset
from keraswrap.text.architectures._slots import Slot, embedding_slots, layer_slots

if TYPE_CHECKING:
    from keraswrap.text._checkpoint import Checkpoint

_BLOCK = (
    *("attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin"),
    *("sa_layer_norm", "ffn.lin1", "ffn.lin2", "output_layer_norm"),
)


def _slots(checkpoint: Checkpoint) -> list[Slot]:
    return [*embedding_slots(checkpoint), *layer_slots(checkpoint, "transformer.layer", _BLOCK)]


RECORD = Architecture(
    kind="distilbert",
    defaults={**BERT_DEFAULTS, "num_hidden_layers": 6, "seq_classif_dropout": 0.2},
    names={
        **{"hidden_size": "dim", "num_hidden_layers": "n_layers"},
        **{"num_attention_heads": "n_heads", "intermediate_size": "hidden_dim"},
        **{"hidden_act": "activation", "hidden_dropout_prob": "dropout"},
    },
    fixed={"layer_norm_eps": 1e-12},  # transformers reads none from config.json
    parts=("embeddings", "transformer"),
    slots=_slots,
    encode=_nets.encode_as_bert,
    lora_targets=_nets.attention_denses,
    head=lambda checkpoint: Head("cls", "pre_classifier", "relu"),
    head_dropout=("seq_classif_dropout",),
    tokenizer="wordpiece",
    preset=Preset(
        "DistilBertBackbone",
        assets={"vocabulary.txt": "vocab.txt"},
        computes={"hidden_act": "gelu"},
        renames={"token_and_position_embedding/": ""},
    ),
)
