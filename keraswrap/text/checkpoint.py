"""What a checkpoint is, read from its JSON and the headers of its weights."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keraswrap._checkpoints.files import read_json
from keraswrap._checkpoints.safetensors import read_tensors
from keraswrap.exceptions import InputError, ParameterError
from keraswrap.text._weights import pooler_name, split_tensors
from keraswrap.text.presets import DISTILBERT_NAMES, is_preset, preset_labels, transformers_config

POOLINGS = ("mean", "cls", "pooler")
KINDS = ("albert", "bert", "distilbert", "roberta", "xlm-roberta")

# What transformers takes where config.json is silent (its configuration_*.py, 5.23).
_SIZES: dict[str, Any] = {"vocab_size": 30522, "hidden_size": 768, "num_hidden_layers": 12}
_SIZES |= {"num_attention_heads": 12, "intermediate_size": 3072, "type_vocab_size": 2}
_BERT = _SIZES | {"max_position_embeddings": 512, "layer_norm_eps": 1e-12, "pad_token_id": 0}
_BERT |= {"hidden_act": "gelu", "hidden_dropout_prob": 0.1}
_ROBERTA = _BERT | {"pad_token_id": 1}
_ALBERT = _BERT | {"vocab_size": 30000, "hidden_size": 4096, "num_attention_heads": 64}
_ALBERT |= {"intermediate_size": 16384, "hidden_act": "gelu_new", "hidden_dropout_prob": 0.0}
_ALBERT |= {"embedding_size": 128, "num_hidden_groups": 1, "inner_group_num": 1}
_ALBERT |= {"classifier_dropout_prob": 0.1}
_DISTILBERT = _BERT | {"num_hidden_layers": 6, "seq_classif_dropout": 0.2}
DEFAULTS = {
    "albert": _ALBERT,
    "bert": _BERT,
    "distilbert": _DISTILBERT,
    "roberta": _ROBERTA | {"vocab_size": 50265},
    "xlm-roberta": _ROBERTA,
}
# Each by the one name that Keras keeps it under in a net's configuration.
TANH_GELU = "keras_hub>gelu_approximate"
_ACTIVATIONS = {"gelu": "gelu", "gelu_python": "gelu", "relu": "relu"} | {
    **{"silu": "silu", "swish": "silu"},
    **dict.fromkeys(("gelu_new", "gelu_fast", "gelu_pytorch_tanh", "gelu_accurate"), TANH_GELU),
}


@dataclass(frozen=True)
class Checkpoint:
    """The facts of a checkpoint that decide what its net computes.

    Parameters
    ----------
    folder : str
        Where it lies.
    kind : {"albert", "bert", "distilbert", "roberta", "xlm-roberta"}
        Its architecture.
    is_preset : bool
        Whether keras-hub wrote it, rather than transformers.
    vocabulary_size, n_segments, n_positions : int
        Rows of its three tables; positions as many as tokens may use.
    pad_id, position_offset : int
        The id that means padding; the rows of the position table below the first token's.
    embedding_size, hidden_size, intermediate_size, n_layers, n_heads : int
        The sizes of its layers. Embeddings are narrower in ALBERT only.
    n_groups, n_inner : int
        How ALBERT shares its layers; 1 elsewhere.
    activation : str
        Keras's name for what is between the two dense layers.
    epsilon, dropout : float
        Of every layer norm; of every hidden layer in training.
    has_pooler : bool
        Whether a dense layer over the first token comes with it.
    labels : tuple of str, optional
        The classes of the head that comes with it, by their ids; None without a head.
    problem_type : str, optional
        What config.json says of the head.
    head_dropout : float
        Of the head, in training.
    """

    folder: str
    kind: str
    is_preset: bool
    vocabulary_size: int
    n_segments: int
    n_positions: int
    pad_id: int
    position_offset: int
    embedding_size: int
    hidden_size: int
    intermediate_size: int
    n_layers: int
    n_heads: int
    n_groups: int
    n_inner: int
    activation: str
    epsilon: float
    dropout: float
    has_pooler: bool
    labels: tuple[str, ...] | None = None
    problem_type: str | None = None
    head_dropout: float = 0.1

    @property
    def matrix_weights(self) -> int:
        """How many weights a text's states are multiplied with on their way."""
        each = 4 * self.hidden_size**2 + 2 * self.hidden_size * self.intermediate_size
        return self.n_layers * each


