"""A fast tokenizer as a function of its text: no settings shared, no control read from texts."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from keraswrap._optional import require
from keraswrap.exceptions import InputError, ParameterError
from keraswrap.text.encoders import load_tokenizer, read_pad_id

# Texts tokenised at a time: what a tokenizer tells of each token is large.
_CHUNK = 2048

_codecs: dict[str, tuple[Any, Codec]] = {}
_lock = threading.Lock()


class Codec:
    """Turn texts into the ids of their tokens, and ids into texts.

    transformers keeps truncation in the tokenizer itself, where threads meet;
    here it is cut by hand, and all that is read of a tokenizer is its own copy.

    Parameters
    ----------
    tokenizer : transformers.PreTrainedTokenizerFast
    pad_id : int
        What fills rows up.
    source : str
        What says so, in the words of an error.
    """

    def __init__(self, tokenizer: Any, pad_id: int, source: str) -> None:
        self.pad_id, self.source = pad_id, source
        self.json = tokenizer.backend_tokenizer.to_str()
        self._backend = _copy(self.json)
        self._plain: Any = None
        self.vocabulary_size = int(self._backend.get_vocab_size(with_added_tokens=True))
        self._left = getattr(tokenizer, "truncation_side", "right") == "left"
        self.control = _control_ids(tokenizer) | {pad_id}
        self.before, self.after = _marks(self._backend)
        if pad_id in (*self.before, *self.after, tokenizer.unk_token_id):
            raise self._pad_error()

    @property
    def digest(self) -> str:
        """What tells this tokenizer from any other: a sha256."""
        return hashlib.sha256(f"{self.pad_id} {self._left} {self.json}".encode()).hexdigest()

    @property
    def n_marks(self) -> int:
        """Control tokens that each row has at its ends."""
        return len(self.before) + len(self.after)

    def contents(self, texts: Sequence[str]) -> Iterator[list[int]]:
        """Give the ids of each text: all of them, without the control tokens at the ends.

        Raises
        ------
        InputError
            If a token of a text has the pad id.
        """
        for start in range(0, len(texts), _CHUNK):
            chunk = list(texts[start : start + _CHUNK])
            rows = [encoding.ids for encoding in _encode(self._backend, chunk)]
            suspect = [n for n, ids in enumerate(rows) if not self.control.isdisjoint(ids)]
            again = _encode(self.plain, [chunk[n] for n in suspect]) if suspect else []
            for n, encoding in zip(suspect, again, strict=True):
                rows[n] = encoding.ids
                if self.pad_id in encoding.ids:
                    raise self._pad_error()
            yield from rows

    def row(self, content: list[int], max_length: int) -> list[int]:
        """Cut a text's ids to `max_length` with the control tokens, and put those on."""
        room = max_length - self.n_marks
        kept = content[max(0, len(content) - room) :] if self._left else content[:room]
        return [*self.before, *kept, *self.after]

    def encode(self, texts: Sequence[str], max_length: int) -> tuple[np.ndarray, np.ndarray]:
        """Give the ids of texts in rows of `max_length`, and how long each was before.

        Returns
        -------
        ids : ndarray of int32, shape (n, max_length)
        lengths : ndarray of int64, shape (n,)
            Tokens of the whole text, with the control tokens at the ends.
        """
        check_length(max_length, self.n_marks)
        ids = np.full((len(texts), max_length), self.pad_id, dtype="int32")
        lengths = np.empty(len(texts), dtype="int64")
        for n, content in enumerate(self.contents(texts)):
            row = self.row(content, max_length)
            ids[n, : len(row)] = row
            lengths[n] = len(content) + self.n_marks
        return ids, lengths

    def lengths(self, texts: Sequence[str]) -> np.ndarray:
        """Count the tokens of each text, with the control tokens at the ends."""
        counts = (len(content) + self.n_marks for content in self.contents(texts))
        return np.fromiter(counts, dtype="int64", count=len(texts))

    def decode(self, ids: Sequence[int]) -> str:
        """Give the text of a row, without control tokens and padding."""
        kept = [int(number) for number in ids if number not in self.control]
        return str(self._backend.decode(kept, skip_special_tokens=False))

    @property
    def plain(self) -> Any:
        """The tokenizer without control tokens in its vocabulary.

        Vocabularies of sentencepiece hold them as pieces that match any text, so
        that "<pad>" in one would become padding.
        """
        if self._plain is None:
            self._plain = _copy(_without(self.json, self.control))
        return self._plain

    def _pad_error(self) -> InputError:
        return InputError(
            f"Expected a tokenizer that uses the id {self.pad_id} for padding only, as "
            f"{self.source} says; it stands for a token of a text. Mend pad_token_id there."
        )


