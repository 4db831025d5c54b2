"""Texts without a visible character."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from keraswrap.issues.rows._results import Finding, flag


def find_empty(texts: Sequence[str]) -> list[Finding]:
    r"""Find texts of nothing but white space and invisible characters.

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
    rows = [row for row in rows if not any(map(is_visible, texts[row]))]
    return [flag("empty", "error", f"Empty texts: {len(rows):,}.", rows)] if rows else []


def is_visible(char: str) -> bool:
    return not char.isspace() and unicodedata.category(char) != "Cf"
