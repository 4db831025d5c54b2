"""ModernBERT: Warner et al., 2024, arXiv:2412.13663."""

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
    Settings,
    block_names,
)
from keraswrap.text.architectures._slots import Slot, dense_slots, norm_slots, table_slot

if TYPE_CHECKING:
    import keras

    from keraswrap.text._checkpoint import Checkpoint

_GLOBAL, _LOCAL = "full_attention", "sliding_attention"
_THETAS = {_GLOBAL: "global_rope_theta", _LOCAL: "local_rope_theta"}
# The parts of the tensors that hold several layers, and the layers of a block that they fill.
_FUSED = {
    "attn.Wqkv": ("query", "key", "value"),
    "mlp.Wi": ("feedforward_intermediate_dense", "feedforward_gate_dense"),
}


def _attention_types(settings: Settings) -> list[str]:
    """Return of each layer whether it sees the whole text, or what is near."""
    every, layers = settings["global_attn_every_n_layers"], settings["num_hidden_layers"]
    given = settings["layer_types"]
    return list(given or [_LOCAL if number % every else _GLOBAL for number in range(layers)])


def _rotation(settings: Settings, kind: str) -> Settings:
    given = settings["rope_parameters"].get(kind) or {}
    return {"rope_type": "default", "rope_theta": settings[_THETAS[kind]], **given}


def _slots(checkpoint: Checkpoint) -> list[Slot]:
    width, bias = checkpoint.hidden_size, checkpoint.settings["norm_bias"]
    words = "embeddings.tok_embeddings"
    slots = [
        table_slot(words, checkpoint.vocabulary_size, width, "token_embedding"),
        *norm_slots("embeddings.norm", width, "embeddings_layer_norm", bias=bias),
        *norm_slots("final_norm", width, "final_norm", bias=bias),
    ]
    for number, layer in enumerate(block_names(checkpoint)):
        slots += _block_slots(checkpoint, f"layers.{number}.", layer, first=number == 0)
    return slots


def _block_slots(checkpoint: Checkpoint, prefix: str, layer: str, first: bool) -> list[Slot]:
    width, inner = checkpoint.hidden_size, checkpoint.intermediate_size
    bias, norm_bias = (checkpoint.settings[name] for name in ("attention_bias", "norm_bias"))
    norms = {"mlp_norm": "feedforward_layer_norm/"}
    norms |= {} if first else {"attn_norm": "self_attention_layer_norm/"}
    slots = [
        *dense_slots(f"{prefix}attn.Wo", width, width, layer, "attention_output/", bias),
        *dense_slots(f"{prefix}mlp.Wo", inner, width, layer, "feedforward_output_dense/", bias),
    ]
    for name, path in norms.items():
        slots += norm_slots(prefix + name, width, layer, path, norm_bias)
    for name, size in (("attn.Wqkv", width), ("mlp.Wi", inner)):
        slots += _fused_slots(prefix + name, _FUSED[name], width, size, layer, bias)
    return slots


def _fused_slots(
    tensor: str, paths: tuple[str, ...], inputs: int, size: int, layer: str, bias: bool
) -> list[Slot]:
    # A tensor with the rows of several dense layers, one after the other.
    slots = []
    for number, path in enumerate(paths):
        for slot in dense_slots(tensor, inputs, len(paths) * size, layer, f"{path}/", bias):
            rows = slice(number * size, (number + 1) * size)
            slots.append(slot.of_rows(rows))
    return slots


def _encode(
    checkpoint: Checkpoint, inputs: Inputs, make_block: MakeBlock | None
) -> keras.KerasTensor:
    import keras

    from keraswrap._blocks import RotaryBlock

    settings, make = checkpoint.settings, make_block or RotaryBlock
    norm_bias, types = settings["norm_bias"], _attention_types(settings)
    states = _nets.embed_tokens(checkpoint, inputs)
    states = _nets.norm_embeddings(checkpoint, states, norm_bias)
    for number, name in enumerate(block_names(checkpoint)):
        block = make(
            name=name,
            theta=float(_rotation(settings, types[number])["rope_theta"]),
            window=settings["local_attention"] // 2 if types[number] == _LOCAL else None,
            norms_attention=number > 0,  # the embeddings are normed
            use_bias=settings["attention_bias"],
            norm_bias=norm_bias,
            **_nets.block_settings(checkpoint),
        )
        states = block(states, padding_mask=inputs["padding_mask"])
    return keras.layers.LayerNormalization(
        epsilon=checkpoint.epsilon, center=norm_bias, name="final_norm"
    )(states)


def _head(checkpoint: Checkpoint) -> Head:
    settings = checkpoint.settings
    return Head(
        settings["classifier_pooling"],
        "head.dense",
        settings["classifier_activation"],
        "head.norm",
        inner_bias=settings["classifier_bias"],
        norm_bias=settings["norm_bias"],
    )


def _demands(settings: Settings) -> list[Demand]:
    types, layers = _attention_types(settings), settings["num_hidden_layers"]
    rotations = [_rotation(settings, kind).get("rope_type") for kind in _THETAS]
    pooling, act = settings["classifier_pooling"], settings["classifier_activation"]
    biases = [settings["attention_bias"], settings["mlp_bias"]]
    head_size = settings["hidden_size"] // settings["num_attention_heads"]
    return [
        (
            {*types} <= {*_THETAS} and len(types) == layers,
            f"layer_types of {layers} times {_GLOBAL!r} or {_LOCAL!r}",
            types,
        ),
        (not settings.get("rope_scaling"), "no rope_scaling", settings.get("rope_scaling")),
        ({*rotations} == {"default"}, "rope_parameters of rope_type 'default'", rotations),
        (head_size % 2 == 0, "an even number of values in a head", head_size),
        (biases[0] == biases[1], "mlp_bias as attention_bias is", biases[1]),
        (pooling in ("cls", "mean"), "classifier_pooling 'cls' or 'mean'", pooling),
        (act in ACTIVATIONS, f"classifier_activation of {', '.join(ACTIVATIONS)}", act),
    ]


RECORD = Architecture(
    kind="modernbert",
    defaults={
        **{name: value for name, value in BERT_DEFAULTS.items() if name != "type_vocab_size"},
        **{"vocab_size": 50368, "num_hidden_layers": 22, "intermediate_size": 1152},
        **{"max_position_embeddings": 8192, "layer_norm_eps": 1e-5, "pad_token_id": 50283},
        **{"hidden_dropout_prob": 0.0, "norm_bias": False, "attention_bias": False},
        **{"mlp_bias": False, "local_attention": 128, "global_attn_every_n_layers": 3},
        **{"global_rope_theta": 160000.0, "local_rope_theta": 10000.0},
        **{"layer_types": (), "rope_parameters": {}},
        **{"classifier_pooling": "cls", "classifier_bias": False, "classifier_activation": "gelu"},
    },
    names={
        **{"hidden_act": "hidden_activation", "layer_norm_eps": "norm_eps"},
        **{"hidden_dropout_prob": "mlp_dropout"},
    },
    words="embeddings.tok_embeddings.weight",
    parts=("embeddings", "layers", "final_norm"),
    slots=_slots,
    encode=_encode,
    lora_targets=_nets.own_denses,
    demands=_demands,
    head=_head,
    head_dropout=("classifier_dropout",),
    tokenizer="bytes",
)
