"""Rows with numbers that are missing or infinite."""

from __future__ import annotations

import numpy as np

from keraswrap.issues.rows._results import Finding, flag


def find_missing(missing: np.ndarray) -> list[Finding]:
    """Find rows in which a number is missing or infinite.

    Parameters
    ----------
    missing : ndarray of shape (n,), bool

    Returns
    -------
    list of Finding
        Kind ``"missing"``.

    Examples
    --------
    >>> find_missing(np.array([False, True]))[0].rows.tolist()
    [1]
    """
    rows = np.flatnonzero(missing)
    message = f"Rows with missing or infinite numbers: {len(rows):,}."
    return [flag("missing", "warning", message, rows)] if len(rows) else []
