"""Checkpoints: from what a user names to a local folder that can be loaded."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from keraswrap._hub import is_hub_name, snapshot
from keraswrap.datasets import fetch_minilm
from keraswrap.exceptions import InputError, InputTypeError, ParameterError

# Kinds that keras-hub converts and whose outputs are token states, each with the
# pad id that transformers takes where config.json is silent.
_PAD_IDS = {"albert": 0, "bert": 0, "distilbert": 0, "roberta": 1, "xlm-roberta": 1}

_TOKENIZER_FILES = (
    *("tokenizer.json", "vocab.txt", "vocab.json"),
    *("spiece.model", "sentencepiece.bpe.model"),
)
_WEIGHT_FILES = ("model.safetensors", "model.safetensors.index.json")
_PATTERNS = [
    *("config.json", "tokenizer_config.json", "special_tokens_map.json", "merges.txt"),
    *_TOKENIZER_FILES,
    *_WEIGHT_FILES,
    "model-*.safetensors",
]


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
    return check_encoder(snapshot(name, "model", _PATTERNS))


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
    kind = _read_config(path).get("model_type")
    if kind not in _PAD_IDS:
        raise InputError(
            f"Expected a checkpoint of one of the kinds {', '.join(_PAD_IDS)}, got "
            f"model_type={kind!r} in {str(path / 'config.json')!r}. Choose another encoder."
        )
    for what, names in (("weights", _WEIGHT_FILES), ("a tokenizer", _TOKENIZER_FILES)):
        if not any((path / name).is_file() for name in names):
            raise InputError(_missing(path, what, names))
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
    config = _read_config(Path(folder))
    said = config.get("pad_token_id")
    return int(said) if said is not None else _PAD_IDS.get(config.get("model_type", ""), 0)


def _read_config(path: Path) -> dict[str, Any]:
    try:
        config = json.loads((path / "config.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(_missing(path, "config.json", ("config.json",))) from error
    except (OSError, ValueError) as error:
        raise InputError(
            f"Expected a JSON object in {str(path / 'config.json')!r}, got {error}. "
            "Fetch the checkpoint again."
        ) from error
    if not isinstance(config, dict):
        raise InputError(
            f"Expected a JSON object in {str(path / 'config.json')!r}, got a "
            f"{type(config).__name__}. Fetch the checkpoint again."
        )
    return config


def _missing(path: Path, what: str, names: tuple[str, ...]) -> str:
    found = sorted(entry.name for entry in path.iterdir())[:12] if path.is_dir() else []
    return (
        f"Expected {what} ({' or '.join(names)}) in {str(path)!r}, got {found}. Pass a directory "
        "as transformers' save_pretrained writes it, with safetensors weights."
    )
