"""What a checkpoint is, read from its JSON and the headers of its weights."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from keraswrap._checkpoints.presets import has_preset
from keraswrap._checkpoints.safetensors import Tensor, read_tensors
from keraswrap.exceptions import InputError, ParameterError
from keraswrap.text._presets import preset_labels, read_config
from keraswrap.text._weights import split_tensors
from keraswrap.text.architectures import ARCHITECTURES, Architecture, find_architecture
from keraswrap.text.architectures._record import ACTIVATIONS, Settings

POOLINGS = ("mean", "cls", "pooler")


@dataclass(frozen=True)
class Checkpoint:
    """The facts of a checkpoint that decide what its net computes.

    Parameters
    ----------
    folder : str
        Where it lies.
    architecture : Architecture
        The record of its architecture.
    is_preset : bool
        Whether keras-hub wrote it, rather than transformers.
    vocabulary_size, n_segments, n_positions : int
        Rows of its three tables; positions as many as tokens may use.
    pad_id, position_offset : int
        The id that means padding; the rows of the position table below the first token's.
    embedding_size, hidden_size, intermediate_size, n_layers, n_heads : int
        The sizes of its layers. Embeddings may be narrower than the rest.
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
    settings : dict
        All settings that its architecture reads, under the names of the record.
    """

    folder: str
    architecture: Architecture
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
    activation: str
    epsilon: float
    dropout: float
    has_pooler: bool
    labels: tuple[str, ...] | None = None
    problem_type: str | None = None
    head_dropout: float = 0.1
    settings: Settings = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """The name of its architecture, ``model_type`` in config.json."""
        return self.architecture.kind

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
        A directory returned by :func:`~keraswrap.text.resolve_encoder`.

    Raises
    ------
    InputError
        If a file is missing or broken, or if config.json asks for what
        keras-hub does not compute: another architecture or activation,
        relative positions, a decoder.
    """
    path = Path(folder).absolute()
    config, preset = read_config(path), has_preset(path)
    architecture = check_kind(config, path)
    settings = _completed(architecture, config, path)
    _refuse_what_is_not_computed(architecture, settings, config, path)
    offset = settings["pad_token_id"] + 1 if architecture.counts_from_pad else 0
    return Checkpoint(
        folder=str(path),
        architecture=architecture,
        is_preset=preset,
        vocabulary_size=settings["vocab_size"],
        n_segments=settings.get("type_vocab_size", 0),
        n_positions=settings["max_position_embeddings"] - offset,
        pad_id=settings["pad_token_id"],
        position_offset=offset,
        embedding_size=settings.get("embedding_size", settings["hidden_size"]),
        hidden_size=settings["hidden_size"],
        intermediate_size=settings["intermediate_size"],
        n_layers=settings["num_hidden_layers"],
        n_heads=settings["num_attention_heads"],
        activation=ACTIVATIONS[settings["hidden_act"]],
        epsilon=settings["layer_norm_eps"],
        dropout=settings["hidden_dropout_prob"],
        settings=settings,
        **_on_top(architecture, {**config, **settings}, path, preset),
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


def check_kind(config: Settings, path: Path) -> Architecture:
    """Find the architecture that a configuration names.

    Raises
    ------
    InputError
        If it cannot be loaded; the message lists those that can.
    """
    kind = config.get("model_type")
    found = find_architecture(kind)
    if found is None or kind != found.kind:
        raise InputError(
            f"Expected a checkpoint of one of the kinds {', '.join(kinds())}, got "
            f"model_type={kind!r} in {str(path / 'config.json')!r}. Choose another encoder."
        )
    return found


def kinds() -> list[str]:
    """Name the architectures that can be loaded, as config.json does."""
    return [record.kind for record in ARCHITECTURES]


def _completed(architecture: Architecture, config: Settings, path: Path) -> Settings:
    # Every setting that is read, by the record's name, with its type checked.
    whole: dict[str, object] = {}
    for name, default in architecture.defaults.items():
        value = config.get(architecture.names.get(name, name))
        whole[name] = default if value is None else _checked(name, value, default, path)
    return {**whole, **architecture.fixed}


def _checked(name: str, value: Any, default: Any, path: Path) -> object:
    if isinstance(default, str | bool):
        good = isinstance(value, type(default))
    elif isinstance(default, tuple):
        good = isinstance(value, str | list | tuple)
    elif isinstance(default, dict):
        good = isinstance(value, Mapping)
    elif isinstance(default, int):
        least = 0 if name == "pad_token_id" else min(default, 1)
        good = type(value) is int and value >= least
    else:
        good = type(value) in (int, float) and 0 <= value < (1 if default < 1 else float("inf"))
    if good:
        return value
    raise InputError(
        f"Expected {name} of the kind of {default!r} in {str(path / 'config.json')!r}, got "
        f"{value!r:.60}. Fetch the checkpoint again."
    )


def _refuse_what_is_not_computed(
    architecture: Architecture, settings: Settings, config: Settings, path: Path
) -> None:
    activation, pad = settings["hidden_act"], settings["pad_token_id"]
    width, heads = settings["hidden_size"], settings["num_attention_heads"]
    rows = settings["max_position_embeddings"]
    flags = [
        (not config.get(name), f"no {name}", config.get(name))
        for name in ("is_decoder", "add_cross_attention", "quantization_config")
    ]
    positions = config.get("position_embedding_type") or "absolute"
    for holds, what, came in (
        (activation in ACTIVATIONS, f"hidden_act of {', '.join(ACTIVATIONS)}", activation),
        (positions == "absolute", "position_embedding_type 'absolute'", positions),
        *flags,
        (width % heads == 0, f"hidden_size that {heads} heads share evenly", width),
        (pad < settings["vocab_size"], "pad_token_id below vocab_size", pad),
        (
            not architecture.counts_from_pad or rows > pad + 1,
            "more positions than padding takes",
            rows,
        ),
        *architecture.demands({**config, **settings}),
    ):
        if not holds:
            raise InputError(
                f"Expected {what} in {str(path / 'config.json')!r}, got {came!r:.60}. Such a net "
                "is not supported: choose another encoder."
            )


def _on_top(
    architecture: Architecture, config: Settings, path: Path, preset: bool
) -> dict[str, Any]:
    # What comes with an encoder: its pooler, and a head with the names of its classes.
    if preset:
        known = architecture.preset
        return {"has_pooler": bool(known and known.has_pooler), "labels": preset_labels(path)}
    encoder, rest = split_tensors(architecture, read_tensors(path), str(path))
    pooler = [name for name in encoder if name.startswith(f"{architecture.pooler}.")]
    said = [name for name in architecture.head_dropout if config.get(name) is not None]
    return {
        "has_pooler": architecture.pooler is not None and bool(pooler),
        "labels": _labels(config, path) if _has_head(config, rest) else None,
        "problem_type": config.get("problem_type"),
        "head_dropout": _checked(said[0], config[said[0]], 0.1, path) if said else 0.0,
    }


def _has_head(config: Settings, tensors: Mapping[str, Tensor]) -> bool:
    # Heads for tokens or choices have tensors of the same names.
    named = config.get("architectures")
    made_for = str(named[0]) if isinstance(named, list) and named else ""
    other = "For" in made_for and not made_for.endswith("ForSequenceClassification")
    return not other and any(name.startswith("classifier.") for name in tensors)


def _labels(config: Settings, path: Path) -> tuple[str, ...]:
    named = config.get("id2label")
    if not named:
        count = config.get("num_labels", 2)
        named = {n: f"LABEL_{n}" for n in range(count if type(count) is int else 0)}
    try:
        by_id = {int(number): str(name) for number, name in named.items()}
    except (AttributeError, ValueError) as error:
        raise InputError(
            f"Expected id2label from ids to names in {str(path / 'config.json')!r}, got "
            f"{named!r:.60}. Correct it there."
        ) from error
    if sorted(by_id) != list(range(len(by_id))) or not by_id:
        raise InputError(
            f"Expected the ids 0 to n − 1 in id2label of {str(path / 'config.json')!r}, got "
            f"{sorted(by_id)!r:.60}. Correct it there."
        )
    return tuple(by_id[number] for number in range(len(by_id)))
