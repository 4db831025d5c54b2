"""Which new rows may be tested on, which may be trained on, and which are labeled. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.utils import _safe_indexing

from keraswrap.exceptions import InputError
from keraswrap.issues import find_copies
from keraswrap.issues.rows._content import read_content
from keraswrap.issues.rows._kinds.leaks import find_leaks
from keraswrap.issues.rows._parts import Parts
from keraswrap.retraining._row_keys import hash_rows, places_of, row_keys

__all__ = ["RowParts", "copies_of", "split_rows"]


@dataclass(frozen=True, eq=False)
class RowParts:
    """New rows by their part. Each row's part depends on what it holds and on the seed alone.

    Parameters
    ----------
    names : list of str, of length n
        A name of each row, by its content.
    draw : ndarray of int
        Positions of the rows that may be tested on, in the order in which they are to be
        labeled; a (near) copy of an earlier one is left out.
    pool : ndarray of int
        Positions of the rows that may be trained on, in random order.
    known : int
        Number of rows that are (near) copies of old rows, so that they are in neither part.
    near_test : int
        Number of rows left out of `pool` as (near) copies of rows in `draw`.
    """

    names: list[str]
    draw: np.ndarray
    pool: np.ndarray
    known: int
    near_test: int

    def test_rows(self, told: np.ndarray) -> np.ndarray:
        """Return the rows to test on: those drawn before the first that nobody looked at.

        Were hard rows left out, those that are labeled would be no random sample.

        Parameters
        ----------
        told : ndarray of shape (n,), bool
            Rows that have a label, or that people could give none.
        """
        return self.draw[np.cumsum(~told[self.draw]) == 0]


def split_rows(X_new: object, X_old: object, test_share: float, seed: int) -> RowParts:
    """Divide new rows into those to test on and those to train on.

    Parameters
    ----------
    X_new, X_old : list, array, Series or DataFrame
    test_share : float in (0, 1)
        Expected share of new rows to test on.
    seed : int

    Examples
    --------
    >>> texts = [f"{word} it" for word in "sell buy find lose keep drop".split()]
    >>> parts = split_rows(texts, ["keep it!"], 0.5, seed=0)
    >>> sorted([*parts.draw.tolist(), *parts.pool.tolist()]), parts.known
    ([0, 1, 2, 3, 5], 1)
    """
    names = hash_rows(row_keys(X_new), seed)
    places = places_of(names)
    order = np.argsort(places, kind="stable")
    _, first = np.unique(places[order], return_index=True)
    order = order[np.sort(first)]  # a copy is one row, wherever it comes from
    known = copies_of(X_new, X_old)
    order = order[~known[order]]
    pool = order[places[order] >= test_share]
    draw = _distinct(X_new, order[places[order] < test_share])
    if len(draw) and len(pool):
        near = copies_of(_safe_indexing(X_new, pool), _safe_indexing(X_new, draw))
        return RowParts(names, draw, pool[~near], int(known.sum()), int(near.sum()))
    return RowParts(names, draw, pool, int(known.sum()), 0)


def copies_of(X: object, others: object) -> np.ndarray:
    """Return which rows are exact or near copies of some others.

    Raises
    ------
    InputError
        If the columns differ.

    Examples
    --------
    >>> copies_of(["It works great", "no"], ["it works great!!", "yes"]).tolist()
    [True, False]
    """
    content = read_content(X)
    held = read_content(others, like=content)
    if (content.texts is None) != (held.texts is None):
        raise InputError("Expected old and new rows of one kind, got texts and numbers.")
    parts = Parts(content, None, None, None, None, held, {})
    if parts.rows is None or parts.test is None:
        return np.zeros(content.n, bool)
    nearness = {} if content.has_distances else {"nearness": 0.0}
    found = np.zeros(content.n, bool)
    for finding in find_leaks(parts.rows, parts.test, **nearness):
        found[finding.rows] = True
    return found


def _distinct(X: object, rows: np.ndarray) -> np.ndarray:
    """Return rows without (near) copies of earlier ones: each of these would count twice."""
    codes = find_copies(_safe_indexing(X, rows)) if len(rows) else np.empty(0, np.int64)
    _, first = np.unique(np.where(codes < 0, -1 - np.arange(len(rows)), codes), return_index=True)
    return rows[np.sort(first)]
