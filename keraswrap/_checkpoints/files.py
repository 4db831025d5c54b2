"""The files of a checkpoint: which there are, what their JSON says, what they hash to."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from pathlib import Path
from typing import Any

from keraswrap.exceptions import InputError

TOKENIZER_FILES = (
    *("tokenizer.json", "vocab.txt", "vocab.json"),
    *("spiece.model", "sentencepiece.bpe.model"),
)
WEIGHT_FILES = ("model.safetensors", "model.safetensors.index.json")
# What else may decide how a text is cut, and so what an encoder makes of it.
_SETTINGS = (
    *("config.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"),
    "merges.txt",
)
_PRESET = (
    "*.weights.h5",
    "model.weights.json",
    "assets/*",
    "assets/tokenizer/*",
    "task.json",
)  # keras-hub's own
# What is fetched from a hub: no other weights than these, no code.
PATTERNS = [*_SETTINGS, *TOKENIZER_FILES, *WEIGHT_FILES, "model-*.safetensors", *_PRESET]

# (path, size, time of change) → sha256: a checkpoint is read once a process.
_digests: dict[tuple[str, int, int], bytes] = {}
_lock = threading.Lock()


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object from a file.

    Parameters
    ----------
    path : Path

    Returns
    -------
    dict

    Raises
    ------
    InputError
        If the file is missing, cannot be read, or holds something else.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
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
    """Say that a folder lacks a file, and which it has."""
    found = sorted(entry.name for entry in folder.iterdir())[:12] if folder.is_dir() else []
    return (
        f"Expected {what} ({' or '.join(names)}) in {str(folder)!r}, got {found}. Pass a "
        "directory as transformers' save_pretrained writes it, with safetensors weights."
    )


def files_of(folder: str | os.PathLike[str]) -> list[Path]:
    """List the files that decide what a checkpoint computes, in a fixed order."""
    path = Path(folder)
    return sorted({entry for name in PATTERNS for entry in path.glob(name) if entry.is_file()})


def stamp(files: list[Path]) -> tuple[tuple[str, int, int], ...]:
    """Give path, size and time of change of each file: what tells that one was changed."""
    return tuple(
        (str(path), found.st_size, found.st_mtime_ns)
        for path, found in ((path, path.stat()) for path in files)
    )


def fingerprint(encoder: str | os.PathLike[str]) -> str:
    """Hash a checkpoint: weights, configuration and tokenizer.

    Two folders with one fingerprint make the same of every text, so what one
    made can be kept under it. Each file is read once a process, unless its
    size or time of change differ from before.

    Parameters
    ----------
    encoder : str or path
        A directory that :func:`~keraswrap.text.resolve_encoder` gave.

    Returns
    -------
    str
        64 hexadecimal digits: a sha256 over the files' names and contents.

    Raises
    ------
    InputError
        If there is no such directory, or a file in it cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     len(fingerprint(folder))
    64
    """
    folder = Path(encoder).absolute()
    if not folder.is_dir():
        raise InputError(
            f"Expected the directory of a checkpoint, got {str(folder)!r}, where there is none. "
            "Pass what resolve_encoder gave."
        )
    whole = hashlib.sha256()
    for path, size, changed in stamp(files_of(folder)):
        whole.update(Path(path).relative_to(folder).as_posix().encode() + b"\0")
        whole.update(_digest(path, size, changed))
    return whole.hexdigest()


def _digest(path: str, size: int, changed: int) -> bytes:
    key = (path, size, changed)
    with _lock:
        if key not in _digests:
            _digests[key] = _sha256(path)
        return _digests[key]


def _sha256(path: str) -> bytes:
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    except OSError as error:
        raise InputError(f"Expected a file that can be read, got {error}.") from error
    return digest.digest()
