"""Columns, by name. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from keraswrap._settings import near
from keraswrap.exceptions import InputError

# How many columns an error names.
_NAMED = 20


def check_columns(wanted: Iterable[str], names: Sequence[str], source: str) -> None:
    """Raise InputError, with near names, for the first wanted column that is not there.

    Examples
    --------
    >>> check_columns(["txt"], ["text", "label"], "reviews.csv")
    Traceback (most recent call last):
    keraswrap.exceptions.InputError: Expected the column 'txt' in 'reviews.csv', got ...
    """
    known = [str(name) for name in names]
    for name in wanted:
        if name not in known:
            raise InputError(
                f"Expected the column {name!r} in {source!r}, got {known[:_NAMED]}. "
                f"{near(name, known[:_NAMED])}"
            )


def free_names(names: Iterable[object], taken: Collection[str]) -> list[str]:
    """Rename the columns whose names are taken.

    Examples
    --------
    >>> free_names(["id", "note"], ["row_id", "note"])
    ['id', 'data_note']
    """
    wanted = [str(name) for name in names]
    used, free = {*taken, *wanted}, []
    for name in wanted:
        new = name
        if name in taken:
            while new in used:
                new = f"data_{new}"
            used.add(new)
        free.append(new)
    return free


def check_header(header: Sequence[str], source: str) -> None:
    """Raise InputError where two columns have one name. One may have none: pandas' index."""
    seen: set[str] = set()
    for name in header:
        if name in seen:
            raise InputError(
                f"Expected unique column names in the header of {source!r}, got "
                f"{name!r} twice. Name the columns in the first line."
            )
        seen.add(name)
