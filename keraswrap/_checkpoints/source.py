"""The checkpoint of a causal language model: its folder and its configuration."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from keraswrap._checkpoints.files import PATTERNS, files_of, missing, read_bytes, read_json
from keraswrap._checkpoints.fingerprints import Stamp, fingerprint, hash_parts, stamp
from keraswrap._checkpoints.locate import find_folder
from keraswrap._checkpoints.presets import is_preset
from keraswrap._checkpoints.tokenizer import read_preset_tokenizer, read_tokenizer
from keraswrap.exceptions import InputError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

    from keraswrap._checkpoints.files import JsonObject

# What a language model has besides the files of an encoder.
_MORE = ("chat_template.jinja", "generation_config.json", "tokenizer.model")


@dataclass(frozen=True)
class Source:
    """A checkpoint directory and its config.json."""

    folder: str
    config: JsonObject

    @property
    def kind(self) -> str:
        """The architecture, by transformers' name."""
        return str(self.config.get("model_type"))

    @property
    def is_preset(self) -> bool:
        """Whether keras-hub wrote it."""
        return is_preset(self.config)


def find_source(name: object) -> Source:
    """Return the checkpoint of a language model, downloading it if necessary.

    Raises
    ------
    InputTypeError, ParameterError, SavedFileError, DownloadError
        As from :func:`~keraswrap._checkpoints.locate.find_folder`.
    InputError
        If the directory lacks a file.
    """
    folder = find_folder(
        name, "model", patterns=[*PATTERNS, *_MORE], presets=["CausalLM"], gguf=True
    )
    source = Source(str(folder), read_json(folder / "config.json"))
    if not source.is_preset and not any(folder.glob("*.safetensors")):
        raise InputError(missing(folder, "weights", ("model.safetensors",)))
    return source


def lasting_name(name: str | os.PathLike[str]) -> str:
    """Return a name that does not depend on the working directory: paths become absolute."""
    return str(Path(name).absolute()) if Path(name).exists() else os.fspath(name)


def state_of(name: str) -> Stamp:
    """Return a stamp of a file or directory that shows changes; empty if it is not local."""
    path = Path(name)
    if path.is_dir():
        return stamp([*files_of(path), *_more(path)])
    return stamp([path]) if path.is_file() else ()


def hash_source(source: Source) -> str:
    """Hash everything that determines a checkpoint's answers; the same in every process."""
    parts = [fingerprint(source.folder).encode()]
    for path in _more(Path(source.folder)):
        parts += [path.name.encode() + b"\0", read_bytes(path)]
    return hash_parts(parts)


def _more(folder: Path) -> list[Path]:
    return [folder / name for name in _MORE if (folder / name).is_file()]


def load_tokenizer(source: Source) -> PreTrainedTokenizerFast:
    """Load a checkpoint's fast tokenizer, or raise InputError if it has none."""
    read = read_preset_tokenizer if source.is_preset else read_tokenizer
    return read(source.folder)


def end_ids(source: Source) -> list[int]:
    """Return the tokens that end a text, from config.json and generation_config.json."""
    path = Path(source.folder, "generation_config.json")
    said = [source.config, read_json(path) if path.is_file() else {}]
    found: list[int] = []
    for each in said:
        ids = each.get("eos_token_id")
        found += ids if isinstance(ids, list) else [] if ids is None else [ids]
    return sorted({int(number) for number in found})


def context_length(config: JsonObject) -> int | None:
    """Return the number of positions of a model, or None if its configuration has none.

    Examples
    --------
    >>> context_length({"max_position_embeddings": 8192}), context_length({})
    (8192, None)
    """
    inner = config.get("text_config") or config.get("config") or {}
    for said in (config, inner):
        for name in ("max_position_embeddings", "n_positions", "max_sequence_length"):
            if type(said.get(name)) is int:
                return int(said[name])
    return None
