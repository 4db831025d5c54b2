"""Rows between two classes."""

from __future__ import annotations

import numpy as np

from keraswrap.issues.rows._results import Finding, flag


def find_ambiguous(proba: np.ndarray, *, margin: float = 0.1) -> list[Finding]:
    """Find rows whose two most probable classes are about equally probable.

    Parameters
    ----------
    proba : ndarray of shape (n, k)
        k ≥ 2.
    margin : float in (0, 1], default=0.1
        Difference of the two below which a row is between classes. By TF-IDF
        and logistic regression a tenth of the sentences of reviews are; half
        of the predictions for them were wrong.

    Returns
    -------
    list of Finding
        Kind ``"ambiguous"``; the score is the difference over `margin`.

    Examples
    --------
    >>> find_ambiguous(np.array([[0.5, 0.5], [0.9, 0.1]]))[0].rows.tolist()
    [0]
    """
    second, first = np.partition(proba, -2, axis=1)[:, -2:].T
    rows = np.flatnonzero(first - second < margin)
    if not len(rows):
        return []
    scores = np.clip((first - second)[rows] / margin, 0, 1)
    notes = [
        f"{high:.2f} against {low:.2f}" for high, low in zip(first[rows], second[rows], strict=True)
    ]
    message = f"Rows between two classes: {len(rows):,}."
    return [flag("ambiguous", "info", message, rows, scores=scores, notes=notes)]
