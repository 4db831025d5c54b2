"""One object that holds a report: as a dict, a page, plain text, a file."""

from __future__ import annotations

import html
import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from keraswrap._tables import check_new, new_file, write_table
from keraswrap.issues import LabelIssues, RowIssues
from keraswrap.issues.labels._label_issues import align_rows, check_issues, check_rows_of
from keraswrap.report._details import add_details, read_details
from keraswrap.report._neighbors import add_neighbors
from keraswrap.report._notes import read_notes
from keraswrap.report._page import render_html
from keraswrap.report._plots import save_plots
from keraswrap.report._rows import check_length
from keraswrap.report._summary import summarize
from keraswrap.report._text import render_text

__all__ = ["LabelReport", "make_report"]

_NOTEBOOK_ROWS = 200


class LabelReport:
    """Label issues, ready to be read and worked on.

    Made by `make_report`. In a notebook it shows itself, with the 200 most
    suspicious rows; a browser's autosave is off there, so export before the
    page is closed.

    Parameters
    ----------
    issues : LabelIssues
    X : rows, optional
    **told : object
        What else `summarize` takes.

    Attributes
    ----------
    summary : dict
        All that the report says, as JSON can hold it.
    """

    def __init__(self, issues: LabelIssues, X: Any = None, **told: Any) -> None:
        self.issues = issues
        self._X = X
        self._told = told
        self.summary: dict[str, Any] = summarize(issues, X, **told)

    def __repr__(self) -> str:
        facts = self.summary["facts"]
        return f"LabelReport({facts['issues']:,} of {facts['rows']:,} labels suspected)"

    @property
    def details(self) -> pd.DataFrame | None:
        """Columns of the user's own, in the order of the rows."""
        return self._told.get("details")

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
            How many of the most suspicious rows are shown.

        Returns
        -------
        str
        """
        return render_text(self.summary, rows)

    def save(self, path: str | os.PathLike[str], overwrite: bool = False) -> list[Path]:
        """Write the page, and beside it, where it cannot hold every row, a CSV of all.

        Parameters
        ----------
        path : path
            For instance ``"report.html"``; the CSV is ``report.csv`` then. The
            folder that it lies in must be there.
        overwrite : bool, default=False
            Whether files that are there may be written over.

        Returns
        -------
        list of Path
            What was written.

        Raises
        ------
        InputError
            If a file is there and `overwrite` is False; nothing is written then.
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
        """Draw the noise heatmap, calibration, qualities and the gain of reviewing as PNG.

        Parameters
        ----------
        folder : path
            Made if it is not there; the folder that it lies in must be.
        overwrite : bool, default=False
            Whether files that are there may be written over.

        Returns
        -------
        list of Path
            What was written.

        Raises
        ------
        InputError
            If a file is there and `overwrite` is False, or `folder` is a file;
            nothing is written then.
        MissingExtraError
            If matplotlib is not installed (extra ``plots``).
        StorageError
            If the folder cannot be made or written.
        """
        return save_plots(self.summary, folder, overwrite)

    def _repr_html_(self) -> str:
        # A frame of its own: neither the page's style nor its script meets the notebook's.
        return (
            '<iframe title="Label issues" sandbox="allow-scripts allow-downloads" '
            'style="width:100%;height:48rem;border:1px solid #8888;border-radius:8px" '
            f'srcdoc="{html.escape(self._notebook_page)}"></iframe>'
        )

    @cached_property
    def _notebook_page(self) -> str:
        return render_html(summarize(self.issues, self._X, **self._told, max_rows=_NOTEBOOK_ROWS))


def make_report(
    issues: LabelIssues,
    X: Any = None,
    *,
    rows: Any = None,
    neighbors: Any = "words",
    annotators: Any = None,
    refit: Mapping[str, Any] | None = None,
    title: str | None = None,
    details: Any = None,
    id_column: str | None = None,
) -> LabelReport:
    """Make a report of label issues that a person can work in.

    Its page lists the rows, the most suspicious first, each with its text, the
    label it has, the one suggested and why. Labels are accepted, kept or
    changed with single keys; the browser keeps what was decided and exports it
    for `keraswrap.issues.apply_corrections`. Texts are shown, never run.

    Parameters
    ----------
    issues : LabelIssues
        As `find_label_issues` gives it.
    X : list, array, Series, DataFrame, dict of arrays or dataset, optional
        The rows, in the order of `issues`; a frame or series with the same index
        in another order is put in it. Without it, cards show no text.
    rows : RowIssues, RowNotes or mapping of int to list of str, optional
        What is known of rows beside their labels: badges and groups of
        near-duplicates, by position.
    neighbors : "words", array of shape (n, m), mapping or None, default="words"
        Positions of the rows most like each, the nearest first: they show what
        a label rests on. By default, of texts, those with the most words in
        common, for the 1,000 worst of up to 50,000 rows.
    annotators : Consensus or DataFrame, optional
        Annotators, one in a row, and what is known of them.
    refit : mapping, optional
        What became of a refit, as `keraswrap.issues.compare_refit` says it:
        ``before`` and ``after``, the score on test rows with labels as given
        and as corrected; if known ``random``, with as many rows pruned at
        random, ``interval`` (low, high) of the paired difference, ``n_test``,
        ``n_changed``, ``metric`` and ``strategy``.
    title : str, optional
        ``"Label issues"`` by default.
    details : DataFrame or mapping of str to array-like of shape (n,), optional
        Columns of your own, such as a source or a date, in the order of
        `issues`: shown on the cards, and exported with the decisions.
    id_column : str, optional
        The column of `details` by which you know the rows. It stands first.

    Returns
    -------
    LabelReport

    Raises
    ------
    InputError
        If X, `rows`, `neighbors` or `details` have another number of rows than
        `issues`.
    InputTypeError
        If rows of X cannot be had by position, or issues are something else.
    ParameterError
        If `refit` or `neighbors` is something else.

    Examples
    --------
    >>> from keraswrap.issues import find_label_issues
    >>> proba = [[0.9, 0.1]] * 9 + [[0.1, 0.9]] * 10
    >>> issues = find_label_issues(proba, y=["bad"] * 8 + ["good"] * 11, out_of_sample=True)
    >>> make_report(issues, [f"text {i}" for i in range(19)])
    LabelReport(1 of 19 labels suspected)
    """
    check_issues(issues)
    if X is not None:
        X = align_rows(issues, X)
        check_length(X, len(issues))
    if isinstance(rows, RowIssues):
        check_rows_of(issues, {"rows.to_frame()": pd.Series(rows.row_ids, rows.row_ids)})
    if not isinstance(annotators, pd.DataFrame):  # which may have a column of that name
        annotators = getattr(annotators, "annotators", annotators)
    notes = add_neighbors(read_notes(rows, len(issues)), neighbors, issues, X)
    told = {"notes": notes, "annotators": annotators, "refit": refit, "title": title}
    details = align_rows(issues, details, "details")
    details = read_details(details, id_column, len(issues))
    told |= {"details": details, "id_column": id_column}
    return LabelReport(issues, X, **told)
