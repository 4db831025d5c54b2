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
    """Turn texts into rows of token ids of one length.

    Rows that can be indexed are what scikit-learn and cleanlab slice, so texts
    are encoded once, before any split: a tokenizer learns nothing from them.

    Parameters
    ----------
    texts : iterable of str
        One text a row, as for :func:`~keraswrap.text.check_texts`. Control tokens written in a
        text ("[SEP]", "<pad>") are text, not control.
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
        If there are no texts, one is empty, `max_length` is below 3, or the
        tokenizer is none that can be used.
    """
    return codec_of(encoder).encode(check_texts(texts), max_length)[0]


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
    return float(np.mean(codec_of(encoder).lengths(check_texts(texts)) > max_length))
