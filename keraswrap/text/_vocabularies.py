"""Tokenizers: from what a user names to a folder, weights or none."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from keraswrap._checkpoints.files import PATTERNS, TOKENIZER_FILES, missing, read_json
from keraswrap._checkpoints.locate import find_folder
from keraswrap._checkpoints.presets import is_preset
from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.text.architectures import find_architecture
from keraswrap.text.encoders import read_pad_id
from keraswrap.text.presets import transformers_config

# transformers says 10**30 where a tokenizer knows no limit.
_NO_LIMIT = 10**9


def is_tokenizer(given: Any) -> bool:
    """Tell whether an object is a tokenizer of transformers' that is fast.

    Raises
    ------
    InputTypeError
        If it is a tokenizer of another make.
    """
    if given is None or isinstance(given, str | os.PathLike):
        return False
    if hasattr(given, "backend_tokenizer") and getattr(given, "is_fast", False):
        return True
    raise InputTypeError(
        f"Expected tokenizer to be a str, a path, None or a fast tokenizer of transformers', got "
        f"{type(given).__name__}. Wrap one of the tokenizers package in "
        "transformers.PreTrainedTokenizerFast(tokenizer_object=...)."
    )


def resolve_tokenizer(tokenizer: str | os.PathLike[str] | None) -> str:
    """Give the local folder of a tokenizer, fetching it if it is only named.

    Parameters
    ----------
    tokenizer : str, path or None
        As for :func:`~keraswrap.text.resolve_encoder`; weights are not needed.

    Returns
    -------
    str
        Absolute path of a directory with a tokenizer.

    Raises
    ------
    ParameterError
        If the name cannot be resolved.
    InputError
        If there is no tokenizer in the directory.
    DownloadError
        If it can neither be downloaded nor found in the cache.
    """
    patterns = [pattern for pattern in PATTERNS if "safetensors" not in pattern]
    path = find_folder(tokenizer, "tokenizer", patterns=patterns, minilm=True)
    if not any((path / file).is_file() for file in TOKENIZER_FILES) and not _is_preset(path):
        raise InputError(missing(path, "a tokenizer", TOKENIZER_FILES))
    return str(path)


def check_positions(max_length: int, tokenizer: Any) -> None:
    """Raise ParameterError if rows are longer than the encoder has positions, where that is known.

    Parameters
    ----------
    max_length : int
    tokenizer : str or transformers.PreTrainedTokenizerFast
        A folder, or a tokenizer that may know it.
    """
    if isinstance(tokenizer, str):
        known = _positions(Path(tokenizer, "config.json"))
    else:
        known = tokenizer.model_max_length if tokenizer.model_max_length < _NO_LIMIT else None
    if known is not None and max_length > known:
        raise ParameterError(
            f"Expected max_length of at most {known}, the positions that the checkpoint has, got "
            f"{max_length}."
        )


def _positions(path: Path) -> int | None:
    config = read_json(path) if path.is_file() else {}
    if is_preset(config):
        config = transformers_config(path.parent, config)
    known = config.get("max_position_embeddings")
    if known is None:
        return None
    record = find_architecture(config.get("model_type"))
    counts_from_pad = record is not None and record.counts_from_pad
    return int(known) - (read_pad_id(path.parent) + 1 if counts_from_pad else 0)


def _is_preset(folder: Path) -> bool:
    path = folder / "config.json"
    return path.is_file() and is_preset(read_json(path))
