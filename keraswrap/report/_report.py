"""Hold a report in one object, which returns it as a dict, page or text, and saves it."""

from __future__ import annotations

import html
import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

import pandas as pd

from keraswrap._settings import change_settings
from keraswrap._tables import check_new, new_file, write_table
from keraswrap._wording import counted
from keraswrap.issues import LabelIssues, ReviewEstimate, ReviewPlan, RowIssues
from keraswrap.issues.labels._label_issues import align_rows, check_issues, check_rows_of
from keraswrap.report._aids import find_aids
from keraswrap.report._details import add_details, read_details
from keraswrap.report._neighbors import add_neighbors
from keraswrap.report._notes import RowNotes, read_notes
from keraswrap.report._page import render_html
from keraswrap.report._plots import save_plots
from keraswrap.report._rows import check_length
from keraswrap.report._settings import ReportSettings
from keraswrap.report._summary import Additions, summarize
from keraswrap.report._text import render_text
from keraswrap.report._types import Summary

__all__ = ["LabelReport", "make_report"]

_NOTEBOOK_ROWS = 200


class LabelReport:
    """A report of label issues to read and decide in.

    Created by `make_report`. In a notebook it displays itself with the 200 most
    suspicious rows. Autosave is off there, so export your decisions before you close
    the page.

    Parameters
    ----------
    issues : LabelIssues
    X : rows, optional
    additions : Additions, optional
    **limits : int
        As for `summarize`.

    Attributes
    ----------
    summary : dict
        The content of the report, as JSON-compatible values.
    """

    def __init__(
        self,
        issues: LabelIssues,
        X: object = None,
        additions: Additions | None = None,
        **limits: int,
    ) -> None:
        self.issues = issues
        self._X = X
        self._additions = additions or Additions()
        self.summary: Summary = summarize(issues, X, self._additions, **limits)

    def __repr__(self) -> str:
        facts = self.summary["facts"]
        return f"LabelReport({facts['issues']:,} of {counted(facts['rows'], 'label')} suspected)"

    @property
    def details(self) -> pd.DataFrame | None:
        """The user's own columns, in the order of the rows."""
        details = self._additions.details
        return None if details is None else details.frame

    def to_html(self) -> str:
        """Return the report as one HTML page that needs no server and no network.

        Returns
        -------
        str
        """
        return render_html(self.summary)

    def to_text(self, rows: int = 10) -> str:
        """Return the report as plain text.

        Parameters
        ----------
        rows : int, default=10
            Number of the most suspicious rows to show.

        Returns
        -------
        str
        """
        return render_text(self.summary, rows)

    def save(self, path: str | os.PathLike[str], overwrite: bool = False) -> list[Path]:
        """Write the page, and a CSV of all rows beside it if the page cannot hold them.

        Parameters
        ----------
        path : path
            For instance ``"report.html"``; the CSV is then ``report.csv``. Its folder
            must exist.
        overwrite : bool, default=False
            Whether existing files may be overwritten.

        Returns
        -------
        list of Path
            The files written.

        Raises
        ------
        InputError
            If a file exists and `overwrite` is False; nothing is written then.
        StorageError
            If the folder cannot be written.
        """
        page, rows = Path(path), Path(path).with_suffix(".csv")
        paths = [page] if self.summary["worklist"]["complete"] else [page, rows]
        for each in paths:
            check_new(each, overwrite)
        if rows in paths:
            table = add_details(
                self.issues.worst(len(self.issues)).reset_index(),
                self.details,
                self.issues.ranking(),
            )
            write_table(table, rows, overwrite=overwrite, spreadsheet=True)
        with new_file(page, overwrite) as draft:
            draft.write_text(self.to_html(), encoding="utf-8")
        return paths

    def save_plots(self, folder: str | os.PathLike[str], overwrite: bool = False) -> list[Path]:
        """Save plots of noise, calibration, quality scores and the gain from reviewing as PNG.

        Parameters
        ----------
        folder : path
            Created if it does not exist; its parent must exist.
        overwrite : bool, default=False
            Whether existing files may be overwritten.

        Returns
        -------
        list of Path
            The files written.

        Raises
        ------
        InputError
            If a file exists and `overwrite` is False, or `folder` is a file; nothing is
            written then.
        MissingExtraError
            If matplotlib is not installed (extra ``plots``).
        StorageError
            If the folder cannot be created or written.
        """
        return save_plots(self.summary, folder, overwrite)

    def _repr_html_(self) -> str:
        # An iframe keeps the page's style and script apart from the notebook's.
        return (
            '<iframe title="Label issues" sandbox="allow-scripts allow-downloads" '
            'style="width:100%;height:48rem;border:1px solid #8888;border-radius:8px" '
            f'srcdoc="{html.escape(self._notebook_page)}"></iframe>'
        )

    @cached_property
    def _notebook_page(self) -> str:
        few = summarize(self.issues, self._X, self._additions, max_rows=_NOTEBOOK_ROWS)
        return render_html(few)


