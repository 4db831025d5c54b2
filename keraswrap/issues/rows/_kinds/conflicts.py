"""Copies with different labels."""

from __future__ import annotations

import numpy as np

from keraswrap._wording import counted
from keraswrap.issues.rows._groups import Groups
from keraswrap.issues.rows._results import Finding, flag


def find_conflicts(groups: Groups, labels: np.ndarray) -> list[Finding]:
    """Find groups of duplicates with more than one label.

    Parameters
    ----------
    labels : ndarray of shape (n,)

    Returns
    -------
    list of Finding
        Kind ``"label_conflict"``: an error in groups where copies of one row
        differ in label, a warning where only near-duplicates do. The score is the share of
        the group that has the row's label.

    Examples
    --------
    >>> from keraswrap.issues.rows._groups import group_texts
    >>> groups = group_texts(["a b", "A b", "c"])
    >>> find_conflicts(groups, np.array(["yes", "no", "no"]))[0].notes
    ('no ×1, yes ×1', 'no ×1, yes ×1')
    """
    found: dict[bool, list[tuple[int, float, str]]] = {True: [], False: []}
    rows = np.flatnonzero(groups.codes >= 0)
    order = rows[np.argsort(groups.codes[rows], kind="stable")]
    starts = np.flatnonzero(np.diff(groups.codes[order], prepend=-1))
    for members in np.split(order, starts[1:]) if len(order) else []:
        names, inverse, counts = np.unique(labels[members], return_inverse=True, return_counts=True)
        if len(names) > 1:
            note = ", ".join(f"{name} ×{n}" for name, n in zip(names, counts, strict=True))
            shares = counts[inverse] / len(members)
            exact = groups.exact[members]
            pairs = set(zip(exact.tolist(), inverse.tolist(), strict=True))
            same = len(pairs) > len(set(exact.tolist()))
            found[same] += [(r, s, note) for r, s in zip(members, shares, strict=True)]
    return [_conflict(found[same], groups, same) for same in (True, False) if found[same]]


def _conflict(found: list[tuple[int, float, str]], groups: Groups, same: bool) -> Finding:
    rows, scores, notes = zip(*found, strict=True)
    codes = groups.codes[list(rows)]
    what = "Copies of one row" if same else "Nearly identical rows"
    n = len(set(codes.tolist()))
    message = (
        f"{what} with different labels: {len(rows):,}, in {counted(n, 'group')}. "
        "No model can tell which label is right: decide it once for each group."
    )
    severity = "error" if same else "warning"
    return flag("label_conflict", severity, message, rows, scores=scores, notes=notes, groups=codes)
