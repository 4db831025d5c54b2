"""Hold what is known about rows besides their labels, for their cards. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from keraswrap.exceptions import InputError
from keraswrap.issues import RowIssues
from keraswrap.report._types import Summary


@dataclass(frozen=True)
class RowNotes:
    """Badges, groups and neighbors, by the position of a row.

    Parameters
    ----------
    badges : mapping of int to sequence of str
        Short words shown on a row's card, for instance ``"outlier"``.
    groups : mapping of int to a number or text
        Rows with the same value are shown together: near-duplicates.
    neighbors : mapping of int to sequence of int
        Positions of the rows most similar to a row, nearest first.
    alerts : sequence of mapping
        Alerts about the data as a whole, each with ``severity`` (``"error"``,
        ``"warning"`` or ``"info"``), ``kind`` and ``message``.

    Examples
    --------
    >>> RowNotes(badges={3: ["outlier"]}, groups={1: "a", 2: "a"}).groups[1]
    'a'
    """

    badges: Mapping[int, Sequence[str]] = field(default_factory=dict)
    groups: Mapping[int, object] = field(default_factory=dict)
    neighbors: Mapping[int, Sequence[int] | np.ndarray] = field(default_factory=dict)
    alerts: Sequence[Summary] = ()


def read_notes(rows: RowIssues | RowNotes | Mapping[int, Sequence[str]] | None, n: int) -> RowNotes:
    """Return notes on rows from any object that holds them.

    Parameters
    ----------
    rows : RowIssues, RowNotes, mapping of int to sequence of str, or None
        A mapping holds badges.
    n : int
        How many rows there are.

    Raises
    ------
    InputError
        If RowIssues are of another number of rows.

    Examples
    --------
    >>> read_notes({0: ["empty"]}, n=2).badges
    {0: ['empty']}
    """
    if rows is None or isinstance(rows, RowNotes):
        return rows or RowNotes()
    if isinstance(rows, Mapping):
        return RowNotes(badges=rows)
    if len(rows) != n:
        raise InputError(
            f"Expected issues of as many rows as there are labels, {n}, got {len(rows)}. "
            "Look for both in the same data."
        )
    return RowNotes(badges=rows.badges(), groups=rows.groups(), alerts=rows.alerts())
