"""What a user names → a local directory, and what it says of itself."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keraswrap._checkpoints.files import PATTERNS, files_of, fingerprint, missing, read_json, stamp
from keraswrap._checkpoints.gguf import convert_gguf, is_gguf
from keraswrap._hub import is_hub_name, snapshot
from keraswrap._optional import require
from keraswrap.exceptions import InputError, InputTypeError, ParameterError

__all__ = ["Source", "check_dtype", "find_source"]

# Of a checkpoint that generates, besides what one that only reads has.
_MORE = ("chat_template.jinja", "generation_config.json", "tokenizer.model")
_DTYPES = ("float32", "bfloat16", "float16")


@dataclass(frozen=True)
class Source:
    """A checkpoint directory.

    Parameters
    ----------
    folder : str
    config : dict
        Its config.json.
    """

    folder: str
    config: dict[str, Any]

    @property
    def kind(self) -> str:
        """Its architecture, as transformers calls it."""
        return str(self.config.get("model_type"))

    @property
    def is_preset(self) -> bool:
        """Whether keras-hub wrote it."""
        return "registered_name" in self.config and "model_type" not in self.config


def find_source(name: str | os.PathLike[str]) -> Source:
    """Give the local directory of a language model, fetching it if it is only named.

    Parameters
    ----------
    name : str or path

    Returns
    -------
    Source

    Raises
    ------
    ParameterError
        If it names nothing that can be looked for.
    InputError
        If the directory lacks a file.
    SavedFileError
        If a GGUF file is corrupt, or of a kind that is not taken.
    DownloadError
        If it can neither be fetched nor found in a cache.
    """
    check_name(name)
    text = os.fspath(name)
    if Path(text).is_dir():
        folder = Path(text).absolute()
    elif is_gguf(text):
        folder = Path(convert_gguf(text))
    elif re.fullmatch(r"[a-z0-9_.]+", text) and text in _presets():
        folder = _fetch_preset(text)
    elif is_hub_name(text):
        folder = snapshot(text, "model", [*PATTERNS, *_MORE])
    else:
        raise ParameterError(
            "Expected a model's directory, its GGUF file, 'hf://owner/name', 'owner/name' or the "
            f"name of a keras-hub preset, got {text!r}. Check the spelling and where you stand."
        )
    source = Source(str(folder), read_json(folder / "config.json"))
    if not source.is_preset and not any(folder.glob("*.safetensors")):
        raise InputError(missing(folder, "weights", ("model.safetensors",)))
    return source


def check_name(name: Any) -> None:
    """Check that a model is named by a text or a path.

    Raises
    ------
    InputTypeError
    """
    if not isinstance(name, str | os.PathLike):
        raise InputTypeError(
            f"Expected a model to be named by a str or a path, got {type(name).__name__}."
        )


def lasting_name(name: str | os.PathLike[str]) -> str:
    """Give a name that holds wherever one stands: of what is a path here, the absolute one."""
    return str(Path(name).absolute()) if Path(name).exists() else os.fspath(name)


def state_of(name: str) -> tuple[Any, ...]:
    """Give what tells that a file or directory was changed; nothing of what is elsewhere."""
    path = Path(name)
    if path.is_dir():
        more = [path / each for each in _MORE if (path / each).is_file()]
        return stamp([*files_of(path), *more])
    return stamp([path]) if path.is_file() else ()


def hash_source(source: Source) -> str:
    """Hash all that decides what a checkpoint answers: the same in every process."""
    digest = hashlib.sha256(fingerprint(source.folder).encode())
    for name in _MORE:
        path = Path(source.folder, name)
        if path.is_file():
            digest.update(name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def load_tokenizer(source: Source) -> Any:
    """Load a checkpoint's fast tokenizer, with its chat template.

    Raises
    ------
    InputError
        If there is none that transformers can load, or none that is fast.
    """
    if source.is_preset:
        from keraswrap._checkpoints.presets import read_preset_tokenizer

        return read_preset_tokenizer(source.folder)
    transformers = require("transformers", "llm")
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(
            source.folder, local_files_only=True, trust_remote_code=False
        )
    except Exception as error:  # a broken file fails in the parser of its own format
        raise InputError(
            f"Expected a tokenizer that transformers can load in {source.folder!r}, got "
            f"{type(error).__name__}: {error!s:.300}. Fetch the checkpoint again."
        ) from error
    if not tokenizer.is_fast:
        raise InputError(
            f"Expected a checkpoint with a fast tokenizer, got {type(tokenizer).__name__} from "
            f"{source.folder!r}. Save one with transformers: it writes tokenizer.json."
        )
    return tokenizer


def end_ids(source: Source) -> list[int]:
    """Read which tokens end a text, by config.json and generation_config.json."""
    path = Path(source.folder, "generation_config.json")
    said = [source.config, read_json(path) if path.is_file() else {}]
    found: list[int] = []
    for each in said:
        ids = each.get("eos_token_id")
        found += ids if isinstance(ids, list) else [] if ids is None else [ids]
    return sorted({int(number) for number in found})


def context_length(config: Mapping[str, Any]) -> int | None:
    """Read how many tokens a model has positions for; None where it does not say.

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


def check_dtype(dtype: str) -> None:
    """Check what is computed in.

    Raises
    ------
    ParameterError
    """
    if dtype not in _DTYPES:
        raise ParameterError(f"Expected dtype to be one of {', '.join(_DTYPES)}, got {dtype!r}.")


def _presets() -> list[str]:
    from keraswrap._checkpoints.presets import preset_names

    return preset_names()


def _fetch_preset(name: str) -> Path:
    from keraswrap._checkpoints.presets import fetch_preset

    return Path(fetch_preset(name))
