"""Texts in, token ids out, by the tokenizer that a checkpoint brings."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import numpy as np

from keraswrap._optional import require
from keraswrap.exceptions import InputError, InputTypeError
from keraswrap.text.encoders import read_pad_id


def encode_texts(
    texts: Iterable[str], encoder: str | os.PathLike[str], max_length: int
) -> np.ndarray:
    """Turn texts into rows of token ids of one length.

    Rows that can be indexed are what scikit-learn and cleanlab slice, so texts
    are encoded once, before any split: a tokenizer learns nothing from them.

    Parameters
    ----------
    texts : iterable of str
        One text a row; a list, an array, a Series. Control tokens written in a
        text ("[SEP]") are text, not control.
    encoder : str or path
        A directory that :func:`~keraswrap.text.resolve_encoder` gave.
    max_length : int
        Tokens in a row, the two at its ends included. Longer texts are cut.

    Returns
    -------
    ndarray of int32, shape (n_texts, max_length)
        Padded at the end with the checkpoint's pad id.

    Raises
    ------
    InputTypeError
        If `texts` is one text, or an entry is not a string.
    InputError
        If there are no texts, `max_length` is below 3, or the tokenizer is
        none that can be used.
    """
    pad_id = read_pad_id(encoder)
    encodings = _encodings(texts, encoder, max_length)
    ids = np.full((len(encodings), max_length), pad_id, dtype="int32")
    for row, encoding in zip(ids, encodings, strict=True):
        if pad_id in encoding.ids:
            raise InputError(
                f"Expected a tokenizer that uses the id {pad_id} for padding only, as config.json "
                f"in {os.fspath(encoder)!r} says; it stands for a token of a text. Mend "
                "pad_token_id there."
            )
        row[: len(encoding.ids)] = encoding.ids
    return ids


def truncated_share(
    texts: Iterable[str], encoder: str | os.PathLike[str], max_length: int
) -> float:
    """Measure the share of texts that `max_length` cuts.

    Parameters
    ----------
    texts, encoder, max_length
        As for :func:`encode_texts`, with the same errors.

    Returns
    -------
    float
        From 0 to 1.
    """
    encodings = _encodings(texts, encoder, max_length)
    return sum(bool(encoding.overflowing) for encoding in encodings) / len(encodings)


def check_texts(texts: Iterable[Any]) -> list[str]:
    """Return texts as a list, or name the first entry that is none.

    Raises
    ------
    InputTypeError
        If `texts` is one text, or an entry is not a string.
    InputError
        If there are none, or one holds half a surrogate pair.

    Examples
    --------
    >>> check_texts(["It broke.", None])
    Traceback (most recent call last):
    keraswrap.exceptions.InputTypeError: Expected a text in each row, got None in row 1. ...
    """
    if isinstance(texts, str | bytes):
        raise InputTypeError(f"Expected a list of texts, got one {type(texts).__name__}: wrap it.")
    rows = list(texts)
    if not rows:
        raise InputError("Expected at least one text, got none.")
    return [_check_text(text, number) for number, text in enumerate(rows)]


def _check_text(text: Any, number: int) -> str:
    if not isinstance(text, str):
        raise InputTypeError(
            f"Expected a text in each row, got {text!r:.60} in row {number}. Drop such rows, "
            "or put a text in their place."
        )
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(
            f"Expected text that is valid Unicode, got half a character in row {number}: {error}. "
            "Decode the bytes again with errors='replace'."
        ) from error
    return str(text)  # numpy's strings become plain ones


def _encodings(texts: Iterable[str], encoder: str | os.PathLike[str], max_length: int) -> list[Any]:
    rows = check_texts(texts)
    if max_length < 3:  # [CLS] one token [SEP]
        raise InputError(f"Expected max_length of at least 3 tokens, got {max_length!r}.")
    tokenizer = _load_tokenizer(os.fspath(encoder))
    batch = tokenizer(
        rows,
        truncation=True,
        max_length=max_length,
        padding=False,
        split_special_tokens=True,
        return_token_type_ids=False,
    )
    return batch.encodings


def _load_tokenizer(folder: str) -> Any:
    transformers = require("transformers", "text")
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except Exception as error:  # a broken file fails in the parser of its own format
        raise InputError(
            f"Expected a tokenizer that transformers can load in {folder!r}, got "
            f"{type(error).__name__}: {error}. Fetch the checkpoint again."
        ) from error
    if not tokenizer.is_fast:
        raise InputError(
            f"Expected a checkpoint with a fast tokenizer, got {type(tokenizer).__name__} from "
            f"{folder!r}. Save one with transformers: it writes tokenizer.json."
        )
    return tokenizer
