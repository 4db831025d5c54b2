"""Find which annotators err together, and so share a vote. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

__all__ = ["find_families", "shared_errors"]

# Annotators are a family if they make more than this share of their mistakes together.
_SHARED = 0.5
# Fewer mistakes by two annotators together show nothing.
_FEWEST = 10


def shared_errors(answers: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return the share of two annotators' mistakes that both make, with the same label.

    Parameters
    ----------
    answers : ndarray of shape (n, m), int
        Index of each annotator's class; -1 if there is none.
    truth : ndarray of shape (n,), int

    Returns
    -------
    ndarray of shape (m, m)
        In [0, 1], 1 on the diagonal; NaN where there are fewer than 10 mistakes on rows
        that both answered.

    Examples
    --------
    >>> truth = np.zeros(20, int)
    >>> answers = np.stack([truth + 1, truth + 1, truth + np.arange(20) % 2], axis=1)
    >>> shared_errors(answers, truth)[0].tolist()
    [1.0, 1.0, 0.5]
    """
    wrong = (answers >= 0) & (answers != truth[:, None])
    there = answers >= 0
    m = answers.shape[1]
    shares = np.eye(m)
    for a in range(m):
        for b in range(a):
            both = there[:, a] & there[:, b]
            either = int((both & (wrong[:, a] | wrong[:, b])).sum())
            same = int((both & wrong[:, a] & (answers[:, a] == answers[:, b])).sum())
            shares[a, b] = shares[b, a] = same / either if either >= _FEWEST else np.nan
    return shares


def find_families(known: Sequence[Hashable], shares: np.ndarray | None) -> np.ndarray:
    """Return the number of each annotator's family.

    Parameters
    ----------
    known : sequence of hashable of length m
        What makes annotators a family whatever they answer: one language model.
    shares : ndarray of shape (m, m), optional
        As from `shared_errors`. Annotators are joined if, on average over the members
        of two families, they make more than half of their mistakes together.

    Returns
    -------
    ndarray of shape (m,), int
        Numbered from 0 in the order of the annotators.

    Examples
    --------
    >>> shares = np.array([[1, 0.8, 0.1], [0.8, 1, 0.1], [0.1, 0.1, 1]])
    >>> find_families(["a", "b", "c"], shares).tolist()
    [0, 0, 1]
    """
    numbers = {key: number for number, key in enumerate(dict.fromkeys(known))}
    families = np.array([numbers[key] for key in known])
    while shares is not None:
        pair = _closest(families, shares)
        if pair is None:
            break
        families[families == pair[1]] = pair[0]
    return np.unique(families, return_inverse=True)[1]


def _closest(families: np.ndarray, shares: np.ndarray) -> tuple[int, int] | None:
    """Return the two families with the largest share of common mistakes, if it is above half."""
    best, pair = _SHARED, None
    names = np.unique(families).tolist()
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            block = shares[np.ix_(families == one, families == other)]
            share = -1.0 if np.isnan(block).all() else float(np.nanmean(block))
            if share > best:
                best, pair = share, (one, other)
    return pair
