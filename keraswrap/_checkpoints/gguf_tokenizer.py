"""Convert the tokenizer that a GGUF file describes to tokenizer.json and its settings."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from keraswrap._optional import require
from keraswrap.exceptions import SavedFileError

if TYPE_CHECKING:
    from types import ModuleType

    from tokenizers import Regex, Tokenizer
    from tokenizers.pre_tokenizers import PreTokenizer

    from keraswrap._checkpoints.files import JsonObject

# GGUF's types of tokens.
_CONTROL, _USER, _BYTE = 3, 4, 6
_NORMAL = (1, 5)  # llama.cpp treats unused pieces like normal ones
# How a text is split before pairs are merged, by GGUF's name; published with the models.
_QWEN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|"
    r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_LLAMA3 = _QWEN.replace(r"|\p{N}|", r"|\p{N}{1,3}|")
_CUTS = {"smollm": "digits", "gpt-2": "", "default": "", "llama-bpe": _LLAMA3, "qwen2": _QWEN}


# llama.cpp's defaults for what a file leaves out, by the kind of its tokenizer.
_DEFAULTS: dict[str, dict[str, bool | int]] = {
    "gpt2": {"add_bos_token": False},
    "llama": {"add_bos_token": True, "add_space_prefix": True}
    | {"bos_token_id": 1, "eos_token_id": 2, "unknown_token_id": 0},
}


def tokenizer_settings(about: Mapping[str, object], file: Path) -> JsonObject:
    """Return a GGUF file's settings of its tokenizer, with defaults for what it leaves out.

    Parameters
    ----------
    about : mapping
        The file's metadata.
    file : Path
        For messages.

    Returns
    -------
    dict
        By the keys of the metadata, without ``"tokenizer.ggml."``.

    Raises
    ------
    SavedFileError
        If the type is not supported.
    """
    stem = "tokenizer.ggml."
    said = {key.removeprefix(stem): value for key, value in about.items() if key.startswith(stem)}
    kind, cut = said["model"], said.get("pre", "default")
    if kind not in _DEFAULTS or (kind == "gpt2" and cut not in _CUTS):
        raise SavedFileError(
            f"Expected a GGUF file with a tokenizer of SentencePiece ('llama') or a byte-level BPE "
            f"('gpt2', cut as one of {', '.join(_CUTS)}), got {kind!r} cut as {cut!r} in "
            f"{str(file)!r}. Pass the original checkpoint directory, or its name on a hub."
        )
    return {"pre": "default", **_DEFAULTS[kind], **said}


def write_tokenizer(said: JsonObject, template: str | None, folder: Path) -> None:
    """Write tokenizer.json and tokenizer_config.json, by :func:`tokenizer_settings`."""
    tokenizer = _byte_level(said) if said["model"] == "gpt2" else _sentencepiece(said)
    tokens = said["tokens"]
    for number, kind in enumerate(said["token_type"]):
        if kind in (_CONTROL, _USER):  # one by one: their ids are in the vocabulary
            special = kind == _CONTROL
            token = require("tokenizers", "llm").AddedToken(
                tokens[number], special=special, normalized=False
            )
            (tokenizer.add_special_tokens if special else tokenizer.add_tokens)([token])
    if said["add_bos_token"]:
        first, number = tokens[said["bos_token_id"]], said["bos_token_id"]
        tokenizer.post_processor = require("tokenizers", "llm").processors.TemplateProcessing(
            single=f"{first} $A", special_tokens=[(first, number)]
        )
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = json.dumps(_settings(said, template), indent=1)
    (folder / "tokenizer_config.json").write_text(settings, encoding="utf-8")


def _byte_level(said: JsonObject) -> Tokenizer:
    tokenizers = require("tokenizers", "llm")
    cut = said["pre"]
    merges = [tuple(merge.split(" ")) for merge in said["merges"]]
    ids = {token: number for number, token in enumerate(said["tokens"])}
    model = tokenizers.models.BPE(ids, merges, ignore_merges=cut == "llama-bpe")
    tokenizer = tokenizers.Tokenizer(model)
    if cut == "qwen2":
        tokenizer.normalizer = tokenizers.normalizers.NFC()
    tokenizer.pre_tokenizer = _cutter(tokenizers.pre_tokenizers, tokenizers.Regex, _CUTS[cut])
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    return tokenizer


def _sentencepiece(said: JsonObject) -> Tokenizer:
    """Build SentencePiece's BPE, which merges the pair with the highest score first."""
    tokenizers = require("tokenizers", "llm")
    tokens, kinds = said["tokens"], said["token_type"]
    model = tokenizers.models.BPE(
        {token: number for number, token in enumerate(tokens)},
        scored_merges(tokens, said["scores"], kinds),
        unk_token=tokens[said["unknown_token_id"]],
        fuse_unk=True,
        byte_fallback=_BYTE in kinds,
    )
    tokenizer = tokenizers.Tokenizer(model)
    normalizers, decoders = tokenizers.normalizers, tokenizers.decoders
    first = [normalizers.Prepend("\u2581")] if said["add_space_prefix"] else []
    tokenizer.normalizer = normalizers.Sequence([*first, normalizers.Replace(" ", "\u2581")])
    strip = [decoders.Strip(" ", 1, 0)] if said["add_space_prefix"] else []
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), *strip]
    )
    return tokenizer


def scored_merges(
    tokens: Sequence[str], scores: Sequence[float], kinds: Sequence[int]
) -> list[tuple[str, str]]:
    """List the pairs of pieces that merge into a piece, by descending score of that piece.

    Control, byte and user-defined tokens, by GGUF's types in `kinds`, are never merged.

    Examples
    --------
    >>> scored_merges(["a", "b", "ab", "abb", "<s>"], [-2, -3, -1, 0, 0], [1, 1, 1, 1, 3])
    [('ab', 'b'), ('a', 'b')]
    """
    texts = (t for t, kind in zip(tokens, kinds, strict=True) if kind in _NORMAL)
    rank = {text: number for number, text in enumerate(texts)}
    score = dict(zip(tokens, scores, strict=True))
    pairs = (
        (text[:cut], text[cut:])
        for text in sorted(rank, key=lambda text: -score[text])  # stable: of equals the first
        for cut in range(1, len(text))
    )
    return [pair for pair in pairs if pair[0] in rank and pair[1] in rank]


def _cutter(parts: ModuleType, regex: Callable[[str], Regex], pattern: str) -> PreTokenizer:
    if pattern == "":
        return parts.ByteLevel(add_prefix_space=False)
    if pattern == "digits":
        digits = parts.Digits(individual_digits=True)
        return parts.Sequence([digits, parts.ByteLevel(add_prefix_space=False)])
    split = parts.Split(regex(pattern), "isolated")
    return parts.Sequence([split, parts.ByteLevel(add_prefix_space=False, use_regex=False)])


def _settings(said: JsonObject, template: str | None) -> dict[str, str | bool]:
    settings: dict[str, str | bool] = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "add_bos_token": bool(said["add_bos_token"]),
        "clean_up_tokenization_spaces": False,
    }
    for ours, theirs in (("bos", "bos"), ("eos", "eos"), ("unk", "unknown"), ("pad", "padding")):
        number = said.get(f"{theirs}_token_id")
        if number is not None:
            settings[f"{ours}_token"] = said["tokens"][number]
    if template:
        settings["chat_template"] = template
    return settings