def read_checkpoint(folder: str | os.PathLike[str]) -> Checkpoint:
    """Read what a checkpoint is, without its weights.

    Parameters
    ----------
    folder : str or path
        A directory that :func:`~keraswrap.text.resolve_encoder` gave.

    Returns
    -------
    Checkpoint

    Raises
    ------
    InputError
        If a file is missing or broken, or if config.json asks for what
        keras-hub does not compute: another architecture or activation,
        relative positions, a decoder.
    """
    path = Path(folder).absolute()
    given = read_json(path / "config.json")
    preset = is_preset(given)
    config = _completed(transformers_config(path, given) if preset else given, path)
    kind = str(config["model_type"])
    _refuse_what_is_not_computed(config, path)
    offset = config["pad_token_id"] + 1 if "roberta" in kind else 0
    return Checkpoint(
        folder=str(path),
        kind=kind,
        is_preset=preset,
        vocabulary_size=config["vocab_size"],
        n_segments=config["type_vocab_size"],
        n_positions=config["max_position_embeddings"] - offset,
        pad_id=config["pad_token_id"],
        position_offset=offset,
        embedding_size=config.get("embedding_size", config["hidden_size"]),
        hidden_size=config["hidden_size"],
        intermediate_size=config["intermediate_size"],
        n_layers=config["num_hidden_layers"],
        n_heads=config["num_attention_heads"],
        n_groups=config.get("num_hidden_groups", 1),
        n_inner=config.get("inner_group_num", 1),
        activation=_ACTIVATIONS[config["hidden_act"]],
        epsilon=config["layer_norm_eps"],
        dropout=config["hidden_dropout_prob"],
        **_on_top(config, path, preset),
    )


def check_pooling(pooling: str, checkpoint: Checkpoint | None = None) -> None:
    """Check that texts can be pooled so, by a checkpoint if one is given.

    Raises
    ------
    ParameterError
        If `pooling` is unknown, or takes a pooler that is not there.
    """
    if pooling not in POOLINGS:
        raise ParameterError(f"Expected pooling to be one of {POOLINGS}, got {pooling!r}.")
    if checkpoint is not None and pooling == "pooler" and not checkpoint.has_pooler:
        raise ParameterError(
            f"Expected pooling='mean' or 'cls' for the checkpoint {checkpoint.folder!r}, which "
            "has no pooler, got 'pooler'."
        )


def check_kind(config: dict[str, Any], path: Path) -> str:
    """Check that a configuration is of a kind that can be loaded, and name it.

    Raises
    ------
    InputError
        If it is of another, with those that can be.
    """
    kind = config.get("model_type")
    if kind not in KINDS:
        raise InputError(
            f"Expected a checkpoint of one of the kinds {', '.join(KINDS)}, got "
            f"model_type={kind!r} in {str(path / 'config.json')!r}. Choose another encoder."
        )
    return str(kind)


def _completed(config: dict[str, Any], path: Path) -> dict[str, Any]:
    # Every key that is read, under BERT's name for it, with a value of the right kind.
    kind = check_kind(config, path)
    renamed = DISTILBERT_NAMES if kind == "distilbert" else {}
    whole = dict(config)
    for name, default in DEFAULTS[kind].items():
        value = config.get(renamed.get(name, name))
        whole[name] = default if value is None else _checked(name, value, default, path)
    if kind == "distilbert":
        whole["layer_norm_eps"] = 1e-12  # transformers reads none from its config.json
    return whole