def codec_of(folder: str | os.PathLike[str]) -> Codec:
    """Give the codec of a checkpoint's tokenizer, made once a process.

    Raises
    ------
    InputError
        If there is none that can be used.
    """
    name = str(Path(folder).absolute())
    tokenizer = load_tokenizer(name)
    with _lock:
        known = _codecs.get(name)
        if known is None or known[0] is not tokenizer:
            known = _codecs[name] = (tokenizer, _read(tokenizer, name))
        return known[1]


def _read(tokenizer: Any, folder: str) -> Codec:
    # The net reads config.json, and both must mean the same.
    if Path(folder, "config.json").is_file():
        return Codec(tokenizer, read_pad_id(folder), f"config.json in {folder!r}")
    return Codec(tokenizer, _own_pad_id(tokenizer, repr(folder)), f"the tokenizer in {folder!r}")


def codec_from(tokenizer: Any) -> Codec:
    """Give the codec of a tokenizer that a user brought.

    Raises
    ------
    ParameterError
        If it has no pad token.
    """
    return Codec(tokenizer, _own_pad_id(tokenizer, "tokenizer"), "the tokenizer")


def check_length(max_length: int, n_marks: int = 2) -> None:
    """Raise ParameterError unless `max_length` has room for a token between the marks."""
    whole = isinstance(max_length, int | np.integer) and not isinstance(max_length, bool)
    if not whole or max_length < n_marks + 1:
        raise ParameterError(
            f"Expected max_length of at least {n_marks + 1} tokens, got {max_length!r}: "
            f"{n_marks} of them mark the ends."
        )


def _own_pad_id(tokenizer: Any, name: str) -> int:
    if tokenizer.pad_token_id is None:
        raise ParameterError(
            f"Expected a tokenizer with a pad token, got none in {name}. Give it one that no text "
            "uses: tokenizer.add_special_tokens({'pad_token': '[PAD]'})."
        )
    return int(tokenizer.pad_token_id)


def _control_ids(tokenizer: Any) -> frozenset[int]:
    added = {n for n, token in tokenizer.added_tokens_decoder.items() if token.special}
    # An unknown word is no control token, and some vocabularies cannot do without it.
    return frozenset(added | set(tokenizer.all_special_ids)) - {tokenizer.unk_token_id}


def _copy(text: str) -> Any:
    backend = require("tokenizers", "text").Tokenizer.from_str(text)
    backend.no_truncation()
    backend.no_padding()
    backend.encode_special_tokens = True
    return backend


def _encode(backend: Any, texts: list[str]) -> list[Any]:
    return list(backend.encode_batch_fast(texts, add_special_tokens=False))


def _marks(backend: Any) -> tuple[list[int], list[int]]:
    """Find what a tokenizer puts before and after a text."""
    whole = backend.encode("a", add_special_tokens=True).ids
    bare = backend.encode("a", add_special_tokens=False).ids
    for start in range(len(whole) - len(bare) + 1):
        if whole[start : start + len(bare)] == bare:
            return whole[:start], whole[start + len(bare) :]
    return whole, []


def _without(text: str, control: frozenset[int]) -> str:
    """Rename control tokens in a tokenizer's JSON to what no text can hold."""
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
    # Texts are split at white space before a vocabulary is asked.
    return f" \0{number}\0 "
