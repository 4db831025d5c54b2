"""keras-hub's own presets and live models: their tokenizers, as transformers has them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from keraswrap._download import is_offline
from keraswrap._optional import require
from keraswrap.exceptions import DownloadError, InputError

__all__ = ["fetch_preset", "load_preset", "preset_names", "read_live_tokenizer"]


# The files that a preset does not do without.
_NEEDED = ("config.json", "model.weights.h5", "tokenizer.json")


def preset_names() -> list[str]:
    """Name keras-hub's presets of causal language models."""
    return sorted(require("keras_hub", "llm").models.CausalLM.presets)


def fetch_preset(name: str) -> str:
    """Fetch a preset by keras-hub's own downloader, or find it in its cache.

    With ``KERASWRAP_OFFLINE=1`` nothing is fetched.

    Raises
    ------
    DownloadError
        If it can be neither fetched nor found.
    """
    if is_offline(None):
        return _find_fetched(name)
    files = require("keras_hub.src.utils.preset_utils", "llm")
    try:
        folder = Path(files.get_file(name, "config.json")).parent
        for path in _NEEDED[1:]:
            files.get_file(name, path)
        for path in ("assets/tokenizer/vocabulary.json", "assets/tokenizer/merges.txt"):
            files.check_file_exists(name, path)
    except Exception as error:  # the downloader passes on whatever its transport raises
        raise DownloadError(
            f"Expected keras-hub to fetch the preset {name!r} from Kaggle, got "
            f"{type(error).__name__}: {error!s:.300}. Go online, or pass the directory of a "
            "preset or a Hugging Face checkpoint."
        ) from error
    return str(folder)


def _find_fetched(name: str) -> str:
    """Give the folder of a preset that was fetched before."""
    cache = require("kagglehub.cache", "llm").Cache()
    handle = require("keras_hub", "llm").models.CausalLM.presets[name]["kaggle_handle"]
    parts = require("kagglehub.handle", "llm").parse_model_handle(handle.partition("://")[2])
    found = [cache.load_from_cache(parts, path) for path in _NEEDED]
    if None in found:
        raise DownloadError(
            f"Expected the preset {name!r} in kagglehub's cache, got nothing whole, and fetching "
            "is switched off (KERASWRAP_OFFLINE). Unset it, or pass the directory of a preset or a "
            "Hugging Face checkpoint."
        )
    return str(Path(found[0]).parent)


def load_preset(folder: str, dtype: str) -> Any:
    """Load a preset's causal language model, without its preprocessor.

    Raises
    ------
    InputError
        If it has none, or its weights do not fit.
    """
    models = require("keras_hub", "llm").models
    try:
        return models.CausalLM.from_preset(folder, preprocessor=None, dtype=dtype)
    except Exception as error:  # a broken file fails in h5py, a foreign one in Keras
        raise InputError(
            f"Expected the preset of a causal language model in {folder!r}, got "
            f"{type(error).__name__}: {error!s:.300}. Fetch it again, or choose another."
        ) from error


def read_preset_tokenizer(folder: str) -> Any:
    """Read a preset's tokenizer.

    Raises
    ------
    InputError
        If it is no byte-level BPE.
    """
    hub = require("keras_hub", "llm")
    try:
        own = hub.tokenizers.Tokenizer.from_preset(folder)
    except Exception as error:  # a broken file fails in the parser of its own format
        raise InputError(
            f"Expected a preset with a tokenizer in {folder!r}, got {type(error).__name__}: "
            f"{error!s:.300}. Fetch it again."
        ) from error
    return _as_transformers(own)


def read_live_tokenizer(model: Any) -> Any:
    """Read the tokenizer of a live model's preprocessor.

    Raises
    ------
    InputError
        If it has none, or none that is a byte-level BPE.
    """
    return _as_transformers(getattr(model.preprocessor, "tokenizer", None))


def _as_transformers(own: Any) -> Any:
    hub = require("keras_hub", "llm")
    if not isinstance(own, hub.tokenizers.BytePairTokenizer):
        raise InputError(
            "Expected a keras-hub model with a byte-level BPE tokenizer, got "
            f"{type(own).__name__}. Pass tokenizer=, a fast one of transformers."
        )
    tokenizers = require("tokenizers", "llm")
    transformers = require("transformers", "llm")
    special = [token for token in own.special_tokens if token is not None]
    merges = [tuple(merge.split(" ")) for merge in own.merges]
    # keras-hub cuts as GPT-2 does, whatever the model.
    tokenizer = tokenizers.Tokenizer(
        tokenizers.models.BPE(json.loads(json.dumps(own.vocabulary)), merges)
    )
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(
        add_prefix_space=bool(own.add_prefix_space)
    )
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    tokenizer.add_special_tokens(special)
    end = getattr(own, "end_token", None)
    return transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=end)
