"""Words that depend on a number. Pure."""

from __future__ import annotations


def counted(n: int, one: str, many: str | None = None) -> str:
    """Write a number and its noun, in the singular or plural.

    Parameters
    ----------
    one : str
        What follows a 1: a noun, or a noun and its verb.
    many : str, optional
        What follows other numbers; `one` with an s by default.

    Examples
    --------
    >>> counted(1, "row"), counted(1200, "row")
    ('1 row', '1,200 rows')
    >>> counted(1, "label is wrong", "labels are wrong")
    '1 label is wrong'
    """
    return f"{n:,} {one if n == 1 else many or one + 's'}"
