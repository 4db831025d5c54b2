"""Rows in an order that depends on their labels."""

from __future__ import annotations

import numpy as np

from keraswrap.issues.rows._results import Finding, flag

# Fewer rows may be sorted by chance.
_FEW = 10


def find_order(labels: np.ndarray) -> list[Finding]:
    """Find whether the order of the rows depends on their labels.

    Folds that are not shuffled then hold other classes than the rest.

    Parameters
    ----------
    labels : ndarray of shape (n,)

    Returns
    -------
    list of Finding
        Kind ``"label_order"``, without rows: a warning where each class is in
        one piece, else an info where runs of one label are too few for chance.

    Notes
    -----
    The runs test for several classes (Wallis and Roberts, 1956): z below -5,
    and a tenth fewer runs than expected, so that in large data what is real
    but small is let pass.

    Examples
    --------
    >>> find_order(np.repeat(["a", "b"], 20))[0].severity
    'warning'
    """
    _, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    if len(labels) < _FEW or len(counts) < 2 or len(counts) == len(labels):
        return []
    runs = 1 + int((np.diff(codes) != 0).sum())
    expected, z = runs_test(counts, runs)
    if z > -5 or runs > 0.9 * expected:
        return []
    if runs == len(counts):
        message = "Rows are sorted by label: shuffle them, or the folds."
        return [flag("label_order", "warning", message, n=len(labels))]
    message = (
        f"Rows with one label stand together: {runs:,} runs of a label, {expected:,.0f} by "
        "chance. Shuffle the folds; if neighbors belong together, pass groups."
    )
    return [flag("label_order", "info", message, n=len(labels))]


def runs_test(counts: np.ndarray, runs: int) -> tuple[float, float]:
    """Return the expected number of runs of one label, and how far `runs` deviates.

    Returns
    -------
    expected : float
    z : float
        In standard deviations.

    Examples
    --------
    >>> runs_test(np.array([5, 5]), 6)
    (6.0, 0.0)
    """
    counts = counts.astype(np.float64)
    n, squares, cubes = counts.sum(), (counts**2).sum(), (counts**3).sum()
    expected = (n * (n + 1) - squares) / n
    variance = (squares * (squares + n * (n + 1)) - 2 * n * cubes - n**3) / (n**2 * (n - 1))
    return float(expected), float((runs - expected) / np.sqrt(variance)) if variance > 0 else 0.0
