"""Resolve what a user names to the local folder of an encoder, and check it."""

from __future__ import annotations

import os
from pathlib import Path

from keraswrap._checkpoints.files import TOKENIZER_FILES, WEIGHT_FILES, missing, read_json
from keraswrap._checkpoints.locate import find_folder
from keraswrap._checkpoints.presets import check_preset, has_preset
from keraswrap.exceptions import InputError
from keraswrap.text._checkpoint import check_kind, read_checkpoint
from keraswrap.text._presets import preset_classes, preset_of
from keraswrap.text._weights import check_weights


def resolve_encoder(encoder: str | os.PathLike[str] | None = None) -> str:
    """Return the local folder of an encoder, downloading it if necessary.

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
    """Check that a directory holds an encoder that can be loaded.

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
    if has_preset(path):
        check_preset(path, preset_of(read_checkpoint(path).architecture).assets)
        return str(path)
    check_kind(read_json(path / "config.json"), path)
    for what, names in (("weights", WEIGHT_FILES), ("a tokenizer", TOKENIZER_FILES)):
        if not any((path / name).is_file() for name in names):
            raise InputError(missing(path, what, names))
    check_weights(read_checkpoint(path))
    return str(path)
