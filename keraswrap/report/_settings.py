"""Hold the settings of a report."""

from __future__ import annotations

from dataclasses import dataclass

from numpy.typing import ArrayLike
from scipy import sparse

from keraswrap.report._neighbors import Neighbors


@dataclass(frozen=True)
class ReportSettings:
    """How `make_report` presents label issues.

    Use one object if several reports should look the same; for a single report, pass
    the settings to `make_report` by keyword.

    Parameters
    ----------
    title : str, optional
        ``"Label issues"`` by default.
    id_column : str, optional
        The column of `details` that identifies the rows. It is shown first.
    neighbors : "words", array of shape (n, m), mapping or None, default="words"
        Positions of the rows most similar to each, nearest first; they show the basis
        of a suggestion. By default, for texts, those with the most words in common, for
        the 1,000 worst of up to 50,000 rows.

    vectors : array-like or sparse matrix of shape (n, d), optional
        A vector for each row, d ≥ 2, for a map of the rows: two coordinates are taken
        as they are, more are reduced by PCA.

    Examples
    --------
    >>> ReportSettings(title="Reviews").neighbors
    'words'
    """

    title: str | None = None
    id_column: str | None = None
    neighbors: Neighbors = "words"
    vectors: ArrayLike | sparse.spmatrix | None = None
