"""Encoders: from what a user names to a local folder that can be loaded."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from keraswrap._checkpoints.files import TOKENIZER_FILES, WEIGHT_FILES, files_of, missing, read_json
from keraswrap._checkpoints.fingerprints import stamp
from keraswrap._checkpoints.locate import find_folder
from keraswrap._checkpoints.pool import Pool
from keraswrap._checkpoints.presets import check_preset, is_preset
from keraswrap._checkpoints.tokenizer import read_tokenizer
from keraswrap.exceptions import InputError
from keraswrap.text._weights import check_weights
from keraswrap.text.architectures import find_architecture
from keraswrap.text.checkpoint import check_kind, read_checkpoint
from keraswrap.text.presets import (
    preset_classes,
    preset_of,
    transformers_config,
    write_tokenizer_files,
)

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

__all__ = ["check_encoder", "load_tokenizer", "read_pad_id", "resolve_encoder"]

# Some 50 MB each.
_tokenizers: Pool[PreTrainedTokenizerFast] = Pool(kept=8)


def resolve_encoder(encoder: str | os.PathLike[str] | None = None) -> str:
    """Give the local folder of a checkpoint, fetching it if it is only named.

    Everything that needs an encoder calls this function. It checks the folder before
    reading any weights, so an unusable checkpoint is refused within a second.

    Parameters
    ----------
    encoder : str, path or None, default=None
        None or ``"minilm"`` for all-MiniLM-L6-v2; a Hugging Face directory;
        ``"hf://owner/name"`` or ``"owner/name"`` on the Hugging Face hub, optionally
        followed by ``@revision``; or a keras-hub preset, by its directory or by a name
        such as ``"bert_tiny_en_uncased"``, which keras-hub downloads from Kaggle. A
        directory of that name takes precedence.

    Returns
    -------
    str
        Absolute path of a directory with config.json, weights and tokenizer.

    Raises
    ------
    InputTypeError
        If `encoder` is neither a string nor a path.
    ParameterError
        If the name cannot be resolved.
    InputError
        If the directory lacks a file, or its architecture is not supported.
    DownloadError
        If it can neither be downloaded nor found in the cache.

    Examples
    --------
    >>> resolve_encoder("no-such-folder")
    Traceback (most recent call last):
    keraswrap.exceptions.ParameterError: Expected encoder to be None, 'minilm', ...
    """
    presets = tuple(preset_classes())
    return check_encoder(find_folder(encoder, "encoder", presets=presets, head=True, minilm=True))


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
        If config.json, weights or tokenizer are missing or unreadable, or if the
        architecture is not supported.
    """
    path = Path(folder).absolute()
    config = read_json(path / "config.json")
    if is_preset(config):
        check_preset(path, preset_of(read_checkpoint(path).architecture).assets)
        return str(path)
    check_kind(config, path)
    for what, names in (("weights", WEIGHT_FILES), ("a tokenizer", TOKENIZER_FILES)):
        if not any((path / name).is_file() for name in names):
            raise InputError(missing(path, what, names))
    check_weights(read_checkpoint(path))
    return str(path)


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
    path = Path(folder).absolute()
    config = read_json(path / "config.json")
    if is_preset(config):
        config = transformers_config(path, config)
    said = config.get("pad_token_id")
    if said is None:
        architecture = find_architecture(config.get("model_type"))
        said = 0 if architecture is None else architecture.defaults["pad_token_id"]
    return int(said)


def load_tokenizer(encoder: str | os.PathLike[str]) -> PreTrainedTokenizerFast:
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
    return _tokenizers.get((folder, stamp(files_of(folder))), partial(_read, folder))


def _read(folder: str) -> PreTrainedTokenizerFast:
    path = Path(folder, "config.json")
    config = read_json(path) if path.is_file() else {}  # a tokenizer can do without
    if not is_preset(config):
        return read_tokenizer(folder)
    architecture = check_kind(transformers_config(Path(folder), config), path)
    return read_tokenizer(folder, partial(write_tokenizer_files, Path(folder), architecture))
