"""Find and load fast tokenizers, and compare them with their checkpoint."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from keraswrap._checkpoints.files import PATTERNS, TOKENIZER_FILES, files_of, missing
from keraswrap._checkpoints.fingerprints import stamp
from keraswrap._checkpoints.locate import find_folder
from keraswrap._checkpoints.pool import Pool
from keraswrap._checkpoints.presets import has_preset
from keraswrap._checkpoints.tokenizer import read_tokenizer
from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.text._checkpoint import check_kind
from keraswrap.text._presets import read_config, write_tokenizer_files
from keraswrap.text.architectures import find_architecture

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

# transformers has 10**30 for a tokenizer without a limit.
_NO_LIMIT = 10**9
# Some 50 MB each.
_tokenizers: Pool[PreTrainedTokenizerFast] = Pool(kept=8)


def is_tokenizer(given: object) -> bool:
    """Return whether an object is a fast tokenizer of transformers.

    Raises
    ------
    InputTypeError
        If it is a tokenizer of another kind.
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
    """Return the local folder of a tokenizer, downloading it if necessary.

    Parameters
    ----------
    tokenizer : str, path or None
        As for :func:`~keraswrap.text.resolve_encoder`, but without weights.

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
    if not any((path / file).is_file() for file in TOKENIZER_FILES) and not has_preset(path):
        raise InputError(missing(path, "a tokenizer", TOKENIZER_FILES))
    return str(path)


def check_positions(max_length: int, tokenizer: str | PreTrainedTokenizerFast) -> None:
    """Raise ParameterError if rows are known to be longer than the encoder has positions."""
    if isinstance(tokenizer, str):
        known = _positions(Path(tokenizer))
    else:
        known = tokenizer.model_max_length if tokenizer.model_max_length < _NO_LIMIT else None
    if known is not None and max_length > known:
        raise ParameterError(
            f"Expected max_length of at most {known}, the positions that the checkpoint has, got "
            f"{max_length}."
        )


def _positions(folder: Path) -> int | None:
    config = read_config(folder) if (folder / "config.json").is_file() else {}
    known = config.get("max_position_embeddings")
    if known is None:
        return None
    record = find_architecture(config.get("model_type"))
    counts_from_pad = record is not None and record.counts_from_pad
    return int(known) - (read_pad_id(folder) + 1 if counts_from_pad else 0)


def read_pad_id(folder: str | os.PathLike[str]) -> int:
    """Read a checkpoint's padding id.

    Ids, mask and net must agree on it: 0 for BERT and related models, 1 for RoBERTa, or
    whatever config.json says.

    Parameters
    ----------
    folder : str or path
        A directory returned by :func:`resolve_encoder`.

    Returns
    -------
    int

    Raises
    ------
    InputError
        If config.json is missing or cannot be read.
    """
    config = read_config(Path(folder).absolute())
    said = config.get("pad_token_id")
    if said is None:
        architecture = find_architecture(config.get("model_type"))
        said = 0 if architecture is None else architecture.defaults["pad_token_id"]
    return int(said)


def load_tokenizer(encoder: str | os.PathLike[str]) -> PreTrainedTokenizerFast:
    """Load the fast tokenizer of a checkpoint.

    It is loaded once per process, and again when its files change. The result is
    shared: pass settings to each call instead of changing its attributes.

    Raises
    ------
    InputError
        If transformers cannot load it, or it is not a fast one.
    MissingExtraError
        If transformers is not installed.
    """
    folder = str(Path(encoder).absolute())
    return _tokenizers.get((folder, stamp(files_of(folder))), partial(_read, folder))


def _read(folder: str) -> PreTrainedTokenizerFast:
    path = Path(folder)
    if not has_preset(path):
        return read_tokenizer(folder)
    architecture = check_kind(read_config(path), path / "config.json")
    return read_tokenizer(folder, partial(write_tokenizer_files, path, architecture))
