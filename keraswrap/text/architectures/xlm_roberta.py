"""XLM-RoBERTa, RoBERTa of many languages: Conneau et al., 2020, arXiv:1911.02116."""

from __future__ import annotations

from dataclasses import replace

from keraswrap.text.architectures import roberta
from keraswrap.text.architectures._record import Preset

RECORD = replace(
    roberta.RECORD,
    kind="xlm-roberta",
    defaults={**roberta.RECORD.defaults, "vocab_size": 30522},
    tokenizer="pieces",
    preset=Preset(
        "XLMRobertaBackbone",
        assets={"vocabulary.spm": "sentencepiece.bpe.model"},
        computes={"hidden_act": "gelu", "layer_norm_eps": 1e-5},
        renames={"embeddings/": ""},
        pad_id=1,
    ),
)
