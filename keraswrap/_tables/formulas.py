"""Texts that a spreadsheet would run as formulas: guarded in CSV, and restored. Pure.

The rule is written once, as patterns that mean the same in Python and in
JavaScript; the page of a report gets them with its data.
"""

from __future__ import annotations

import re

# The beginning of a formula after any apostrophes; and numbers, which may look like one.
FORMULA = r"'*[=+\-@\t\r\n]"
NUMBER = r"[+\-]?[0-9]+(\.[0-9]+)?([eE][+\-]?[0-9]+)?"

_FORMULA, _NUMBER = re.compile(FORMULA), re.compile(NUMBER)


def guard(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would run; `unguard` removes it.

    A text that begins with apostrophes and then like a formula gets one more,
    so that what is read back is always what was written.

    Examples
    --------
    >>> guard("=1+1"), guard("-1"), guard("'-1")
    ("'=1+1", '-1', "''-1")
    """
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def unguard(text: str) -> str:
    """Return a text as it was before `guard`.

    Examples
    --------
    >>> unguard("'=1+1"), unguard("'tis"), unguard("''-1")
    ('=1+1', "'tis", "'-1")
    """
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text
