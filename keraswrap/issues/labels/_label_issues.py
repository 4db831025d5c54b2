"""Hold each row's label and what out-of-sample probabilities imply about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from keraswrap._data import align, as_inputs, check_order
from keraswrap.exceptions import InputTypeError


@dataclass(frozen=True, eq=False)
class LabelIssues:
    """An immutable table of each row's label, a suggested label, and whether it is an issue.

    Parameters
    ----------
    row_ids : ndarray of shape (n,)
        Ids of the rows: the index of a DataFrame, else 0 to n - 1.
    given : ndarray of shape (n,)
        The given labels.
    suggested : ndarray of shape (n,)
        The most probable class of each row.
    quality : ndarray of shape (n,), float64
        In [0, 1]; the lower, the more likely the label is wrong.
    is_issue : ndarray of shape (n,), bool
        Whether the label is probably wrong.
    classes : ndarray of shape (k,)
        Sorted.
    proba : ndarray of shape (n, k)
        Probabilities from fits that have not seen the row.
    scores : dict of str to ndarray of shape (n,)
        Further quality scores of the labels.
    agreement : ndarray of shape (n,), optional
        Share, in [0, 1], of each row's predictions that agree with `suggested`, if
        there is more than one.
    provenance : dict
        How the result was computed, as JSON-compatible values: ``source``
        (``"cross-validation"``, ``"views"``, ``"search"`` or ``"given"``), ``out_of_sample`` (True,
        or None if unspecified), ``data_hash``, ``model``, ``folds``, ``fits``,
        ``seconds``, ``seed``, ``score``, ``versions``; and ``copies``, if they were
        looked for: the number of ``groups`` and ``rows``, and how many of them were
        split between folds, ``apart`` and ``rows_apart`` (None if unknown).
    views : DataFrame, optional
        The views that were weighed together, indexed by name: ``weight``, a view's share
        in the result, which is about 0 for a useless one; ``log_loss`` of the labels by
        the view alone; ``agreement``, the share of labels that are its most probable class. How
        sure a view is of each label is in `scores`, such as ``"view words"``.

    Examples
    --------
    >>> from keraswrap.issues import find_label_issues
    >>> proba = [[0.9, 0.1], [0.2, 0.8], [0.95, 0.05]]
    >>> found = find_label_issues(proba, y=["no", "yes", "yes"], out_of_sample=True)
    >>> found.suggested.tolist()
    ['no', 'yes', 'no']
    """

    row_ids: np.ndarray
    given: np.ndarray
    suggested: np.ndarray
    quality: np.ndarray
    is_issue: np.ndarray
    classes: np.ndarray
    proba: np.ndarray
    scores: Mapping[str, np.ndarray] = field(default_factory=dict)
    agreement: np.ndarray | None = None
    provenance: Mapping[str, object] = field(default_factory=dict)
    views: pd.DataFrame | None = None

    def __len__(self) -> int:
        return len(self.given)

    def __repr__(self) -> str:
        return f"LabelIssues({self.n_issues} of {len(self)} labels, {len(self.classes)} classes)"

    @property
    def n_issues(self) -> int:
        """Number of labels that are probably wrong."""
        return int(self.is_issue.sum())

    @property
    def codes(self) -> np.ndarray:
        """Indices of the given labels in `classes`, of shape (n,)."""
        return np.searchsorted(self.classes, self.given)

    def ranking(self) -> np.ndarray:
        """Return the positions of all rows, those to look at first at the front.

        Returns
        -------
        ndarray of shape (n,), int
            By quality; ties are in the order of the rows.
        """
        return np.argsort(self.quality, kind="stable")

    def worst(self, n: int = 10) -> pd.DataFrame:
        """Return the rows to look at first, as `to_frame` does.

        Parameters
        ----------
        n : int, default=10
            Maximum number of rows.

        Returns
        -------
        DataFrame of shape (n, ...)
            With the columns of `to_frame`, the worst row first.
        """
        return self.to_frame().iloc[self.ranking()[:n]]

    def to_frame(self) -> pd.DataFrame:
        """Return a DataFrame in the order of the rows, indexed by their ids.

        Returns
        -------
        DataFrame
            Columns ``given_label``, ``suggested_label``, ``quality``,
            ``is_issue``, ``agreement`` if available, and one for each of `scores`.
        """
        columns = {
            "given_label": self.given,
            "suggested_label": self.suggested,
            "quality": self.quality,
            "is_issue": self.is_issue,
        }
        known = {} if self.agreement is None else {"agreement": self.agreement}
        index = pd.Index(self.row_ids, name="row_id")
        return pd.DataFrame({**columns, **known, **self.scores}, index=index)


def check_issues(issues: object) -> None:
    """Raise InputTypeError unless these are label issues."""
    if not isinstance(issues, LabelIssues):
        raise InputTypeError(
            f"Expected issues from find_label_issues, got {type(issues).__name__}. Pass its result "
            "unchanged."
        )


# What an error calls the rows of issues: an expression that shows the user their index.
_ROWS = "issues.to_frame()"


def align_rows(issues: LabelIssues, X: object, name: str = "X") -> object:
    """Reorder rows to match issues, where both have the same index.

    Inputs in a list come back as a dict.

    Raises
    ------
    InputError
        If it is not clear which row is which.
    """
    return align({_ROWS: _rows_of(issues), name: as_inputs(X, len(issues))})[name]


def check_rows_of(issues: LabelIssues, given: Mapping[str, object]) -> None:
    """Raise InputError where an index shows that rows are in another order than issues."""
    rows = _rows_of(issues)
    for name, data in given.items():
        check_order({_ROWS: rows, name: data})


def _rows_of(issues: LabelIssues) -> pd.DataFrame:
    return pd.DataFrame(index=pd.Index(issues.row_ids))
