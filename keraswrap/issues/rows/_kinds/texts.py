"""Texts that no model can learn from: empty, garbled, too long. Pure."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from keraswrap.exceptions import InputError
from keraswrap.issues.rows._findings import Finding, flag

__all__ = ["describe_garbling", "find_empty", "find_garbled", "find_long", "normalize_text"]

_ENDS = " .,;:!?…\"'"
# Control characters, surrogates, private use; tabs and line ends are none of them. What is
# unassigned may be a newer emoji.
_BROKEN = {"Cc", "Cs", "Co"}
_READABLE = ("L", "M", "So", "Sk")  # letters, marks, emoji and their skin tones


def normalize_text(text: str) -> str:
    """Give what two texts share that differ in form only.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        In Unicode's form NFKC, case folded, white space as single blanks,
        without stops and quotes at its ends, unless there is nothing else.

    Examples
    --------
    >>> normalize_text("  It  WORKS great!! ")
    'it works great'
    """
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return plain.strip(_ENDS) or plain


def find_empty(texts: Sequence[str]) -> list[Finding]:
    r"""Find texts of nothing but white space and invisible characters.

    Parameters
    ----------
    texts : sequence of str

    Returns
    -------
    list of Finding
        Kind ``"empty"``; none where there are none.

    Examples
    --------
    >>> find_empty(["fine", " ", "\u200b"])[0].rows.tolist()
    [1, 2]
    """
    rows = [row for row, text in enumerate(texts) if not text.isascii() or not text.strip()]
    rows = [row for row in rows if not any(map(_visible, texts[row]))]
    return [flag("empty", "error", "Empty texts: {n}.", rows)] if rows else []


def _visible(char: str) -> bool:
    return not char.isspace() and unicodedata.category(char) != "Cf"


def describe_garbling(text: str, least_letters: float = 0.25) -> str:
    """Say how a text is garbled, or give an empty string.

    Parameters
    ----------
    text : str
    least_letters : float in [0, 1], default=0.25
        Share of letters and emoji, of what is no white space, below which a
        text is mostly something else.

    Returns
    -------
    str

    Notes
    -----
    Mojibake is what ftfy would decode anew. One character repeated: more than
    half of the text, and at least five times. In 3,708 sentences of reviews the
    texts below a quarter of letters were ``"!"`` and ``"..."``, and the next
    had a third.

    Examples
    --------
    >>> describe_garbling("cafÃ© au lait")
    "mojibake, reads 'café au lait'"
    >>> describe_garbling("Café au lait ☕"), describe_garbling("aaaaaaaa")
    ('', "mostly 'a' repeated")
    """
    if "\ufffd" in text:
        return "replacement characters, where bytes could not be decoded"
    if any(unicodedata.category(c) in _BROKEN and c not in "\t\n\r" for c in text):
        return "control characters or others that stand for nothing"
    repaired = text if text.isascii() else _repair(text)
    if repaired != text:
        return f"mojibake, reads {repaired[:60]!r}"
    return _describe_characters(text, least_letters)


def _repair(text: str) -> str:
    import ftfy

    return ftfy.fix_encoding(text)


def _describe_characters(text: str, least_letters: float) -> str:
    dense = [char for char in text.casefold() if _visible(char)]
    if not dense:
        return ""  # empty, which is another matter
    char, count = Counter(dense).most_common(1)[0]
    if count >= 5 and 2 * count > len(dense):
        return f"mostly {char!r} repeated"
    readable = sum(unicodedata.category(char).startswith(_READABLE) for char in dense)
    return "mostly not letters" if readable < least_letters * len(dense) else ""


def find_garbled(texts: Sequence[str], least_letters: float = 0.25) -> list[Finding]:
    """Find texts that are broken, or hardly text.

    Parameters
    ----------
    texts : sequence of str
    least_letters : float in [0, 1], default=0.25

    Returns
    -------
    list of Finding
        Kind ``"garbled"``, as a warning where characters are broken; kind
        ``"few_letters"`` for what is mostly one character, or no letters.
    """
    said = {row: describe_garbling(text, least_letters) for row, text in enumerate(texts)}
    said = {row: note for row, note in said.items() if note}
    few = {row: note for row, note in said.items() if note.startswith("mostly")}
    broken = {row: note for row, note in said.items() if row not in few}
    findings = []
    if broken:
        message = "Texts with characters that were broken on their way: {n}."
        findings.append(flag("garbled", "warning", message, [*broken], notes=[*broken.values()]))
    if few:
        message = "Texts that are hardly made of letters: {n}."
        findings.append(flag("few_letters", "info", message, [*few], notes=[*few.values()]))
    return findings


def find_long(
    texts: Sequence[str], tokens: Any = None, max_tokens: int | None = None, fence: float = 3.0
) -> list[Finding]:
    """Find texts that an encoder would cut, or that are far longer than the others.

    Parameters
    ----------
    texts : sequence of str
    tokens : array-like of shape (n,), int, optional
        Tokens of each text.
    max_tokens : int, optional
        How many the encoder reads.
    fence : float, default=3.0
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
    if tokens is None or max_tokens is None:
        return _far_out(np.array([len(text) for text in texts], dtype=np.int64), fence)
    counts = np.asarray(tokens)
    if counts.shape != (len(texts),):
        raise InputError(
            f"Expected the number of tokens of each of {len(texts)} texts, got shape "
            f"{counts.shape}. Pass one whole number a row."
        )
    rows = np.flatnonzero(counts > max_tokens)
    if not len(rows):
        return []
    notes = [f"{count} tokens, of which {max_tokens} are read" for count in counts[rows]]
    message = f"Texts of more than {max_tokens} tokens, which would be cut: {{n}}."
    scores = max_tokens / counts[rows]
    return [flag("too_long", "warning", message, rows, scores=scores, notes=notes)]


def _far_out(lengths: np.ndarray, fence: float) -> list[Finding]:
    if not len(lengths):
        return []
    logs = np.log(np.maximum(lengths, 1))
    low, high = np.quantile(logs, [0.25, 0.75])
    limit = np.exp(high + fence * (high - low))
    # Where most have one length a longer one is far out at once: twice as long, at least.
    rows = np.flatnonzero((lengths > limit) & (lengths > 2 * np.exp(high)))
    if not len(rows):
        return []
    notes = [
        f"{length:,} characters; the median is {np.median(lengths):,.0f}"
        for length in lengths[rows]
    ]
    scores = limit / lengths[rows]
    message = "Texts far longer than the others: {n}."
    return [flag("too_long", "info", message, rows, scores=scores, notes=notes)]
