"""What was found in data: how bad, and in which rows. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from keraswrap._wording import counted

__all__ = ["SEVERITIES", "Finding", "RowIssues", "flag"]

SEVERITIES = ("info", "warning", "error")


@dataclass(frozen=True, eq=False)
class Finding:
    """The result of one finder.

    Parameters
    ----------
    kind : str
        For instance ``"near_duplicate"``.
    severity : {'info', 'warning', 'error'}
    message : str
        One sentence, for an alert.
    n : int
        The number in the message, mostly of rows.
    rows : ndarray of shape (r,), int
        Positions, ascending; empty if the finding concerns the data as a whole.
    scores : ndarray of shape (r,)
        In [0, 1]; the lower, the worse, as in cleanlab.
    notes : tuple of str, of length r
    groups : ndarray of shape (r,), int
        Which rows belong together; -1 for none.
    """

    kind: str
    severity: str
    message: str
    n: int
    rows: np.ndarray
    scores: np.ndarray
    notes: tuple[str, ...]
    groups: np.ndarray


def flag(
    kind: str,
    severity: str,
    message: str,
    rows: ArrayLike = (),
    *,
    scores: ArrayLike = 0.0,
    notes: str | Sequence[str] = "",
    groups: ArrayLike = -1,
    n: int | None = None,
) -> Finding:
    """Make a finding about rows, in any order, or without rows about the data as a whole.

    Parameters
    ----------
    kind, severity, message : str
        As for `Finding`.
    rows : array-like of int
        Positions; scores, notes and groups are in their order.
    scores, groups : array-like, optional
        One for all rows, or one for each.
    notes : str or sequence of str, optional
        The same.
    n : int, optional
        What the message counts, if it is not rows.

    Examples
    --------
    >>> flag("empty", "warning", "Empty texts: 2.", [3, 1]).rows.tolist()
    [1, 3]
    """
    places = np.asarray(rows, dtype=np.int64)
    order = np.argsort(places, kind="stable")
    said = [notes] * len(places) if isinstance(notes, str) else list(notes)
    return Finding(
        kind=kind,
        severity=severity,
        message=message,
        n=len(places) if n is None else n,
        rows=places[order],
        scores=np.broadcast_to(np.asarray(scores, dtype=np.float64), places.shape)[order],
        notes=tuple(said[position] for position in order),
        groups=np.broadcast_to(np.asarray(groups, dtype=np.int64), places.shape)[order],
    )


@dataclass(frozen=True, eq=False)
class RowIssues:
    """Issues found in single rows and in the data as a whole.

    Parameters
    ----------
    row_ids : ndarray of shape (n,)
        Ids of the rows.
    findings : tuple of Finding
        The most severe first.

    Examples
    --------
    >>> found = flag("near_duplicate", "info", "Alike: 2.", [0, 2], groups=0)
    >>> RowIssues(np.arange(3), (found,)).badges()
    {0: ['near duplicate'], 2: ['near duplicate']}
    """

    row_ids: np.ndarray
    findings: tuple[Finding, ...]

    def __len__(self) -> int:
        return len(self.row_ids)

    def __repr__(self) -> str:
        kinds = ", ".join(f"{found.kind}: {found.n}" for found in self.findings)
        return f"RowIssues({counted(len(self), 'row')}; {kinds or 'nothing found'})"

    def rows(self, kind: str) -> np.ndarray:
        """Return the rows that have an issue of a kind.

        Parameters
        ----------
        kind : str
            For instance ``"near_duplicate"``.

        Returns
        -------
        ndarray of shape (r,), int
            Positions, ascending.
        """
        parts = [found.rows for found in self.findings if found.kind == kind]
        return np.unique(np.concatenate([np.empty(0, dtype=np.int64), *parts]))

    def badges(self) -> dict[int, list[str]]:
        """Return the kinds of issue of each row that has any.

        Returns
        -------
        dict of int to list of str
            Positions, ascending, to kinds in words.
        """
        badges: dict[int, list[str]] = {}
        for found in self.findings:
            for row in found.rows.tolist():
                badges.setdefault(row, []).append(found.kind.replace("_", " "))
        return dict(sorted(badges.items()))

    def groups(self) -> dict[int, int]:
        """Return the group of each row that is a copy or near copy.

        Returns
        -------
        dict of int to int
            Positions, ascending, to the number of the group.
        """
        pairs = [
            (row, group)
            for found in self.findings
            for row, group in zip(found.rows.tolist(), found.groups.tolist(), strict=True)
        ]
        return dict(sorted((row, group) for row, group in pairs if group >= 0))

    def alerts(self) -> list[dict[str, object]]:
        """Return one alert for each finding.

        Returns
        -------
        list of dict
            With ``severity``, ``kind``, ``message`` and ``n``, the number in the
            message.
        """
        names = ("severity", "kind", "message", "n")
        return [{name: getattr(found, name) for name in names} for found in self.findings]

    def to_frame(self) -> pd.DataFrame:
        """Return a DataFrame with one line per row and finding, the most severe first.

        Returns
        -------
        DataFrame
            Columns ``row_id``, ``kind``, ``severity``, ``score`` (in [0, 1]; the
            lower, the worse), ``group`` (missing for none) and ``note``.
        """
        parts = [self._part(found) for found in self.findings if len(found.rows)]
        if not parts:
            parts = [self._part(flag("", "info", ""))]
        return pd.concat(parts, ignore_index=True)

    def _part(self, found: Finding) -> pd.DataFrame:
        groups = pd.array(found.groups, dtype="Int64")
        groups[found.groups < 0] = pd.NA
        columns = {
            "row_id": self.row_ids[found.rows],
            "kind": found.kind,
            "severity": found.severity,
            "score": found.scores,
            "group": groups,
            "note": list(found.notes),
        }
        return pd.DataFrame(columns)
