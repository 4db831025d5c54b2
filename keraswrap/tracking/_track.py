"""Record a finished search in a registry."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sklearn.base import BaseEstimator

from keraswrap.exceptions import InputError, InputTypeError
from keraswrap.tracking._names import check_name
from keraswrap.tracking._open import open_registry
from keraswrap.tracking._plain import check_tags
from keraswrap.tracking._records import NewRun, TrackedRun
from keraswrap.tracking._registry import Registry
from keraswrap.tracking._search_record import check_search, record_search

if TYPE_CHECKING:
    from keraswrap.issues import LabelIssues
    from keraswrap.report import LabelReport

__all__ = ["track_search"]


def track_search(
    search: BaseEstimator,
    to: str | os.PathLike[str] | Registry,
    *,
    name: str | None = None,
    X: object = None,
    y: object = None,
    label_issues: LabelIssues | None = None,
    report: LabelReport | str | os.PathLike[str] | None = None,
    tags: Mapping[str, str] | None = None,
) -> TrackedRun:
    """Record a finished search: what was tried, on which data, and what came of it.

    Rows are not stored, only their hash. Parameters whose names look like those of
    secrets, such as ``api_key``, are hidden.

    Parameters
    ----------
    search : estimator
        A fitted `keraswrap.model_selection.GridSearchCV` or ``RandomizedSearchCV``, or one
        of scikit-learn's.
    to : str, path-like or Registry
        As for `open_registry`.
    name : str, optional
        Of the run; the class of the estimator by default.
    X, y : optional
        The rows and labels that the search was fitted on, for the hash. The search itself
        remembers y, which must be the same.
    label_issues : LabelIssues, optional
        What `keraswrap.issues.find_label_issues` found in the data, to be summarized.
    report : LabelReport, str or path-like, optional
        A report, or a file, to be kept with the run.
    tags : dict of str to str, optional

    Returns
    -------
    TrackedRun
        To pass to `register`. Its ``record`` is a dict of plain values:

        - ``search`` and ``estimator``: their ``class`` and their ``settings`` or ``params``;
        - ``candidates``: for each its ``params``, ``scores`` (by metric the ``mean``,
          ``std``, ``rank`` and the ``folds``), ``fit_seconds`` and ``score_seconds``, which
          are means over the folds;
        - ``best``: ``index``, ``params`` and ``score``; None without refit;
        - ``curves``: learning curves of the refitted net, a number for each epoch;
        - ``label_issues``: ``n_rows``, ``n_issues``, ``classes``, ``pairs``, ``provenance``;
        - ``data``: ``hash``, and ``of`` what it is; ``X`` and ``y``, their own hashes, None if
          unknown; ``n_rows``;
        - ``seeds``, ``versions``, ``seconds``, ``n_splits`` and ``n_fits``.

    Raises
    ------
    InputTypeError
        If it is no search, or the issues or the report are something else.
    NotFittedError
        If the search is not fitted.
    InputError
        If y is not that of the search, or a name, tag or file cannot be used.
    StorageError
        If the registry cannot be written. Nothing is half-written.

    Examples
    --------
    >>> import tempfile
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from keraswrap.model_selection import GridSearchCV
    >>> from keraswrap.tracking import track_search
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearchCV(LogisticRegression(max_iter=500), {"C": [0.1, 1.0]}).fit(X, y)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     run = track_search(search, f"{folder}/registry.sqlite", X=X, y=y)
    >>> run.record["best"]["params"], run.record["data"]["of"]
    ({'C': 1.0}, 'X and y as passed to track_search')
    """
    check_search(search)
    tagged = check_tags(tags)
    called = check_name(_default_name(search) if name is None else name)
    files = _files_of(report)
    record = record_search(search, X, y, label_issues)
    registry = open_registry(to) if isinstance(to, str | os.PathLike) else to
    return registry.add_run(NewRun(name=called, tags=tagged, record=record, files=files))


def _default_name(search: BaseEstimator) -> str:
    steps = getattr(search.estimator, "steps", None)
    return type(steps[-1][1] if steps else search.estimator).__name__


def _files_of(report: object) -> dict[str, bytes]:
    if report is None:
        return {}
    if isinstance(report, str | os.PathLike):
        path = Path(report)
        try:
            return {path.name: path.read_bytes()}
        except OSError as error:
            raise InputError(
                f"Expected the file of a report, got {os.fspath(report)!r}: {error.strerror}."
            ) from error
    save = getattr(report, "save", None)
    if not callable(save) or not hasattr(report, "to_html"):
        raise InputTypeError(
            f"Expected a report that make_report returned, or a file, got {report!r:.60}."
        )
    with tempfile.TemporaryDirectory(prefix="keraswrap-") as folder:
        written = save(Path(folder, "report.html"))
        return {path.name: path.read_bytes() for path in written}
