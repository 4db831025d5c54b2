"""Checkpoints: from what a user names to a local folder that can be loaded."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from keraswrap._checkpoints.files import (
    PATTERNS,
    TOKENIZER_FILES,
    WEIGHT_FILES,
    files_of,
    fingerprint,
    missing,
    read_json,
    stamp,
)
from keraswrap._hub import is_hub_name, snapshot
from keraswrap._optional import require
from keraswrap.datasets import fetch_minilm
from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.text._weights import check_weights
from keraswrap.text.architectures import find_architecture
from keraswrap.text.checkpoint import check_kind, read_checkpoint
from keraswrap.text.presets import (
    check_preset,
    fetch_preset,
    is_preset,
    preset_names,
    transformers_config,
    write_tokenizer_files,
)

__all__ = ["check_encoder", "fingerprint", "load_tokenizer", "read_pad_id", "resolve_encoder"]

# Tokenizers by folder, with the stamp of the files that they were read from.
_tokenizers: dict[str, tuple[Any, Any]] = {}
_TOKENIZERS = 8  # kept at once, some 50 MB each


def resolve_encoder(encoder: str | os.PathLike[str] | None = None) -> str:
    """Give the local folder of a checkpoint, fetching it if it is only named.

    One way in for everything that needs an encoder. The folder is checked
    before any of its weights are read, so a checkpoint that cannot work is
    refused in a second.

    Parameters
    ----------
    encoder : str, path or None, default=None
        None or ``"minilm"`` for all-MiniLM-L6-v2; a Hugging Face directory;
        ``"hf://owner/name"`` or ``"owner/name"`` on Hugging Face's hub, where
        ``@revision`` may follow; or a keras-hub preset, by its directory or by
        a name such as ``"bert_tiny_en_uncased"``, which keras-hub fetches from
        Kaggle. A directory of that name goes first.

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
    if re.fullmatch("[a-z0-9_]+", name) and name in preset_names():
        return check_encoder(fetch_preset(name))
    if not is_hub_name(name):
        raise ParameterError(
            "Expected encoder to be None, 'minilm', an existing directory, 'hf://owner/name', "
            f"'owner/name' or the name of a keras-hub preset, got {name!r}. Check the spelling "
            "and where you stand."
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
    config = read_json(path / "config.json")
    if is_preset(config):
        check_preset(path, config)
        read_checkpoint(path)
        return str(path)
    check_kind(config, path)
    for what, names in (("weights", WEIGHT_FILES), ("a tokenizer", TOKENIZER_FILES)):
        if not any((path / name).is_file() for name in names):
            raise InputError(missing(path, what, names))
    check_weights(read_checkpoint(path))
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
    path = Path(folder).absolute()
    config = read_json(path / "config.json")
    if is_preset(config):
        config = transformers_config(path, config)
    said = config.get("pad_token_id")
    if said is None:
        architecture = find_architecture(config.get("model_type"))
        said = 0 if architecture is None else architecture.defaults["pad_token_id"]
    return int(said)


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
        for oldest in list(_tokenizers)[:-_TOKENIZERS]:
            _tokenizers.pop(oldest, None)
    return known[1]


def _read_tokenizer(folder: str) -> Any:
    transformers = require("transformers", "text")
    try:
        with _as_transformers_has_it(folder) as directory:
            tokenizer = transformers.AutoTokenizer.from_pretrained(directory, local_files_only=True)
    except InputError:
        raise
    except Exception as error:  # a broken file fails in the parser of its own format
        raise InputError(
            f"Expected a tokenizer that transformers can load in {folder!r}, got "
            f"{type(error).__name__}: {error}. Fetch the checkpoint again."
        ) from error
    tokenizer.name_or_path = folder  # a preset's was a copy
    if not tokenizer.is_fast:
        raise InputError(
            f"Expected a checkpoint with a fast tokenizer, got {type(tokenizer).__name__} from "
            f"{folder!r}. Save one with transformers: it writes tokenizer.json."
        )
    return tokenizer


@contextmanager
def _as_transformers_has_it(folder: str) -> Iterator[str]:
    path = Path(folder, "config.json")
    config = read_json(path) if path.is_file() else {}  # a tokenizer can do without
    if not is_preset(config):
        yield folder
        return
    architecture = check_kind(transformers_config(Path(folder), config), path)
    with tempfile.TemporaryDirectory() as copy:
        write_tokenizer_files(Path(folder), architecture, Path(copy))
        yield copy
