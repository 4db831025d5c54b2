"""A fast tokenizer as a function of its text: no settings shared, no control read from texts."""

from __future__ import annotations

import hashlib
import os
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from keraswrap._checkpoints.files import files_of
from keraswrap._checkpoints.fingerprints import stamp
from keraswrap._checkpoints.pool import Pool
from keraswrap._checkpoints.tokenizer import texts_only, without_controls
from keraswrap._texts import Texts
from keraswrap.exceptions import InputError, ParameterError
from keraswrap.text._fast_tokenizers import load_tokenizer, read_pad_id
from keraswrap.text._layout import Layout, find_layout, find_separator

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer
    from transformers import PreTrainedTokenizerFast

# Texts tokenised at a time: what a tokenizer tells of each token is large.
_CHUNK = 2048

_codecs: Pool[Codec] = Pool(kept=8)


@dataclass(frozen=True)
class Encoded:
    """Texts as rows of ids.

    Parameters
    ----------
    ids : ndarray of int32, shape (m, max_length)
    owner : ndarray of int, shape (m,)
        The text that each row is of, in ascending order: its number.
    lengths : ndarray of int, shape (n,)
        Tokens of each whole text, control tokens included.
    census : Counter of int
        How often each id occurs in the whole texts.
    """

    ids: np.ndarray
    owner: np.ndarray
    lengths: np.ndarray
    census: Counter[int]


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

    def __init__(self, tokenizer: PreTrainedTokenizerFast, pad_id: int, source: str) -> None:
        self.pad_id, self.source = pad_id, source
        self.json = tokenizer.backend_tokenizer.to_str()
        self._backend = texts_only(self.json)
        self._plain: Tokenizer | None = None
        self.vocabulary_size = int(self._backend.get_vocab_size(with_added_tokens=True))
        self._left = getattr(tokenizer, "truncation_side", "right") == "left"
        self.unknown_id = tokenizer.unk_token_id
        self.control = _control_ids(tokenizer) | {pad_id}
        self._alone, self._pair = (find_layout(self._backend, n, self._left) for n in (1, 2))
        assert self._alone is not None
        if pad_id in (*chain(*self._alone.marks), tokenizer.unk_token_id):
            raise self._pad_error()

    @property
    def digest(self) -> str:
        """What tells this tokenizer from any other: a sha256."""
        return hashlib.sha256(f"{self.pad_id} {self._left} {self.json}".encode()).hexdigest()

    @property
    def n_marks(self) -> int:
        """Control tokens that each row has at its ends."""
        assert self._alone is not None
        return self._alone.n_marks

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

    def layout(self, texts: Texts) -> Layout:
        """Say where the texts of a row stand among its control tokens.

        Raises
        ------
        InputError
            If there are two, and the tokenizer puts nothing between them.
        """
        found = self._alone if len(texts.columns) == 1 else self._pair
        if found is None:
            raise InputError(
                "Expected a tokenizer that puts a control token between two texts, got one that "
                f"puts none, as {self.source} says. Use another checkpoint for pairs."
            )
        return found

    @property
    def separator(self) -> int | None:
        """The token after which the second segment of a row begins; None without segments."""
        return find_separator(self._backend, self._pair) if self._pair else None

    def spread(self, texts: Texts, max_length: int, overlap: int | None = None) -> Encoded:
        """Give the rows of ids of texts or pairs of them, with what there is to tell of them.

        Parameters
        ----------
        texts : Texts
        max_length : int
        overlap : int, optional
            A text that is too long becomes several rows, each of which begins
            with so many ids of the one before. By default it is cut, or, of a
            pair, the longer one first.
        """
        layout = self.layout(texts)
        check_length(max_length, layout.n_marks)
        check_overlap(overlap, max_length - layout.n_marks, texts)
        rows: list[np.ndarray] = []
        owner, lengths, census = array("q"), array("q"), Counter[int]()
        for n, parts in enumerate(zip(*map(self.contents, texts.columns), strict=True)):
            lengths.append(sum(map(len, parts)) + layout.n_marks)
            census.update(chain(*parts))
            whole = overlap is None or lengths[-1] <= max_length
            made = [layout.row(parts, max_length)] if whole else None
            for row in made or layout.windows(parts, max_length, overlap or 0):
                rows.append(np.array(row, dtype="int32"))
                owner.append(n)
        ids = np.full((len(rows), max_length), self.pad_id, dtype="int32")
        for n, filled in enumerate(rows):
            ids[n, : len(filled)] = filled
        return Encoded(ids, np.array(owner), np.array(lengths), census)

    def encode(self, texts: Sequence[str], max_length: int) -> tuple[np.ndarray, np.ndarray]:
        """Give the ids of texts in rows of `max_length`, and how long each was before.

        Returns
        -------
        ids : ndarray of int32, shape (n, max_length)
        lengths : ndarray of int64, shape (n,)
            Tokens of the whole text, with the control tokens at the ends.
        """
        encoded = self.spread(Texts((list(texts),)), max_length)
        return encoded.ids, encoded.lengths

    def lengths(self, texts: Sequence[str]) -> np.ndarray:
        """Count the tokens of each text, with the control tokens at the ends."""
        return self.spread(Texts((list(texts),)), self.n_marks + 1).lengths

    def decode(self, ids: Sequence[int]) -> str:
        """Give the text of a row, without control tokens and padding."""
        kept = [int(number) for number in ids if number not in self.control]
        return str(self._backend.decode(kept, skip_special_tokens=False))

    def piece(self, token: int) -> str:
        """Give the text of one token by itself, without what marks it as part of a word."""
        text = str(self._backend.decode([token], skip_special_tokens=False))
        return text.removeprefix("##").strip()

    def sample(self, n: int) -> range:
        """Give up to `n` of the ids, from all over the vocabulary."""
        return range(0, self.vocabulary_size, -(-self.vocabulary_size // n))

    @property
    def plain(self) -> Tokenizer:
        """The tokenizer without control tokens in its vocabulary."""
        if self._plain is None:
            self._plain = texts_only(without_controls(self.json, self.control))
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
    return _codecs.get((name, stamp(files_of(name))), lambda: _read(load_tokenizer(name), name))


def _read(tokenizer: PreTrainedTokenizerFast, folder: str) -> Codec:
    # The net reads config.json, and both must mean the same.
    if Path(folder, "config.json").is_file():
        return Codec(tokenizer, read_pad_id(folder), f"config.json in {folder!r}")
    return Codec(tokenizer, _own_pad_id(tokenizer, repr(folder)), f"the tokenizer in {folder!r}")


def codec_from(tokenizer: PreTrainedTokenizerFast) -> Codec:
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


def check_overlap(overlap: int | None, room: int, texts: Texts) -> None:
    """Raise ParameterError unless windows of `room` tokens can overlap so, or there are none."""
    if overlap is None:
        return
    if len(texts.columns) > 1:
        raise ParameterError(
            "Expected long_texts='truncate' for pairs of texts, got 'windows': a window has one "
            "text. Raise max_length, or join the two texts to one."
        )
    whole = isinstance(overlap, int | np.integer) and not isinstance(overlap, bool)
    if not whole or not 0 <= overlap < room:
        raise ParameterError(
            f"Expected an overlap from 0 to {room - 1} tokens, fewer than the {room} that a window "
            f"has of a text, got {overlap!r}."
        )


def _own_pad_id(tokenizer: PreTrainedTokenizerFast, name: str) -> int:
    if tokenizer.pad_token_id is None:
        raise ParameterError(
            f"Expected a tokenizer with a pad token, got none in {name}. Give it one that no text "
            "uses: tokenizer.add_special_tokens({'pad_token': '[PAD]'})."
        )
    return int(tokenizer.pad_token_id)


def _control_ids(tokenizer: PreTrainedTokenizerFast) -> frozenset[int]:
    added = {n for n, token in tokenizer.added_tokens_decoder.items() if token.special}
    # An unknown word is no control token, and some vocabularies cannot do without it.
    return frozenset(added | set(tokenizer.all_special_ids)) - {tokenizer.unk_token_id}


def _encode(backend: Tokenizer, texts: list[str]) -> list[Encoding]:
    return list(backend.encode_batch_fast(texts, add_special_tokens=False))
