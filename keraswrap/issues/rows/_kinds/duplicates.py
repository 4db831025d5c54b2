"""Rows that are in the data more than once."""

from __future__ import annotations

import numpy as np

from keraswrap.issues.rows._groups import Groups
from keraswrap.issues.rows._results import Finding, flag


def find_duplicates(groups: Groups) -> list[Finding]:
    """Find rows that are in the data more than once.

    Returns
    -------
    list of Finding
        Kinds ``"duplicate"`` (the same but for its form) and
        ``"near_duplicate"``; the score is one minus the similarity.

    Examples
    --------
    >>> from keraswrap.issues.rows._groups import group_texts
    >>> [found.kind for found in find_duplicates(group_texts(["a b", "A  b", "c"]))]
    ['duplicate']
    """
    grouped = groups.codes >= 0
    masks = {"duplicate": grouped & groups.copies, "near_duplicate": grouped & ~groups.copies}
    return [
        _report(kind, np.flatnonzero(mask), groups) for kind, mask in masks.items() if mask.any()
    ]


def _report(kind: str, rows: np.ndarray, groups: Groups) -> Finding:
    sizes = np.bincount(groups.codes[groups.codes >= 0])
    codes, alike = groups.codes[rows], groups.similarity[rows]
    notes, what = [f"one of {size}" for size in sizes[codes]], "Rows that are copies of others"
    if kind == "near_duplicate":
        what = "Rows nearly the same as others"
        notes = [f"{note}; similarity {s:.2f}" for note, s in zip(notes, alike, strict=True)]
    message = f"{what}: {len(rows):,}."
    return flag(kind, "info", message, rows, scores=1 - alike, notes=notes, groups=codes)
