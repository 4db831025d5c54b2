"""The tokenizer that a GGUF file describes → tokenizer.json and its settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from keraswrap._optional import require
from keraswrap.exceptions import SavedFileError

_CONTROL, _USER = 3, 4  # the types of GGUF's tokens that are none of the text's own
# How a text is cut before pairs are merged, by GGUF's name of it: published with the models.
_QWEN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|"
    r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_LLAMA3 = _QWEN.replace(r"|\p{N}|", r"|\p{N}{1,3}|")
_CUTS = {"smollm": "digits", "gpt-2": "", "default": "", "llama-bpe": _LLAMA3, "qwen2": _QWEN}


def write_tokenizer(about: Mapping[str, Any], folder: Path, file: Path) -> None:
    """Write tokenizer.json and tokenizer_config.json.

    Parameters
    ----------
    about : mapping
        A GGUF file's metadata.
    folder : Path
        Where to; it exists.
    file : Path
        The GGUF file, for messages.

    Raises
    ------
    SavedFileError
        If it is of a kind that is not taken.
    """
    kind, cut = about["tokenizer.ggml.model"], about.get("tokenizer.ggml.pre", "default")
    if kind != "gpt2" or cut not in _CUTS:
        raise SavedFileError(
            f"Expected a GGUF file with a byte-level BPE tokenizer ('gpt2', cut as one of "
            f"{', '.join(_CUTS)}), got {kind!r} cut as {cut!r} in {str(file)!r}. Pass the "
            "original checkpoint directory, or its name on a hub."
        )
    tokenizer = _tokenizer(about, _CUTS[cut], cut)
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = _settings(about)
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=1), encoding="utf-8")


def _tokenizer(about: Mapping[str, Any], pattern: str, cut: str) -> Any:
    tokenizers = require("tokenizers", "llm")
    tokens = about["tokenizer.ggml.tokens"]
    merges = [tuple(merge.split(" ")) for merge in about["tokenizer.ggml.merges"]]
    ids = {token: number for number, token in enumerate(tokens)}
    model = tokenizers.models.BPE(ids, merges, ignore_merges=cut == "llama-bpe")
    tokenizer = tokenizers.Tokenizer(model)
    if cut == "qwen2":
        tokenizer.normalizer = tokenizers.normalizers.NFC()
    tokenizer.pre_tokenizer = _cutter(tokenizers.pre_tokenizers, tokenizers.Regex, pattern)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    for number, kind in enumerate(about["tokenizer.ggml.token_type"]):
        if kind in (_CONTROL, _USER):  # one by one: their ids stand in the vocabulary
            added = tokenizers.AddedToken(
                tokens[number], special=kind == _CONTROL, normalized=False
            )
            add = tokenizer.add_special_tokens if kind == _CONTROL else tokenizer.add_tokens
            add([added])
    if about.get("tokenizer.ggml.add_bos_token", False):
        number = about["tokenizer.ggml.bos_token_id"]
        tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
            single=f"{tokens[number]} $A", special_tokens=[(tokens[number], number)]
        )
    return tokenizer


def _cutter(parts: Any, regex: Any, pattern: str) -> Any:
    if pattern == "":
        return parts.ByteLevel(add_prefix_space=False)
    if pattern == "digits":
        digits = parts.Digits(individual_digits=True)
        return parts.Sequence([digits, parts.ByteLevel(add_prefix_space=False)])
    split = parts.Split(regex(pattern), "isolated")
    return parts.Sequence([split, parts.ByteLevel(add_prefix_space=False, use_regex=False)])


def _settings(about: Mapping[str, Any]) -> dict[str, Any]:
    tokens = about["tokenizer.ggml.tokens"]
    settings: dict[str, Any] = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "add_bos_token": bool(about.get("tokenizer.ggml.add_bos_token", False)),
        "clean_up_tokenization_spaces": False,
    }
    for ours, theirs in (("bos", "bos"), ("eos", "eos"), ("unk", "unknown"), ("pad", "padding")):
        number = about.get(f"tokenizer.ggml.{theirs}_token_id")
        if number is not None:
            settings[f"{ours}_token"] = tokens[number]
    if template := about.get("tokenizer.chat_template"):
        settings["chat_template"] = template
    return settings
