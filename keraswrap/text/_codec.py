"""Tokenize texts without shared settings, and without control tokens from the texts."""

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

# Texts tokenized at a time: the encoding of a token is large.
_CHUNK = 2048

_codecs: Pool[Codec] = Pool(kept=8)


@dataclass(frozen=True)
class Encoded:
    """Texts as rows of ids.

    Parameters
    ----------
    ids : ndarray of int32, shape (m, max_length)
    owner : ndarray of int, shape (m,)
        The number of the text that each row belongs to, ascending.
    lengths : ndarray of int, shape (n,)
        Tokens of each text before truncation, including control tokens.
    census : Counter of int
        How often each id occurs in the texts before truncation.
    """

    ids: np.ndarray
    owner: np.ndarray
    lengths: np.ndarray
    census: Counter[int]


class Codec:
    """Convert texts to token ids and back.

    transformers keeps truncation settings in the tokenizer itself, which threads
    share. So texts are truncated here, and the tokenizer is copied.

    Parameters
    ----------
    tokenizer : transformers.PreTrainedTokenizerFast
    pad_id : int
        The padding id.
    source : str
        Where the padding id comes from, for messages.
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
        """A sha256 that identifies the tokenizer."""
        return hashlib.sha256(f"{self.pad_id} {self._left} {self.json}".encode()).hexdigest()

    @property
    def n_marks(self) -> int:
        """Number of control tokens in a row."""
        assert self._alone is not None
        return self._alone.n_marks

    def contents(self, texts: Sequence[str]) -> Iterator[list[int]]:
        """Yield all ids of each text, without the control tokens at the ends.

        Raises
        ------
        InputError
            If a token of a text has the padding id.
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
        """Return where the texts of a row stand among its control tokens.

        Raises
        ------
        InputError
            If there are two texts and the tokenizer puts nothing between them.
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
        """The token that ends the first segment of a row; None without segments."""
        return find_separator(self._backend, self._pair) if self._pair else None

    def spread(self, texts: Texts, max_length: int, overlap: int | None = None) -> Encoded:
        """Encode texts, or pairs of texts, in rows of ids.

        Parameters
        ----------
        overlap : int, optional
            Split a text that is too long into several rows, which overlap by this
            many ids. By default it is truncated; of a pair, the longer text first.
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
        """Encode texts in rows of `max_length`, and count the tokens of each.

        Returns
        -------
        ids : ndarray of int32, shape (n, max_length)
        lengths : ndarray of int64, shape (n,)
            Tokens before truncation, including control tokens.
        """
        encoded = self.spread(Texts((list(texts),)), max_length)
        return encoded.ids, encoded.lengths

    def lengths(self, texts: Sequence[str]) -> np.ndarray:
        """Count the tokens of each text, including control tokens."""
        return self.spread(Texts((list(texts),)), self.n_marks + 1).lengths

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of a row, without control tokens and padding."""
        kept = [int(number) for number in ids if number not in self.control]
        return str(self._backend.decode(kept, skip_special_tokens=False))

    def piece(self, token: int) -> str:
        """Return the text of one token, without the mark of a part of a word."""
        text = str(self._backend.decode([token], skip_special_tokens=False))
        return text.removeprefix("##").strip()

    def each_token(self) -> np.ndarray:
        """Return each token of the vocabulary as a row of its own, between control tokens.

        Returns
        -------
        ndarray of int32, shape (``vocabulary_size``, ``n_marks`` + 1)
        """
        assert self._alone is not None
        before, after = self._alone.marks
        rows = [[*before, token, *after] for token in range(self.vocabulary_size)]
        return np.array(rows, dtype="int32")

    def sample(self, n: int) -> range:
        """Return up to `n` ids, evenly spread over the vocabulary."""
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
            f"{self.source} says; it stands for a token of a text. Correct pad_token_id there."
        )


def codec_of(folder: str | os.PathLike[str]) -> Codec:
    """Return the codec of a checkpoint's tokenizer; there is one per process.

    Raises
    ------
    InputError
        If the tokenizer cannot be used.
    """
    name = str(Path(folder).absolute())
    return _codecs.get((name, stamp(files_of(name))), lambda: _read(load_tokenizer(name), name))


def _read(tokenizer: PreTrainedTokenizerFast, folder: str) -> Codec:
    # The net reads the padding id from config.json, and both must agree.
    if Path(folder, "config.json").is_file():
        return Codec(tokenizer, read_pad_id(folder), f"config.json in {folder!r}")
    return Codec(tokenizer, _own_pad_id(tokenizer, repr(folder)), f"the tokenizer in {folder!r}")


def codec_from(tokenizer: PreTrainedTokenizerFast) -> Codec:
    """Return the codec of a user's own tokenizer.

    Raises
    ------
    ParameterError
        If it has no padding token.
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
    # The unknown token is no control token, and some vocabularies need it.
    return frozenset(added | set(tokenizer.all_special_ids)) - {tokenizer.unk_token_id}


def _encode(backend: Tokenizer, texts: list[str]) -> list[Encoding]:
    return list(backend.encode_batch_fast(texts, add_special_tokens=False))