def make_report(
    issues: LabelIssues,
    X: object = None,
    *,
    rows: RowIssues | RowNotes | Mapping[int, Sequence[str]] | None = None,
    annotators: object = None,
    refit: Summary | None = None,
    details: object = None,
    review: ReviewPlan | ReviewEstimate | None = None,
    settings: ReportSettings | None = None,
    **changes: object,
) -> LabelReport:
    """Make a report of label issues to read and decide in.

    Its page lists the rows, the most suspicious first, each with its text, its label,
    the suggested label and the reason. Single keys accept, keep or change labels; the
    browser stores the decisions and exports them for
    `keraswrap.issues.apply_corrections`. Texts are displayed, never executed.

    Parameters
    ----------
    issues : LabelIssues
        The result of `find_label_issues`.
    X : list, array, Series, DataFrame, dict of arrays or dataset, optional
        The rows, in the order of `issues`; a DataFrame or Series with the same index in
        another order is reordered. Without X, cards show no text.
    rows : RowIssues, RowNotes or mapping of int to list of str, optional
        Information about rows besides their labels: badges and groups of
        near-duplicates, by position.
    annotators : Consensus or DataFrame, optional
        Annotators, one per row, and what is known about them.
    refit : mapping, optional
        Result of a refit, as returned by `keraswrap.issues.compare_refit`: ``before``
        and ``after``, the scores on test rows with labels as given and as corrected;
        optionally ``random``, with as many rows pruned at random, ``interval`` (low,
        high) of the paired difference, ``n_test``, ``n_changed``, ``metric`` and
        ``strategy``.
    details : DataFrame or mapping of str to array-like of shape (n,), optional
        Your own columns, such as a source or a date, in the order of `issues`: shown on
        the cards and exported with the decisions.
    review : ReviewPlan or ReviewEstimate, optional
        Rows to judge first, as `keraswrap.issues.review_plan` draws them, or what
        judged ones imply. By default a plan of 30 rows.
    settings : ReportSettings, optional
        How the issues are presented: title, id column, neighbors and vectors.
    **changes : object
        Single settings by name, such as ``title="Reviews"``; they take precedence over
        those of `settings`.

    Returns
    -------
    LabelReport

    Raises
    ------
    InputError
        If X, `rows`, `neighbors`, `vectors` or `details` do not have as many rows as
        `issues`.
    InputTypeError
        If X cannot be indexed by position, or issues or settings have another type.
    ParameterError
        If a setting is unknown, or `refit` or `neighbors` is invalid.

    Examples
    --------
    >>> from keraswrap.issues import find_label_issues
    >>> proba = [[0.9, 0.1]] * 9 + [[0.1, 0.9]] * 10
    >>> issues = find_label_issues(proba, y=["bad"] * 8 + ["good"] * 11, out_of_sample=True)
    >>> make_report(issues, [f"text {i}" for i in range(19)])
    LabelReport(1 of 19 labels suspected)
    """
    settings = change_settings(settings, changes, ReportSettings, "make_report")
    check_issues(issues)
    if X is not None:
        X = align_rows(issues, X)
        check_length(X, len(issues))
    if isinstance(rows, RowIssues):
        check_rows_of(issues, {"rows.to_frame()": pd.Series(rows.row_ids, rows.row_ids)})
    if not isinstance(annotators, pd.DataFrame):  # which may have a column of that name
        annotators = getattr(annotators, "annotators", annotators)
    notes = add_neighbors(read_notes(rows, len(issues)), settings.neighbors, issues, X)
    details = align_rows(issues, details, "details")
    additions = Additions(
        title=settings.title,
        notes=notes,
        annotators=annotators,
        refit=refit,
        details=read_details(details, settings.id_column, len(issues)),
        aids=find_aids(issues, X, settings.vectors),
        review=review,
    )
    return LabelReport(issues, X, additions)
