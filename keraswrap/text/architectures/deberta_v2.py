"""DeBERTa of versions 2 and 3: He et al., 2021, arXiv:2006.03654 and 2111.09543."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keraswrap.text.architectures import _nets
from keraswrap.text.architectures._record import (
    ACTIVATIONS,
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
    dense_slots,
    embedding_slots,
    layer_slots,
    norm_slots,
    table_slot,
)

if TYPE_CHECKING:
    import keras

    from keraswrap.text._checkpoint import Checkpoint

_BLOCK = (
    *("attention.self.query_proj", "attention.self.key_proj", "attention.self.value_proj"),
    *("attention.output.dense", "attention.output.LayerNorm"),
    *("intermediate.dense", "output.dense", "output.LayerNorm"),
)
# What a distance is compared with, and the dense layer for it where it has one of its own.
_WAYS = {"c2p": ("pos_key_proj", "position_key"), "p2c": ("pos_query_proj", "position_query")}


def _ways(settings: Settings) -> list[str]:
    said = settings["pos_att_type"]
    ways = said.lower().split("|") if isinstance(said, str) else said
    return [str(way).strip() for way in ways]


def _norms(settings: Settings) -> bool:
    return "layer_norm" in str(settings["norm_rel_ebd"]).lower().split("|")


def _span(settings: Settings) -> int:
    """Return the greatest distance that is distinguished from others."""
    given = settings["max_relative_positions"]
    return int(given if given > 0 else settings["max_position_embeddings"])


def _rows(settings: Settings) -> int:
    buckets = settings["position_buckets"]
    return 2 * int(buckets if buckets > 0 else _span(settings))


def _slots(checkpoint: Checkpoint) -> list[Slot]:
    settings, width = checkpoint.settings, checkpoint.hidden_size
    absolute = settings["position_biased_input"]
    slots = [
        slot
        for slot in embedding_slots(checkpoint)
        if absolute or slot.layer != "position_embedding"
    ]
    slots.append(table_slot("encoder.rel_embeddings", _rows(settings), width, "distances"))
    if _norms(settings):
        slots += norm_slots("encoder.LayerNorm", width, "distances", "norm/")
    slots += layer_slots(checkpoint, "encoder.layer", _BLOCK, attention="")
    if not settings["share_att_key"]:
        for number in range(checkpoint.n_layers):
            for tensor, path in map(_WAYS.__getitem__, _ways(settings)):
                name = f"encoder.layer.{number}.attention.self.{tensor}"
                layer = f"transformer_layer_{number}"
                slots += dense_slots(name, width, width, layer, f"{path}/")
    return slots


def _encode(
    checkpoint: Checkpoint, inputs: Inputs, make_block: MakeBlock | None
) -> keras.KerasTensor:
    from keraswrap._blocks import DisentangledBlock, DistanceTable

    settings, ways = checkpoint.settings, _ways(checkpoint.settings)
    if settings["position_biased_input"]:
        states = _nets.embed(checkpoint, inputs)
    else:
        states = _nets.norm_embeddings(checkpoint, _nets.embed_tokens(checkpoint, inputs))
    epsilon = checkpoint.epsilon if _norms(settings) else None
    distances = DistanceTable(_rows(settings), epsilon, name="distances")(states)
    blocks = _nets.make_blocks(
        checkpoint,
        make_block or DisentangledBlock,
        max_distance=_span(settings),
        buckets=max(settings["position_buckets"], 0),
        content_to_position="c2p" in ways,
        position_to_content="p2c" in ways,
        shared=settings["share_att_key"],
    )
    for block in blocks.values():
        states = block(states, padding_mask=inputs["padding_mask"], distances=distances)
    return states


def _demands(settings: Settings) -> list[Demand]:
    ways, act, width = _ways(settings), settings["pooler_hidden_act"], settings["hidden_size"]
    head_size = width // settings["num_attention_heads"]
    same = {"embedding_size": width, "pooler_hidden_size": width, "attention_head_size": head_size}
    segments, buckets = settings["type_vocab_size"], settings["position_buckets"]
    kernel = settings.get("conv_kernel_size")
    return [
        (settings["relative_attention"], "relative_attention true", False),
        ({*ways} <= {*_WAYS}, "pos_att_type of 'c2p' and 'p2c'", ways),
        (segments == 0, "type_vocab_size of 0", segments),
        (not kernel, "no conv_kernel_size", kernel),
        (act in ACTIVATIONS, f"pooler_hidden_act of {', '.join(ACTIVATIONS)}", act),
        (
            buckets < 2 * (_span(settings) - 1),
            f"position_buckets below twice the greatest distance, {_span(settings) - 1}",
            buckets,
        ),
        *(
            (settings.get(name, size) == size, f"{name} of {size}", settings.get(name))
            for name, size in same.items()
        ),
    ]


RECORD = Architecture(
    kind="deberta-v2",
    defaults={
        **BERT_DEFAULTS,
        **{"vocab_size": 128100, "hidden_size": 1536, "num_hidden_layers": 24},
        **{"num_attention_heads": 24, "intermediate_size": 6144, "layer_norm_eps": 1e-7},
        **{"type_vocab_size": 0, "relative_attention": False, "max_relative_positions": -1},
        **{"position_biased_input": True, "position_buckets": -1, "share_att_key": False},
        **{"norm_rel_ebd": "none", "pos_att_type": (), "pooler_hidden_act": "gelu"},
    },
    slots=_slots,
    encode=_encode,
    lora_targets=_nets.own_denses,
    demands=_demands,
    head=lambda checkpoint: Head("cls", "pooler.dense", checkpoint.settings["pooler_hidden_act"]),
    head_dropout=("cls_dropout", "hidden_dropout_prob"),
    tokenizer="pieces",
    preset=Preset(
        "DebertaV3Backbone",
        assets={"vocabulary.spm": "spm.model"},
        computes={
            **{"hidden_act": "gelu", "layer_norm_eps": 1e-7, "relative_attention": True},
            **{"position_biased_input": False, "share_att_key": True},
            **{"norm_rel_ebd": "layer_norm", "pos_att_type": ["c2p", "p2c"]},
        },
        arguments={"position_buckets": "bucket_size"},
        renames={
            "rel_embedding/rel_embedding$": "distances/embeddings",
            "rel_embedding/rel_embeddings_layer_norm/": "distances/norm/",
            "disentangled_attention_encoder_layer_": "transformer_layer_",
            "(transformer_layer_[0-9]+)/self_attention_layer/": r"\1/",
        },
        pad_id=0,
    ),
)
