"""keras-hub's presets: its own layout of a checkpoint directory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from keraswrap._checkpoints.files import missing, read_json
from keraswrap._download import is_offline
from keraswrap._optional import require
from keraswrap.exceptions import DownloadError, InputError

PRESET_WEIGHTS = ("model.weights.h5", "model.weights.json")
# The files that every preset has.
_NEEDED = ("config.json", "tokenizer.json", PRESET_WEIGHTS[0])
# The files of a vocabulary, by the class of keras-hub's tokenizer.
_VOCABULARIES = {
    "BytePairTokenizer": ("vocabulary.json", "merges.txt"),
    "SentencePieceTokenizer": ("vocabulary.spm",),
    "WordPieceTokenizer": ("vocabulary.txt",),
}


def is_preset(config: Mapping[str, object]) -> bool:
    """Return whether a config.json was written by keras-hub."""
    return "registered_name" in config and "model_type" not in config


def has_preset(folder: Path) -> bool:
    """Return whether a folder was written by keras-hub."""
    path = folder / "config.json"
    return path.is_file() and is_preset(read_json(path))


def find_asset(folder: Path, name: str) -> Path:
    """Return the path of a file of a preset's tokenizer, or raise InputError without one."""
    for parent in (
        folder / "assets" / "tokenizer",
        folder / "assets",
    ):  # of later and earlier versions
        if (parent / name).is_file():
            return parent / name
    raise InputError(missing(folder, "a tokenizer", (f"assets/tokenizer/{name}",)))


def check_preset(folder: Path, assets: Iterable[str]) -> None:
    """Raise InputError unless a preset has weights and all files of its tokenizer."""
    if not any((folder / name).is_file() for name in PRESET_WEIGHTS):
        raise InputError(missing(folder, "weights", PRESET_WEIGHTS))
    if not (folder / "tokenizer.json").is_file():
        raise InputError(missing(folder, "a tokenizer", ("tokenizer.json",)))
    for name in assets:
        find_asset(folder, name)


def preset_names(classes: Iterable[str]) -> list[str]:
    """List the names of the presets of some of keras-hub's classes."""
    models = require("keras_hub", "text").models
    return sorted(name for kind in classes for name in getattr(models, kind).presets)


def fetch_preset(name: str, head: bool = False) -> str:
    """Download a preset with keras-hub, or find it in the cache.

    With ``KERASWRAP_OFFLINE=1`` nothing is downloaded.

    Parameters
    ----------
    name : str
        One of :func:`preset_names`.
    head : bool, default=False
        Whether to download the preset's task too, if it has one.

    Returns
    -------
    str
        The directory.

    Raises
    ------
    DownloadError
        If it can neither be downloaded nor found in the cache.
    InputError
        If a downloaded file cannot be read.
    """
    get = _find if is_offline(None) else _download
    folder = Path(get(name, _NEEDED[0])).parent
    vocabulary = _vocabulary(Path(get(name, _NEEDED[1])))
    for path in (*_NEEDED[2:], *(f"assets/tokenizer/{own}" for own in vocabulary)):
        get(name, path)
    if head and get(name, "task.json", optional=True):
        get(name, "task.weights.h5", optional=True)
    return str(folder)


def _vocabulary(path: Path) -> tuple[str, ...]:
    """List the files of a vocabulary, by the class of its tokenizer."""
    name = str(read_json(path).get("class_name"))
    kind = getattr(require("keras_hub", "text").models, name, object)
    found = (_VOCABULARIES.get(base.__name__) for base in kind.__mro__)
    return next((names for names in found if names), ())


def _download(name: str, path: str, optional: bool = False) -> str:
    files = require("keras_hub.src.utils.preset_utils", "text")
    try:
        return str(files.get_file(name, path))
    except Exception as error:  # the downloader raises any error of its transport
        if optional and isinstance(error, FileNotFoundError):
            return ""
        raise DownloadError(
            f"Expected keras-hub to fetch the preset {name!r} from Kaggle, got "
            f"{type(error).__name__}: {error!s:.300}. Go online, or pass the directory of a "
            "preset or a Hugging Face checkpoint."
        ) from error


def _find(name: str, path: str, optional: bool = False) -> str:
    """Return the path of a preset's file in the cache."""
    cache = require("kagglehub.cache", "text").Cache()
    handle = require("keras_hub", "text").models.Backbone.presets[name]["kaggle_handle"]
    parts = require("kagglehub.handle", "text").parse_model_handle(handle.partition("://")[2])
    found = cache.load_from_cache(parts, path)
    if found is None and not optional:
        raise DownloadError(
            f"Expected the preset {name!r} in kagglehub's cache, got nothing complete, and "
            "downloading is disabled (KERASWRAP_OFFLINE). Unset it, or pass the directory of a "
            "preset or a "
            "Hugging Face checkpoint."
        )
    return found or ""
