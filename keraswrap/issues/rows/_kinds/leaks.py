"""Rows that are in the training data and in the test data. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import cast

import numpy as np

from keraswrap._wording import counted
from keraswrap.exceptions import InputError
from keraswrap.issues.rows._groups import Rows, row_keys
from keraswrap.issues.rows._minhash import match_near
from keraswrap.issues.rows._neighbors import Features, find_neighbors
from keraswrap.issues.rows._results import Finding, flag


def find_leaks(
    rows: Rows, test: Rows, *, similarity: float = 0.75, nearness: float = 0.13
) -> list[Finding]:
    """Find training rows that are also in the test data, or nearly.

    What a model does on such test rows says nothing of what it does on others.

    Parameters
    ----------
    rows, test : sequence of str, ndarray of shape (n, d), or sparse matrix
    similarity : float in (0, 1], default=0.75
        Of texts, as for `group_texts`.
    nearness : float, default=0.13
        Of numbers, as for `group_vectors`; 0 finds copies only.

    Returns
    -------
    list of Finding
        Kinds ``"leak"`` and ``"near_leak"``, of training rows. Each note names
        the first test row by its position.

    Raises
    ------
    InputError
        If one holds texts and the other numbers, or other features.

    Examples
    --------
    >>> find_leaks(["good", "bad"], ["Bad!", "new"])[0].notes
    ('test row 0',)
    """
    texts = _check_kinds(rows, test)
    keys, test_keys = row_keys(rows), row_keys(test)
    exact = _match_exact(keys, test_keys)
    known = set(keys) - {""}
    count = sum(key in known for key in test_keys)
    of = f"{count:,} of its {counted(len(test_keys), 'row')}"
    message = f"Rows that are also in the test data: {(exact >= 0).sum():,} ({of})."
    findings = _report("leak", "error", message, exact, np.zeros(len(keys)))
    # Also those with a copy: training rows that are nearly like them stay when copies go.
    asked = np.array([i for i, key in enumerate(test_keys) if key], dtype=int)
    if len(asked):
        near = (
            _near_texts(keys, test_keys, asked, similarity)
            if texts
            else _near_vectors(cast(Features, rows), cast(Features, test)[asked], nearness)
        )
        matches = np.where((exact < 0) & (near[0] >= 0), asked[near[0]], -1)
        message = f"Rows nearly the same as test rows: {(matches >= 0).sum():,}."
        findings += _report("near_leak", "warning", message, matches, 1 - near[1])
    return findings


def _check_kinds(rows: Rows, test: Rows) -> bool:
    shapes = [getattr(part, "shape", (0,))[1:] for part in (rows, test)]
    if shapes[0] != shapes[1]:
        raise InputError(
            "Expected test rows like the training rows, texts or as many features, got shapes "
            f"{shapes[0]} and {shapes[1]} of one row. Pass the same columns of both."
        )
    return not shapes[0]


def _match_exact(keys: Sequence[Hashable], test_keys: Sequence[Hashable]) -> np.ndarray:
    first: dict[Hashable, int] = {}
    for position, key in enumerate(test_keys):
        first.setdefault(key, position)
    return np.array([first.get(key, -1) if key else -1 for key in keys], dtype=np.int64)


def _near_texts(
    keys: list[str], test_keys: list[str], among: np.ndarray, threshold: float
) -> tuple[np.ndarray, np.ndarray]:
    asked = [row for row, key in enumerate(keys) if key]
    matches, similarity = np.full(len(keys), -1), np.zeros(len(keys))
    found = match_near([keys[row] for row in asked], [test_keys[i] for i in among], threshold)
    matches[asked], similarity[asked] = found
    return matches, similarity


def _near_vectors(rows: Features, test: Features, nearness: float) -> tuple[np.ndarray, np.ndarray]:
    if not nearness or rows.shape[0] < 2:
        return np.full(rows.shape[0], -1), np.zeros(rows.shape[0])
    limit = nearness * float(np.median(find_neighbors(rows, k=1).distances))
    found = find_neighbors(test, k=1, of=rows)
    distance, match = found.distances[:, 0], found.indices[:, 0]
    near = distance < limit
    return np.where(near, match, -1), np.where(near, 1 - distance / max(limit, 1e-300), 0.0)


def _report(
    kind: str, severity: str, message: str, matches: np.ndarray, scores: np.ndarray
) -> list[Finding]:
    rows = np.flatnonzero(matches >= 0)
    notes = [f"test row {match}" for match in matches[rows]]
    return (
        [flag(kind, severity, message, rows, scores=scores[rows], notes=notes)] if len(rows) else []
    )
