"""List the rows to review, as columns for the page. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import accumulate
from typing import TypeVar

import numpy as np

from keraswrap.issues import LabelIssues
from keraswrap.report._details import Details, show_details
from keraswrap.report._notes import RowNotes
from keraswrap.report._rows import read_texts

__all__ = ["MAX_CHARACTERS", "MAX_ROWS", "build_worklist"]

_T = TypeVar("_T")
# Limits within which a browser opens the page in seconds, with a few hundred MB of memory.
MAX_ROWS, MAX_CHARACTERS = 50_000, 20_000_000
_TOP = 5
_SNIPPET = 160


def build_worklist(
    issues: LabelIssues,
    X: object = None,
    notes: RowNotes | None = None,
    told: tuple[np.ndarray, np.ndarray] | None = None,
    details: Details | None = None,
    max_rows: int = MAX_ROWS,
    max_characters: int = MAX_CHARACTERS,
) -> dict[str, object]:
    """Return the rows, the most suspicious first, as columns of plain values.

    Parameters
    ----------
    issues : LabelIssues
    X : rows, optional
        The rows to show; without them, cards show labels and numbers only.
    notes : RowNotes, optional
    told : tuple of 2 ndarrays, optional
        Probability that each label is wrong, of shape (n,), by default 1 - quality; and
        positions of rows that must be included.
    details : Details, optional
        The user's own columns.
    max_rows, max_characters : int
        Maximum numbers of rows, and of characters of text; the least suspicious
        rows are left out, except those that must be included.

    Returns
    -------
    dict
        Lists of one length (``position``, ``id``, ``given``, ``suggested``,
        ``quality``, ``wrong``, ``issue``, ``text``, ``top``, ``agreement``, ``scores``),
        dicts by place in them (``badges``, ``group``, ``neighbors``),
        ``details`` (names, and such a list for each) or None, and ``complete``:
        whether all rows are included. Classes are given by position;
        ``top`` holds class, per mille, class, per mille and so on.

    Raises
    ------
    InputTypeError
        If rows of X cannot be accessed by position.
    """
    notes = notes or RowNotes()
    order = issues.ranking()[:max_rows]
    texts = None if X is None else read_texts(X, order)
    if texts is not None:
        fitting = sum(total <= max_characters for total in accumulate(map(len, texts)))
        order, texts = order[:fitting], texts[:fitting]
    p_wrong, wanted = (1 - issues.quality, order[:0]) if told is None else told
    more = issues.ranking()[len(order) :]
    more = more[np.isin(more, wanted)]
    order = np.concatenate([order, more])
    texts = None if texts is None else texts + read_texts(X, more)
    places = {int(position): place for place, position in enumerate(order)}
    return {
        "complete": len(order) == len(issues),
        **_columns(issues, order),
        "wrong": _rounded(p_wrong[order]),
        "text": texts,
        "details": show_details(details, order),
        "badges": _by_place(notes.badges, places, lambda badges: [str(b) for b in badges]),
        "group": _by_place(notes.groups, places, str),
        "neighbors": _neighbors(issues, X, notes, places),
    }


def exact(value: object) -> int | str:
    """Return a label or id in a form that JavaScript keeps: a small integer or text.

    Examples
    --------
    >>> exact(np.int64(3)), exact(1.0), exact(2**60), exact(True)
    (3, '1.0', '1152921504606846976', 'True')
    """
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        return int(value) if abs(int(value)) < 2**53 else str(value)
    return str(value)


def _columns(issues: LabelIssues, order: np.ndarray) -> dict[str, object]:
    agreement = issues.agreement
    return {
        "position": order.tolist(),
        "id": [exact(row) for row in issues.row_ids[order]],
        "given": issues.codes[order].tolist(),
        "suggested": np.searchsorted(issues.classes, issues.suggested[order]).tolist(),
        "quality": _rounded(issues.quality[order]),
        "issue": issues.is_issue[order].astype(int).tolist(),
        "top": _top(issues.proba[order], issues.codes[order]),
        "agreement": None if agreement is None else _rounded(agreement[order]),
        "scores": {name: _rounded(score[order]) for name, score in issues.scores.items()},
    }


def _rounded(values: np.ndarray) -> list[float | None]:
    rounded = np.round(np.asarray(values, dtype=float), 4)
    return [value if np.isfinite(value) else None for value in rounded.tolist()]


def _top(proba: np.ndarray, given: np.ndarray) -> list[list[int]]:
    """Return the most probable classes of each row, always including the given one."""
    best = np.argsort(-proba, axis=1, kind="stable")[:, :_TOP]
    missing = ~(best == given[:, None]).any(axis=1)
    best[missing, -1] = given[missing]
    share = np.rint(np.take_along_axis(proba, best, axis=1) * 1000).astype(int)
    return np.stack([best, share], axis=2).reshape(len(best), -1).tolist()


def _by_place(
    values: Mapping[int, _T], places: dict[int, int], form: Callable[[_T], object]
) -> dict[str, object]:
    found = ((places.get(int(position)), value) for position, value in values.items())
    return {str(place): form(value) for place, value in found if place is not None}


def _neighbors(
    issues: LabelIssues, X: object, notes: RowNotes, places: dict[int, int]
) -> dict[str, list[list[object]]]:
    """Return the neighbors' first words and labels, for label issues only."""
    if X is None:
        return {}
    codes = issues.codes
    found = {}
    for position, near in notes.neighbors.items():
        if int(position) in places and issues.is_issue[int(position)]:
            near = [int(other) for other in near if int(other) >= 0]
            starts = [text[:_SNIPPET] for text in read_texts(X, near)]
            labels = codes[near].tolist()
            found[str(places[int(position)])] = [list(p) for p in zip(starts, labels, strict=True)]
    return found
