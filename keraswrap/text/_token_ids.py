"""Texts in, token ids out, by the tokenizer that a checkpoint brings."""

from __future__ import annotations

import os
from collections.abc import Iterable

import numpy as np

from keraswrap._texts import check_texts
from keraswrap.text._codec import codec_of

__all__ = ["encode_texts", "truncated_share"]


def encode_texts(
    texts: Iterable[str], encoder: str | os.PathLike[str], max_length: int
) -> np.ndarray:
    """Turn texts into rows of token ids of equal length.

    scikit-learn and cleanlab slice rows that can be indexed. Texts can be encoded once,
    before any split, because a tokenizer learns nothing from them.

    Parameters
    ----------
    texts : iterable of str
        One text per row, as for :func:`~keraswrap.text.check_texts`. Control tokens
        written in a text ("[SEP]", "<pad>") are plain text.
    encoder : str or path
        A directory returned by :func:`~keraswrap.text.resolve_encoder`.
    max_length : int
        Tokens per row, including the two control tokens at its ends. Longer texts are
        truncated.

    Returns
    -------
    ndarray of int32, shape (n_texts, max_length)
        Padded at the end with the checkpoint's pad id.

    Raises
    ------
    InputTypeError
        If `texts` is a single text, or an entry is not a string.
    InputError
        If there are no texts, one is empty, `max_length` is below 3, or the tokenizer
        cannot be used.
    """
    return codec_of(encoder).encode(check_texts(texts), max_length)[0]


def truncated_share(
    texts: Iterable[str], encoder: str | os.PathLike[str], max_length: int
) -> float:
    """Return the share of texts that `max_length` truncates.

    Parameters
    ----------
    texts, encoder, max_length
        As for :func:`encode_texts`, with the same errors.

    Returns
    -------
    float
        From 0 to 1.
    """
    return float(np.mean(codec_of(encoder).lengths(check_texts(texts)) > max_length))
