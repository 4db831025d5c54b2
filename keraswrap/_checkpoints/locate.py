"""Resolve what a user names to a local folder, downloading it if necessary."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from keraswrap._checkpoints.files import PATTERNS
from keraswrap._checkpoints.gguf import convert_gguf, is_gguf
from keraswrap._checkpoints.pinned import fetch_minilm
from keraswrap._checkpoints.presets import fetch_preset, preset_names
from keraswrap._hub import is_hub_name, snapshot
from keraswrap.exceptions import InputTypeError, ParameterError


def check_name(name: object, parameter: str) -> str:
    """Return a name as a string, or raise InputTypeError if it is no string or path."""
    if not isinstance(name, str | os.PathLike):
        raise InputTypeError(
            f"Expected {parameter} to be a str or a path, got {type(name).__name__}."
        )
    return os.fspath(name)


def find_folder(
    given: object,
    parameter: str,
    *,
    patterns: Sequence[str] = PATTERNS,
    presets: Sequence[str] = (),
    head: bool = False,
    minilm: bool = False,
    gguf: bool = False,
) -> Path:
    """Return the local folder of a checkpoint, downloading it if necessary.

    Parameters
    ----------
    given : str or path
        A directory, which takes precedence; or ``"hf://owner/name"`` or
        ``"owner/name"`` on the Hugging Face hub, optionally followed by
        ``@revision``.
    parameter : str
        The name of the user's parameter, for messages.
    patterns : sequence of str
        Which files of a repository to download.
    presets : sequence of str, default=()
        keras-hub's classes whose presets may be named.
    head : bool, default=False
        Whether to download the head of a preset too.
    minilm : bool, default=False
        Whether None and ``"minilm"`` stand for all-MiniLM-L6-v2.
    gguf : bool, default=False
        Whether it may be a GGUF file.

    Returns
    -------
    Path
        Absolute. Its contents are not checked.

    Raises
    ------
    InputTypeError
        If it is neither a string nor a path.
    ParameterError
        If the name cannot be resolved.
    SavedFileError
        If a GGUF file is corrupt or not supported.
    DownloadError
        If it can neither be downloaded nor found in the cache.
    """
    if minilm and (given is None or given == "minilm"):
        return Path(fetch_minilm())
    name = check_name(given, parameter)
    if Path(name).is_dir():
        return Path(name).absolute()
    if gguf and is_gguf(name):
        return Path(convert_gguf(name))
    if presets and re.fullmatch(r"[a-z0-9_.]+", name) and name in preset_names(presets):
        return Path(fetch_preset(name, head))
    if is_hub_name(name):
        return snapshot(name, "model", list(patterns)).absolute()
    ways = [*(["None", "'minilm'"] if minilm else []), "an existing directory"]
    ways += [*(["a GGUF file"] if gguf else []), "'hf://owner/name'", "'owner/name'"]
    ways += ["the name of a keras-hub preset"] if presets else []
    raise ParameterError(
        f"Expected {parameter} to be {', '.join(ways[:-1])} or {ways[-1]}, got {name!r}. Check the "
        "spelling and the working directory."
    )
