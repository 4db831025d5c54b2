"""Number the decisions in a CSV file, so that a truncated file is recognized. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from keraswrap._wording import counted
from keraswrap.exceptions import InputError

# In words: a spreadsheet would turn 3/12 into a date.
NAME = "entry"
_FORM = re.compile(r"([1-9][0-9]*) of ([1-9][0-9]*)")


def number_entries(n: int) -> list[str]:
    """Return the number of each of n decisions.

    Examples
    --------
    >>> number_entries(2)
    ['1 of 2', '2 of 2']
    """
    return [f"{place} of {n}" for place in range(1, n + 1)]


def check_last(entries: Sequence[str], source: str) -> None:
    """Raise InputError if the last of the numbered decisions is missing.

    Rows without a number were added by hand; the others may be removed or sorted.

    Examples
    --------
    >>> check_last(["2 of 2", "", "1 of 2"], "decisions.csv")
    """
    found = [match for entry in entries if (match := _FORM.fullmatch(entry.strip()))]
    lasts = {match[2] for match in found if match[1] == match[2]}
    missing = sorted({match[2] for match in found} - lasts)
    if missing:
        raise InputError(
            f"Expected the last of {missing[0]} decisions in {source!r}, {missing[0]} of "
            f"{missing[0]} in the column {NAME!r}, got {counted(len(entries), 'row')} without it. "
            f"Was the file cut off? Export it again; if you took that row out yourself, "
            "empty the column."
        )
