"""The files of a checkpoint: which there are, and reading them after checking their size."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from keraswrap.exceptions import InputError

TOKENIZER_FILES = (
    *("tokenizer.json", "vocab.txt", "vocab.json"),
    *("spiece.model", "sentencepiece.bpe.model", "spm.model"),
)
WEIGHT_FILES = ("model.safetensors", "model.safetensors.index.json")
# Other files that may affect tokenization.
_SETTINGS = (
    *("config.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"),
    "merges.txt",
)
# Of a keras-hub preset.
_PRESET = (
    *("*.weights.h5", "model.weights.json", "task.json"),
    *("assets/*", "assets/tokenizer/*"),
)
# What is downloaded from a hub: no other weights, and no code.
PATTERNS = [*_SETTINGS, *TOKENIZER_FILES, *WEIGHT_FILES, "model-*.safetensors", *_PRESET]

# Far more than the JSON, chat template or vocabulary of any checkpoint needs.
_SMALL = 1 << 28

# Parsed JSON: users of an entry check it.
JsonObject = dict[str, Any]


def read_bytes(path: str | os.PathLike[str], start: int = 0, length: int | None = None) -> bytes:
    """Read a file of at most 256 MiB, or `length` bytes of any file, after checking its size.

    Raises
    ------
    ValueError
        If the file is shorter than `length`, or larger than the limit.
    OSError
    """
    with open(path, "rb") as file:
        there = os.fstat(file.fileno()).st_size - start
        if length is None and there > _SMALL:
            raise ValueError(f"{there} bytes, of at most {_SMALL}")
        if length is not None and there < length:
            raise ValueError(f"{there} bytes, where {length} belong")
        file.seek(start)
        return file.read(there if length is None else length)


def read_json(path: Path) -> JsonObject:
    """Read a JSON object from a file.

    Raises
    ------
    InputError
        If the file is missing, cannot be read, or holds something else.
    """
    try:
        found = json.loads(read_bytes(path).decode())
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputError(missing(path.parent, path.name, (path.name,))) from error
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(
            f"Expected a JSON object in {str(path)!r}, got {error}. Fetch the checkpoint again."
        ) from error
    if not isinstance(found, dict):
        raise InputError(
            f"Expected a JSON object in {str(path)!r}, got a {type(found).__name__}. "
            "Fetch the checkpoint again."
        )
    return found


def missing(folder: Path, what: str, names: tuple[str, ...]) -> str:
    """Return the message that a folder lacks a file, listing the files it has."""
    found = sorted(entry.name for entry in folder.iterdir())[:12] if folder.is_dir() else []
    return (
        f"Expected {what} ({' or '.join(names)}) in {str(folder)!r}, got {found}. Pass a "
        "directory as transformers' save_pretrained writes it, with safetensors weights."
    )


def files_of(folder: str | os.PathLike[str]) -> list[Path]:
    """List the files that determine what a checkpoint computes, in a fixed order."""
    path = Path(folder)
    return sorted({entry for name in PATTERNS for entry in path.glob(name) if entry.is_file()})


def settle(source: Path, target: Path, needed: Iterable[str]) -> None:
    """Move a finished folder into place, unless one with all files needed is already there."""
    if target.exists() and not is_whole(target, needed):
        shutil.rmtree(target)
    try:
        os.replace(source, target)
    except OSError:  # another process was first, and its copy is equal
        if not is_whole(target, needed):
            raise


def is_whole(folder: Path, needed: Iterable[str]) -> bool:
    """Return whether a folder has all the files needed."""
    return all((folder / name).is_file() for name in needed)