def _checked(name: str, value: Any, default: Any, path: Path) -> Any:
    if isinstance(default, str):
        good = isinstance(value, str)
    elif isinstance(default, int):
        good = type(value) is int and value >= (0 if name == "pad_token_id" else 1)
    else:
        good = type(value) in (int, float) and 0 <= value < 1
    if good:
        return value
    raise InputError(
        f"Expected {name} of the kind of {default!r} in {str(path / 'config.json')!r}, got "
        f"{value!r:.60}. Fetch the checkpoint again."
    )


def _refuse_what_is_not_computed(config: dict[str, Any], path: Path) -> None:
    kind, activation = config["model_type"], config["hidden_act"]
    width, heads = config["hidden_size"], config["num_attention_heads"]
    layers, groups = config["num_hidden_layers"], config.get("num_hidden_groups", 1)
    rows, pad = config["max_position_embeddings"], config["pad_token_id"]
    positions = config.get("position_embedding_type") or "absolute"
    flags = [
        (not config.get(name), f"no {name}", config.get(name))
        for name in ("is_decoder", "add_cross_attention", "quantization_config")
    ]
    for holds, what, came in (
        (activation in _ACTIVATIONS, f"hidden_act of {', '.join(_ACTIVATIONS)}", activation),
        (positions == "absolute", "position_embedding_type 'absolute'", positions),
        *flags,
        (width % heads == 0, f"hidden_size that {heads} heads share evenly", width),
        (layers % groups == 0, f"num_hidden_layers that {groups} groups share evenly", layers),
        (pad < config["vocab_size"], "pad_token_id below vocab_size", pad),
        ("roberta" not in kind or rows > pad + 1, "more positions than padding takes", rows),
    ):
        if not holds:
            raise InputError(
                f"Expected {what} in {str(path / 'config.json')!r}, got {came!r:.60}. Nothing "
                "here computes such a net: choose another encoder."
            )


def _on_top(config: dict[str, Any], path: Path, preset: bool) -> dict[str, Any]:
    # What comes with an encoder: its pooler, and a head with the names of its classes.
    kind = config["model_type"]
    if preset:
        return {"has_pooler": kind in ("albert", "bert"), "labels": preset_labels(path)}
    encoder, rest = split_tensors(read_tensors(path), str(path))
    stem = pooler_name(kind)
    pooler = kind != "distilbert" and (f"{stem}.weight" in encoder or f"{stem}.bias" in encoder)
    dropout = config.get("classifier_dropout")
    for name in ("classifier_dropout_prob", "seq_classif_dropout", "hidden_dropout_prob"):
        dropout = config.get(name) if dropout is None else dropout
    return {
        "has_pooler": pooler,
        "labels": _labels(config, path) if _has_head(config, rest) else None,
        "problem_type": config.get("problem_type"),
        "head_dropout": _checked("classifier_dropout", dropout, 0.1, path),
    }


def _has_head(config: dict[str, Any], tensors: Any) -> bool:
    # One for tokens or for choices has tensors of the same names.
    named = config.get("architectures")
    made_for = str(named[0]) if isinstance(named, list) and named else ""
    other = "For" in made_for and not made_for.endswith("ForSequenceClassification")
    return not other and any(name.startswith("classifier.") for name in tensors)


def _labels(config: dict[str, Any], path: Path) -> tuple[str, ...]:
    named = config.get("id2label")
    if not named:
        count = config.get("num_labels", 2)
        named = {n: f"LABEL_{n}" for n in range(count if type(count) is int else 0)}
    try:
        by_id = {int(number): str(name) for number, name in named.items()}
    except (AttributeError, ValueError) as error:
        raise InputError(
            f"Expected id2label from ids to names in {str(path / 'config.json')!r}, got "
            f"{named!r:.60}. Mend it there."
        ) from error
    if sorted(by_id) != list(range(len(by_id))) or not by_id:
        raise InputError(
            f"Expected the ids 0 to n − 1 in id2label of {str(path / 'config.json')!r}, got "
            f"{sorted(by_id)!r:.60}. Mend it there."
        )
    return tuple(by_id[number] for number in range(len(by_id)))
