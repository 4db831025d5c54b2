"""Resolve the argument `views`, and prepare what each view reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.base import BaseEstimator

from keraswrap._data import RowView
from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.issues.corrections._identity import columns_of
from keraswrap.issues.labels._copies import prose_of
from keraswrap.issues.labels._views._ready_made import SETS, check_names, make_views, named_views
from keraswrap.issues.labels._views._view import View

__all__ = ["Rows", "check_views", "resolve_views"]

# A column with at most this many distinct names becomes indicators; with more, it holds ids.
_MOST_NAMES = 50


def check_views(views: object) -> None:
    """Raise unless `views` is None, the name of a set, or a list of views.

    Raises
    ------
    ParameterError
        If a name is unknown, or the list is empty.
    InputTypeError
        If it is something else.

    Examples
    --------
    >>> check_views("auto")
    """
    if views is None or (isinstance(views, str) and views in SETS):
        return
    if isinstance(views, str):
        check_names([views])
        raise ParameterError(f"Expected a list of views, got {views!r}. Pass [{views!r}].")
    if not isinstance(views, list | tuple):
        raise InputTypeError(
            "Expected views to be 'fast', 'auto', 'thorough' or a list of views, got "
            f"{type(views).__name__}. A single view is a list of one."
        )
    if not views:
        raise ParameterError("Expected at least one view, got an empty list. Leave views out.")
    check_names([view for view in views if isinstance(view, str)])


def resolve_views(
    views: str | Sequence[object], given: object, rows: Rows, labels: np.ndarray, seed: int
) -> list[View]:
    """Return the views, including one for an estimator or probabilities passed besides.

    Parameters
    ----------
    views : str or sequence
        As `check_views` allows.
    given : classifier, probabilities or None
        What was passed besides.
    rows : Rows
    labels : ndarray of shape (n,)
    seed : int

    Returns
    -------
    list of View
        With names that differ.

    Raises
    ------
    InputError
        If a ready-made view cannot read the rows.
    """
    if isinstance(views, str):
        found = make_views(views, reads=rows.kind(), labels=labels, random_state=seed)
    else:
        names = tuple(view for view in views if isinstance(view, str))
        made = iter(named_views(names, random_state=seed))
        found = [next(made) if isinstance(view, str) else _as_view(view) for view in views]
    if given is not None:
        found.insert(0, _as_view(given))
    return _tell_apart(found)


def _as_view(view: object) -> View:
    if isinstance(view, View):
        return view
    if hasattr(view, "fit"):
        return View(type(view).__name__, cast(BaseEstimator, view))
    return View("probabilities", proba=cast(np.ndarray, view))


def _tell_apart(views: list[View]) -> list[View]:
    names: list[str] = []
    for view in views:
        alike = sum(name.partition(" #")[0] == view.name for name in names)
        names.append(f"{view.name} #{alike + 1}" if alike else view.name)
    return [replace(view, name=name) for view, name in zip(views, names, strict=True)]


class Rows:
    """The rows, as views read them.

    Parameters
    ----------
    X : rows
        As returned by `open_data`.
    """

    def __init__(self, X: object) -> None:
        self.X = X
        self._read: dict[object, object] = {}

    def kind(self) -> str:
        """Return ``"texts"`` or ``"numbers"``.

        Raises
        ------
        InputError
            If the rows are neither.
        """
        for kind in ("texts", "numbers"):
            if self._find(kind) is not None:
                return kind
        raise InputError(
            "Expected texts or a table of numbers, which ready-made views can read, got "
            f"{_show(self.X)}. Pass a list of your own estimators, views=[...]."
        )

    def read(self, view: View) -> object:
        """Return what a view's estimator is fitted on; features are computed once."""
        rows = self.X if view.reads == "rows" else self._find(view.reads)
        if rows is None:
            raise InputError(
                f"Expected {view.reads} for the view {view.name!r}, got {_show(self.X)}."
            )
        if view.features is None:
            return rows
        key = (id(view.features), view.reads)
        if key not in self._read:
            self._read[key] = view.features.fit_transform(rows)
        return self._read[key]

    def _find(self, kind: str) -> np.ndarray | None:
        if kind not in self._read:
            self._read[kind] = {"texts": _texts, "numbers": _numbers}[kind](self.X)
        return cast("np.ndarray | None", self._read[kind])


def _show(X: object) -> str:
    shape = getattr(X, "shape", None)
    return f"{X!r:.100}" if isinstance(X, RowView) else f"{type(X).__name__} of shape {shape}"


def _texts(X: object) -> np.ndarray | None:
    texts = prose_of(columns_of(X))
    if texts is None:
        return None
    array = np.empty(len(texts), dtype=object)
    array[:] = texts
    return array


def _numbers(X: object) -> np.ndarray | None:
    """Return numbers, with columns of few names as indicators; None for anything else."""
    if sparse.issparse(X):
        return None
    parts = []
    for name, column in columns_of(X).items():
        values = np.asarray(column)
        if values.dtype.kind in "biuf" and values.ndim <= 2:
            parts.append(values.reshape(len(values), -1).astype(np.float64))
        elif values.ndim == 1 and pd.Series(values).nunique() <= _MOST_NAMES:
            parts.append(pd.get_dummies(pd.Series(values), prefix=name).to_numpy(np.float64))
        elif values.ndim > 1:
            return None
    return np.hstack(parts) if parts else None
