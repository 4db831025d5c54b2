"""Checkpoints: from what a user names to a local folder that can be loaded."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from keraswrap._hub import is_hub_name, snapshot
from keraswrap._optional import require
from keraswrap.datasets import fetch_minilm
from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.text._files import (
    PATTERNS,
    TOKENIZER_FILES,
    WEIGHT_FILES,
    files_of,
    fingerprint,
    missing,
    read_json,
    stamp,
)

__all__ = ["check_encoder", "fingerprint", "load_tokenizer", "read_pad_id", "resolve_encoder"]

# Kinds that keras-hub converts and whose outputs are token states, each with the
# pad id that transformers takes where config.json is silent.
_PAD_IDS = {"albert": 0, "bert": 0, "distilbert": 0, "roberta": 1, "xlm-roberta": 1}

# Tokenizers by folder, with the stamp of the files that they were read from.
_tokenizers: dict[str, tuple[Any, Any]] = {}


def resolve_encoder(encoder: str | os.PathLike[str] | None = None) -> str:
    """Give the local folder of a checkpoint, fetching it if it is only named.

    One way in for everything that needs an encoder. The folder is checked
    before any of its weights are read, so a checkpoint that cannot work is
    refused in a second.

    Parameters
    ----------
    encoder : str, path or None, default=None
        None or ``"minilm"`` for all-MiniLM-L6-v2; a Hugging Face directory; or
        ``"hf://owner/name"`` or ``"owner/name"`` on Hugging Face's hub, where
        ``@revision`` may follow. A directory of that name goes first.

    Returns
    -------
    str
        Absolute path of a directory with config.json, weights and tokenizer.

    Raises
    ------
    InputTypeError
        If `encoder` is neither a string nor a path.
    ParameterError
        If it names nothing that can be looked for.
    InputError
        If the directory lacks a file, or its architecture cannot be loaded.
    DownloadError
        If it can neither be fetched nor found in a cache.

    Examples
    --------
    >>> resolve_encoder("no-such-folder")
    Traceback (most recent call last):
    keraswrap.exceptions.ParameterError: Expected encoder to be None, 'minilm', ...
    """
    if encoder is None or encoder == "minilm":
        return check_encoder(fetch_minilm())
    if not isinstance(encoder, str | os.PathLike):
        raise InputTypeError(
            f"Expected encoder to be a str, a path or None, got {type(encoder).__name__}."
        )
    name = os.fspath(encoder)
    if Path(name).is_dir():
        return check_encoder(name)
    if not is_hub_name(name):
        raise ParameterError(
            "Expected encoder to be None, 'minilm', an existing directory, 'hf://owner/name' or "
            f"'owner/name', got {name!r}. Check the spelling and where you stand."
        )
    return check_encoder(snapshot(name, "model", PATTERNS))


def check_encoder(folder: str | os.PathLike[str]) -> str:
    """Check that a directory holds a checkpoint that can be loaded.

    Parameters
    ----------
    folder : str or path
        A Hugging Face directory.

    Returns
    -------
    str
        Its absolute path.

    Raises
    ------
    InputError
        If config.json, weights or tokenizer are missing or cannot be read, or
        if the architecture is none that can be loaded.
    """
    path = Path(folder).absolute()
    kind = read_json(path / "config.json").get("model_type")
    if kind not in _PAD_IDS:
        raise InputError(
            f"Expected a checkpoint of one of the kinds {', '.join(_PAD_IDS)}, got "
            f"model_type={kind!r} in {str(path / 'config.json')!r}. Choose another encoder."
        )
    for what, names in (("weights", WEIGHT_FILES), ("a tokenizer", TOKENIZER_FILES)):
        if not any((path / name).is_file() for name in names):
            raise InputError(missing(path, what, names))
    return str(path)


def read_pad_id(folder: str | os.PathLike[str]) -> int:
    """Read which token id means padding in a checkpoint.

    Ids, mask and net must agree on it: 0 for BERT and its kin, 1 for RoBERTa,
    or whatever config.json says.

    Parameters
    ----------
    folder : str or path
        A directory that :func:`resolve_encoder` gave.

    Returns
    -------
    int

    Raises
    ------
    InputError
        If config.json is missing or cannot be read.
    """
    config = read_json(Path(folder) / "config.json")
    said = config.get("pad_token_id")
    return int(said) if said is not None else _PAD_IDS.get(config.get("model_type", ""), 0)


def load_tokenizer(encoder: str | os.PathLike[str]) -> Any:
    """Load the fast tokenizer of a checkpoint.

    It is read once a process, and anew when its files change. What is given is
    shared: pass settings to each call, and change none of its attributes.

    Parameters
    ----------
    encoder : str or path
        A directory that :func:`resolve_encoder` gave, or one with a tokenizer
        and no weights.

    Returns
    -------
    transformers.PreTrainedTokenizerFast

    Raises
    ------
    InputError
        If there is none that transformers can load, or none that is fast.
    MissingExtraError
        If transformers is not installed.
    """
    folder = str(Path(encoder).absolute())
    now = stamp(files_of(folder))
    known = _tokenizers.get(folder)
    if known is None or known[0] != now:
        known = _tokenizers[folder] = (now, _read_tokenizer(folder))
    return known[1]


def _read_tokenizer(folder: str) -> Any:
    transformers = require("transformers", "text")
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except Exception as error:  # a broken file fails in the parser of its own format
        raise InputError(
            f"Expected a tokenizer that transformers can load in {folder!r}, got "
            f"{type(error).__name__}: {error}. Fetch the checkpoint again."
        ) from error
    if not tokenizer.is_fast:
        raise InputError(
            f"Expected a checkpoint with a fast tokenizer, got {type(tokenizer).__name__} from "
            f"{folder!r}. Save one with transformers: it writes tokenizer.json."
        )
    return tokenizer
