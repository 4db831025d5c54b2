"""keras-hub's presets: its own kind of directory, read as if transformers had written it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from keraswrap._checkpoints.files import read_bytes, read_json
from keraswrap._checkpoints.presets import find_asset, is_preset
from keraswrap.exceptions import InputError
from keraswrap.text.architectures import ARCHITECTURES, Architecture
from keraswrap.text.architectures._record import Preset

if TYPE_CHECKING:
    from keraswrap._checkpoints.files import JsonObject


def preset_classes() -> dict[str, Architecture]:
    """Return keras-hub's classes whose presets can be loaded, with their records."""
    return {record.preset.backbone: record for record in ARCHITECTURES if record.preset}


def read_config(folder: Path) -> JsonObject:
    """Read a checkpoint's config.json; a preset's is converted to the transformers format.

    Raises
    ------
    InputError
        If it cannot be read, or is a preset's that cannot be loaded.
    """
    config = read_json(folder / "config.json")
    return _in_transformers_words(folder, config) if is_preset(config) else config


def _in_transformers_words(folder: Path, config: JsonObject) -> JsonObject:
    name = str(config.get("class_name"))
    arguments = config.get("config")
    known = preset_classes()
    if name not in known or not isinstance(arguments, Mapping):
        raise InputError(
            f"Expected a preset of one of {', '.join(known)}, got {name!r} in "
            f"{str(folder / 'config.json')!r}. Choose another encoder."
        )
    if "DTypePolicyMap" in json.dumps(arguments.get("dtype")):
        raise InputError(
            f"Expected a preset that is not quantized, got one in {str(folder)!r}. Choose "
            "another encoder."
        )
    record = known[name]
    preset = preset_of(record)
    names = preset.all_arguments.items()
    given = {key: arguments[own] for key, own in names if own in arguments}
    given |= {"pad_token_id": _pad_id(folder) if preset.pad_id is None else preset.pad_id}
    given |= preset.computes  # as these weights expect
    if record.counts_from_pad and type(given.get("max_position_embeddings")) is int:
        given["max_position_embeddings"] += given["pad_token_id"] + 1
    own_names = {record.names.get(key, key): value for key, value in given.items()}
    return {**own_names, "model_type": record.kind}


def preset_of(architecture: Architecture) -> Preset:
    """Return what keras-hub has for an architecture.

    Raises
    ------
    InputError
        If it has nothing for it.
    """
    if architecture.preset is None:
        raise InputError(
            f"Expected an architecture that keras-hub has presets of, got {architecture.kind!r}. "
            "Choose another encoder."
        )
    return architecture.preset


def _pad_id(folder: Path) -> int:
    lines = read_bytes(find_asset(folder, "vocabulary.txt")).splitlines()
    return lines.index(b"[PAD]") if b"[PAD]" in lines else 0


def write_tokenizer_files(folder: Path, architecture: Architecture, target: Path) -> None:
    """Write a preset's tokenizer in the format that transformers reads.

    Parameters
    ----------
    folder : Path
        A preset.
    target : Path
        An empty directory.
    """
    for own, name in preset_of(architecture).assets.items():
        shutil.copyfile(find_asset(folder, own), target / name)
    settings: dict[str, bool] = {}
    if architecture.tokenizer == "wordpiece":
        said = read_json(folder / "tokenizer.json").get("config")
        lowercase = said.get("lowercase") if isinstance(said, Mapping) else None
        # BERT's tokenizer strips accents if and only if it lowercases.
        settings["do_lower_case"] = bool(lowercase)
    kind = json.dumps({"model_type": architecture.kind})
    (target / "config.json").write_text(kind, encoding="utf-8")
    (target / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")


def preset_labels(folder: Path) -> tuple[str, ...] | None:
    """Name the outputs of a preset's classification head by number; None without one.

    Raises
    ------
    InputError
        If task.json cannot be read.
    """
    if not (folder / "task.json").is_file() or not (folder / "task.weights.h5").is_file():
        return None
    task = read_json(folder / "task.json")
    settings = task.get("config")
    name = str(task.get("class_name"))
    if not name.endswith("Classifier") or not isinstance(settings, Mapping):
        return None
    count = settings.get("num_classes")
    if type(count) is not int or count < 1:
        raise InputError(
            f"Expected num_classes of at least 1 in {str(folder / 'task.json')!r}, got {count!r}. "
            "Fetch the preset again."
        )
    return tuple(f"LABEL_{number}" for number in range(count))
