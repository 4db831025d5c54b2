"""Texts that an encoder would cut, or far longer than the others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from keraswrap.exceptions import InputError
from keraswrap.issues.rows._results import Finding, flag


def find_long(
    texts: Sequence[str],
    tokens: np.ndarray | None = None,
    *,
    max_tokens: float = np.inf,
    length: float = 3.0,
) -> list[Finding]:
    """Find texts that an encoder would cut, or that are far longer than the others.

    Parameters
    ----------
    tokens : array-like of shape (n,), int, optional
        Tokens of each text.
    max_tokens : int, optional
        How many the encoder reads.
    length : float, default=3.0
        Quartile ranges above the third quartile, of the logarithm of the
        number of characters, beyond which a text is far out (Tukey, 1977).

    Returns
    -------
    list of Finding
        Kind ``"too_long"``.

    Raises
    ------
    InputError
        If there is another number of tokens than of texts.

    Examples
    --------
    >>> find_long(["a", "b"], tokens=[12, 700], max_tokens=512)[0].notes
    ('700 tokens, of which 512 are read',)
    """
    if tokens is None or max_tokens == np.inf:
        return _far_out(np.array([len(text) for text in texts], dtype=np.int64), length)
    counts = np.asarray(tokens)
    if counts.shape != (len(texts),):
        raise InputError(
            f"Expected the number of tokens of each of {len(texts)} texts, got shape "
            f"{counts.shape}. Pass one whole number per row."
        )
    rows = np.flatnonzero(counts > max_tokens)
    if not len(rows):
        return []
    notes = [f"{count} tokens, of which {max_tokens:.0f} are read" for count in counts[rows]]
    message = f"Texts of more than {max_tokens:.0f} tokens, which would be cut: {len(rows):,}."
    scores = max_tokens / counts[rows]
    return [flag("too_long", "warning", message, rows, scores=scores, notes=notes)]


def _far_out(lengths: np.ndarray, fence: float) -> list[Finding]:
    if not len(lengths):
        return []
    logs = np.log(np.maximum(lengths, 1))
    low, high = np.quantile(logs, [0.25, 0.75])
    limit = np.exp(high + fence * (high - low))
    # If most have the same length, any longer one would be an outlier: require twice the length.
    rows = np.flatnonzero((lengths > limit) & (lengths > 2 * np.exp(high)))
    if not len(rows):
        return []
    notes = [
        f"{length:,} characters; the median is {np.median(lengths):,.0f}"
        for length in lengths[rows]
    ]
    scores = limit / lengths[rows]
    message = f"Texts far longer than the others: {len(rows):,}."
    return [flag("too_long", "info", message, rows, scores=scores, notes=notes)]
