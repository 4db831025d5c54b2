"""Load fast tokenizers, and copy them so that texts cannot produce control tokens."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

from keraswrap._optional import require
from keraswrap.exceptions import InputError

if TYPE_CHECKING:
    from keras_hub.tokenizers import Tokenizer as HubTokenizer
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast


def read_tokenizer(
    folder: str, lay_out: Callable[[Path], None] | None = None
) -> PreTrainedTokenizerFast:
    """Load a checkpoint's fast tokenizer, without running any code of the checkpoint.

    Parameters
    ----------
    lay_out : callable, optional
        For a directory of another layout than that of transformers: writes its
        tokenizer to an empty directory, which is then read.

    Raises
    ------
    InputError
        If transformers cannot load it, or it is not a fast one.
    """
    with tempfile.TemporaryDirectory() as copy:
        if lay_out is not None:
            lay_out(Path(copy))
        tokenizer = _read(folder, folder if lay_out is None else copy)
    tokenizer.name_or_path = folder
    if not tokenizer.is_fast:
        raise InputError(
            f"Expected a checkpoint with a fast tokenizer, got {type(tokenizer).__name__} from "
            f"{folder!r}. Save one with transformers: it writes tokenizer.json."
        )
    return cast("PreTrainedTokenizerFast", tokenizer)


def _read(folder: str, directory: str) -> PreTrainedTokenizerBase:
    transformers = require("transformers", "text")
    try:
        return transformers.AutoTokenizer.from_pretrained(
            directory, local_files_only=True, trust_remote_code=False
        )
    except Exception as error:  # a broken file fails in the parser of its own format
        raise InputError(
            f"Expected a tokenizer that transformers can load in {folder!r}, got "
            f"{type(error).__name__}: {error!s:.300}. Fetch the checkpoint again."
        ) from error


def read_preset_tokenizer(folder: str) -> PreTrainedTokenizerFast:
    """Load the tokenizer of a keras-hub preset by :func:`as_transformers`, with its errors."""
    hub = require("keras_hub", "text")
    try:
        own = hub.tokenizers.Tokenizer.from_preset(folder)
    except Exception as error:  # a broken file fails in the parser of its own format
        raise InputError(
            f"Expected a preset with a tokenizer in {folder!r}, got {type(error).__name__}: "
            f"{error!s:.300}. Fetch it again."
        ) from error
    return as_transformers(own)


def as_transformers(own: HubTokenizer) -> PreTrainedTokenizerFast:
    """Convert a tokenizer of keras-hub to a fast tokenizer of transformers.

    Raises
    ------
    InputError
        If it is not a byte-level BPE.
    """
    hub = require("keras_hub", "text")
    if not isinstance(own, hub.tokenizers.BytePairTokenizer):
        raise InputError(
            "Expected a keras-hub model with a byte-level BPE tokenizer, got "
            f"{type(own).__name__}. Pass tokenizer=, a fast one of transformers."
        )
    tokenizers = require("tokenizers", "text")
    special = [token for token in own.special_tokens if token is not None]
    merges = [tuple(merge.split(" ")) for merge in own.merges]
    # keras-hub splits words like GPT-2, whatever the model.
    tokenizer = tokenizers.Tokenizer(
        tokenizers.models.BPE(json.loads(json.dumps(own.vocabulary)), merges)
    )
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(
        add_prefix_space=bool(own.add_prefix_space)
    )
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    tokenizer.add_special_tokens(special)
    end = getattr(own, "end_token", None)
    make = require("transformers", "text").PreTrainedTokenizerFast
    return make(tokenizer_object=tokenizer, eos_token=end)


def texts_only(text: str) -> Tokenizer:
    """Make a tokenizer of its JSON that encodes control tokens as text, and does not cut or pad."""
    backend = require("tokenizers", "text").Tokenizer.from_str(text)
    backend.no_truncation()
    backend.no_padding()
    backend.encode_special_tokens = True
    return backend


def without_controls(text: str, control: frozenset[int]) -> str:
    """Rename the control tokens in a tokenizer's JSON so that no text matches them.

    In vocabularies of sentencepiece they are ordinary pieces, so a text with
    "<pad>" in it would become padding.
    """
    tokenizer = json.loads(text)
    model = tokenizer["model"]
    if isinstance(model["vocab"], dict):
        model["vocab"] = {
            _unreachable(number) if number in control else piece: number
            for piece, number in model["vocab"].items()
        }
    else:
        for number in control & set(range(len(model["vocab"]))):
            model["vocab"][number][0] = _unreachable(number)
    tokenizer["added_tokens"] = [t for t in tokenizer["added_tokens"] if t["id"] not in control]
    return json.dumps(tokenizer)


def _unreachable(number: int) -> str:
    # Texts are split at white space before the vocabulary is searched.
    return f" \0{number}\0 "
