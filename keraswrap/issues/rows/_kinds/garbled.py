"""Texts with broken characters, or hardly any letters."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence

from keraswrap.issues.rows._kinds.empty import is_visible
from keraswrap.issues.rows._results import Finding, flag

# Control characters, surrogates and private use, except tabs and line ends. Unassigned characters
# are left out: they may be newer emoji.
_BROKEN = {"Cc", "Cs", "Co"}
_READABLE = ("L", "M", "So", "Sk")  # letters, marks, emoji and their skin tones


def describe_garbling(text: str, least_letters: float = 0.25) -> str:
    """Describe how a text is garbled, or return an empty string.

    Parameters
    ----------
    least_letters : float in [0, 1], default=0.25
        Share of letters and emoji, of what is no white space, below which a
        text is mostly something else.

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
    dense = [char for char in text.casefold() if is_visible(char)]
    if not dense:
        return ""  # empty, which is another kind of issue
    char, count = Counter(dense).most_common(1)[0]
    if count >= 5 and 2 * count > len(dense):
        return f"mostly {char!r} repeated"
    readable = sum(unicodedata.category(char).startswith(_READABLE) for char in dense)
    return "mostly not letters" if readable < least_letters * len(dense) else ""


def find_garbled(texts: Sequence[str], *, letters: float = 0.25) -> list[Finding]:
    """Find texts that are broken, or hardly text.

    Parameters
    ----------
    letters : float in [0, 1], default=0.25
        As `least_letters` of `describe_garbling`.

    Returns
    -------
    list of Finding
        Kind ``"garbled"``, as a warning where characters are broken; kind
        ``"few_letters"`` for what is mostly one character, or no letters.
    """
    said = {row: describe_garbling(text, letters) for row, text in enumerate(texts)}
    said = {row: note for row, note in said.items() if note}
    few = {row: note for row, note in said.items() if note.startswith("mostly")}
    broken = {row: note for row, note in said.items() if row not in few}
    findings = []
    if broken:
        message = f"Texts with characters that were broken on the way: {len(broken):,}."
        findings.append(flag("garbled", "warning", message, [*broken], notes=[*broken.values()]))
    if few:
        message = f"Texts with hardly any letters: {len(few):,}."
        findings.append(flag("few_letters", "info", message, [*few], notes=[*few.values()]))
    return findings
