"""Texts in, token ids out, by the tokenizer that a checkpoint brings."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

import numpy as np

from keraswrap._data import RowView
from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.text._codec import codec_of

# Rows that an error names.
_NAMED = 5


def encode_texts(
    texts: Iterable[str], encoder: str | os.PathLike[str], max_length: int
) -> np.ndarray:
    """Turn texts into rows of token ids of one length.

    Rows that can be indexed are what scikit-learn and cleanlab slice, so texts
    are encoded once, before any split: a tokenizer learns nothing from them.

    Parameters
    ----------
    texts : iterable of str
        One text a row, as for :func:`check_texts`. Control tokens written in a
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


def check_texts(texts: Any, *, empty: str = "error") -> list[str]:
    """Return texts as a list, or name the entries that are none.

    Every text comes in here, whatever it is held in, and none is ever taken for
    a path.

    Parameters
    ----------
    texts : iterable of str
        One text a row: a list, a tuple, a NumPy or Arrow array, a pandas
        Series, a column of a Hugging Face dataset, or a table with one column.
    empty : {"error", "allow"}, default="error"
        What becomes of texts with nothing but white space: there is nothing in
        them to learn from or to classify. Allowed, each is a row with the two
        control tokens at its ends.

    Returns
    -------
    list of str

    Raises
    ------
    InputTypeError
        If `texts` is one text or unordered, or an entry is not a string.
    InputError
        If there are none, one is empty, one holds half a surrogate pair, or a
        table has several columns.
    ParameterError
        If `empty` is neither of the two.

    Examples
    --------
    >>> check_texts(["It broke.", None])
    Traceback (most recent call last):
    keraswrap.exceptions.InputTypeError: Expected a text in each row, got None in row 1. ...
    """
    if empty not in ("error", "allow"):
        raise ParameterError(f"Expected empty to be 'error' or 'allow', got {empty!r}.")
    # One by one, so that a stream without end fails at its first row.
    rows = [_check_text(text, number) for number, text in enumerate(_iterate(texts))]
    if not rows:
        raise InputError("Expected at least one text, got none.")
    bare = [number for number, text in enumerate(rows) if not text.strip()]
    if bare and empty == "error":
        more = ", ..." if len(bare) > _NAMED else ""
        raise InputError(
            f"Expected a text in each row, got {len(bare)} of {len(rows)} without any, in row "
            f"{', '.join(map(str, bare[:_NAMED]))}{more}. Drop such rows, or allow them "
            "(empty='allow', where an estimator takes it)."
        )
    return rows


def _iterate(texts: Any) -> Iterable[Any]:
    """Give the entries of whatever holds texts."""
    if isinstance(texts, str | bytes | os.PathLike):
        kind = type(texts).__name__
        raise InputTypeError(f"Expected a list of texts, got one {kind}: wrap it.")
    if isinstance(texts, Mapping | AbstractSet):
        raise InputTypeError(
            f"Expected a list of texts, one a row, got a {type(texts).__name__}. Pass a list, or "
            "one column."
        )
    if isinstance(texts, RowView):
        if len(texts.names) > 1:
            raise InputError(_one_column(f"the columns {list(texts.names)[:20]}"))
        texts = np.asarray(texts)
    columns = _column_names(texts)
    if columns is not None:
        if len(columns) != 1:
            raise InputError(_one_column(f"the columns {[str(name) for name in columns][:20]}"))
        texts = texts[columns[0]]
    elif len(getattr(texts, "shape", (0,))) == 2:
        if texts.shape[1] != 1:
            raise InputError(_one_column(f"an array of shape {texts.shape}"))
        texts = texts[:, 0]
    if hasattr(texts, "to_pylist"):  # Arrow's scalars are no strings
        return texts.to_pylist()
    try:
        return iter(texts)
    except TypeError as error:
        raise InputTypeError(f"Expected a list of texts, got {texts!r:.60}.") from error


def _column_names(texts: Any) -> list[Any] | None:
    """Name the columns of a table: pandas', polars', Arrow's, Hugging Face's."""
    for attribute in ("column_names", "columns"):
        names = getattr(texts, attribute, None)
        if names is not None and not isinstance(names, str) and not callable(names):
            return list(names)
    return None


def _one_column(got: str) -> str:
    return f"Expected one column of texts, got {got}. Pass the one that holds the texts."


def _check_text(text: Any, number: int) -> str:
    if not isinstance(text, str):
        todo = "Decode it" if isinstance(text, bytes) else "Drop such rows"
        raise InputTypeError(
            f"Expected a text in each row, got {text!r:.60} in row {number}. {todo}, "
            "or put a text in its place."
        )
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(
            f"Expected text that is valid Unicode, got half a character in row {number}: {error}. "
            "Decode the bytes again with errors='replace'."
        ) from error
    return str(text)  # numpy's strings become plain ones
