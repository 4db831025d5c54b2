"""How far annotators agree: votes, majority and Krippendorff's alpha. Pure."""

from __future__ import annotations

import numpy as np

__all__ = ["count_votes", "krippendorff_alpha", "majority_vote", "mutual_agreement"]


def count_votes(codes: np.ndarray, n_classes: int) -> np.ndarray:
    """Count the labels of each class that each row has.

    Parameters
    ----------
    codes : ndarray of shape (n, m), int
        Class index of each annotator's label; -1 if there is none.

    Returns
    -------
    ndarray of shape (n, k), int

    Examples
    --------
    >>> count_votes(np.array([[0, 1, 1], [2, -1, -1]]), 3).tolist()
    [[1, 2, 0], [0, 0, 1]]
    """
    votes = np.zeros((len(codes), n_classes), dtype=np.int64)
    for column in codes.T:
        rows = np.flatnonzero(column >= 0)
        votes[rows, column[rows]] += 1
    return votes


def mutual_agreement(codes: np.ndarray, votes: np.ndarray) -> np.ndarray:
    """Return the share of the others' labels that equal an annotator's own.

    Parameters
    ----------
    codes : ndarray of shape (n, m), int
    votes : ndarray of shape (n, k), int
        As `count_votes` gives them.

    Returns
    -------
    ndarray of shape (m,)
        In [0, 1]; NaN if nobody else labeled any of the annotator's rows.

    Examples
    --------
    >>> codes = np.array([[0, 0, 1], [1, 1, 1]])
    >>> mutual_agreement(codes, count_votes(codes, 2)).tolist()
    [0.75, 0.75, 0.5]
    """
    others = votes.sum(axis=1) - 1
    shares = np.full(codes.shape[1], np.nan)
    for annotator, column in enumerate(codes.T):
        rows = np.flatnonzero(column >= 0)
        if others[rows].sum():
            same = votes[rows, column[rows]] - 1
            shares[annotator] = same.sum() / others[rows].sum()
    return shares


def majority_vote(codes: np.ndarray, votes: np.ndarray) -> np.ndarray:
    """Return the class with the most votes.

    Of classes with as many votes, the one named by the annotators who agree
    more with the others; then the first. Nothing is drawn at random.

    Parameters
    ----------
    codes : ndarray of shape (n, m), int
    votes : ndarray of shape (n, k), int

    Returns
    -------
    ndarray of shape (n,), int
        -1 for rows without a label.

    Examples
    --------
    >>> codes = np.array([[0, 1, 1], [0, 0, 0], [1, 0, -1]])
    >>> majority_vote(codes, count_votes(codes, 2)).tolist()
    [1, 0, 0]
    """
    trust = np.nan_to_num(mutual_agreement(codes, votes))
    weights = np.zeros(votes.shape)
    for column, weight in zip(codes.T, trust, strict=True):
        rows = np.flatnonzero(column >= 0)
        weights[rows, column[rows]] += weight
    # Rounded, so that the order of the annotators cannot decide.
    first = np.where(votes == votes.max(axis=1, keepdims=True), weights.round(9), -1.0)
    return np.where(votes.any(axis=1), first.argmax(axis=1), -1)


def krippendorff_alpha(votes: np.ndarray) -> float:
    """Measure agreement beyond chance, for any number of annotators and gaps.

    Parameters
    ----------
    votes : ndarray of shape (n, k), int
        As `count_votes` gives them. Rows with fewer than two labels say nothing.

    Returns
    -------
    float
        At most 1, where all agree; 0 is what chance gives. NaN where fewer than
        two classes were named, or no row has two labels.

    Notes
    -----
    Krippendorff's alpha for nominal data, from "Computing Krippendorff's
    Alpha-Reliability" (2011): 1 - (n - 1) * sum_u(n_u^2 - sum_c n_uc^2) / (n_u - 1)
    / (n^2 - sum_c n_c^2), with n_uc the labels c of row u. The published package
    is under the GPL, and so is not used here.

    Examples
    --------
    >>> krippendorff_alpha(np.array([[2, 0], [0, 2]]))
    1.0
    """
    paired = votes[votes.sum(axis=1) >= 2].astype(np.float64)
    sizes, totals = paired.sum(axis=1), paired.sum(axis=0)
    n = totals.sum()
    expected = n**2 - (totals**2).sum()
    if not expected:
        return float("nan")
    observed = ((sizes**2 - (paired**2).sum(axis=1)) / (sizes - 1)).sum()
    return float(1 - (n - 1) * observed / expected)
