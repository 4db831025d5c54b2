"""Apply decisions to data, and log what was done to which row."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from keraswrap._data import align, as_inputs
from keraswrap._tables.columns import check_columns, free_names
from keraswrap._wording import counted
from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.issues.corrections._decisions import check_decisions, read_decisions
from keraswrap.issues.corrections._identity import hash_data, row_ids
from keraswrap.issues.corrections._plan import Plan, RowLabels, find_known, texts_of_value
from keraswrap.issues.corrections._selection import Labels, label_array, put_labels, take_rows

__all__ = ["Corrected", "apply_corrections"]

Sources = list[tuple[str, pd.DataFrame]]
# Maximum number of classes that an error names.
_NAMED = 5


@dataclass(frozen=True, eq=False)
class Corrected:
    """Data with decisions applied, and what was changed.

    Parameters
    ----------
    data : tuple or DataFrame
        In its original form; a DataFrame keeps its index.
    positions : ndarray of shape (m,), int
        Positions of the kept rows in the original data.
    labels : ndarray of shape (m,), object
        Current labels of those rows.
    log : DataFrame
        One row per decision: ``row_id``, ``action``, ``old_label``, ``new_label`` (None
        for a dropped row), ``reviewer``, ``note``, ``timestamp``; for a DataFrame also
        its other columns, such as an id.
    n_changed, n_dropped : int
        Number of changed labels and of dropped rows.
    lost : tuple of labels
        Classes that no longer have any row; all of them were in `lost_classes`.
    """

    data: object
    positions: np.ndarray
    labels: np.ndarray
    log: pd.DataFrame
    n_changed: int
    n_dropped: int
    lost: tuple[object, ...] = ()

    def __repr__(self) -> str:
        return (
            f"Corrected({counted(len(self.positions), 'row')}, "
            f"{counted(self.n_changed, 'label')} changed, {counted(self.n_dropped, 'row')} dropped)"
        )


def apply_corrections(
    data: object,
    decisions: object,
    *,
    label: str | None = None,
    features: str | list[str] | None = None,
    ambiguous: str = "drop",
    new_classes: Iterable[object] = (),
    lost_classes: Iterable[object] = (),
) -> Corrected:
    """Apply decisions to the data they were made on, and to no other.

    ``accept`` and ``relabel`` change a label, ``drop`` and ``ambiguous`` remove the
    row, ``keep`` and ``skip`` leave it unchanged. Everything is checked first, and the
    input is not modified.

    Parameters
    ----------
    data : tuple (X, y) or DataFrame
        The data in which label issues were found, in the same order. A y whose index is
        that of X in another order is reordered to match X.
    decisions : path, DataFrame, or list of these
        As from `read_decisions`. Exports of several reviewers may contain the same row
        if they agree on it.
    label : str, optional
        The column of a DataFrame that holds labels.
    features : str or list of str, optional
        Columns of a DataFrame in which issues were found. By default all but `label`,
        or the single one that matches the decisions' hash.
    ambiguous : {"drop", "keep"}, default="drop"
        What to do with ambiguous rows.
    new_classes : iterable, optional
        Labels that decisions may assign although no row has them yet.
    lost_classes : iterable, optional
        Labels of which decisions may leave no row. What is trained on the corrected data
        cannot know such a class.

    Returns
    -------
    Corrected

    Raises
    ------
    InputError
        If the decisions were made on other data, were edited or truncated, name unknown
        rows or labels, contradict each other, or leave no row, or none of a class that is
        not in `lost_classes`.
    InputTypeError, ParameterError
        If an argument has an unsupported type or value.

    Examples
    --------
    >>> from keraswrap.issues import apply_corrections, hash_data
    >>> X, y = ["It works.", "It broke."], ["good", "good"]
    >>> one = {"row_id": 1, "given_label": "good", "action": "relabel", "new_label": "bad"}
    >>> decisions = pd.DataFrame([one | {"data_hash": hash_data(X, y)}])
    >>> apply_corrections((X, y), decisions, new_classes=["bad"]).data
    (['It works.', 'It broke.'], ['good', 'bad'])
    """
    if ambiguous not in ("drop", "keep"):
        raise ParameterError(f"Expected ambiguous to be 'drop' or 'keep', got {ambiguous!r}.")
    X, y, found, others = _open(data, decisions, label, features)
    labels, ids = label_array(y), row_ids(X, y)
    ids = np.arange(len(labels)) if ids is None else ids
    plan = make_plan(labels, ids, labels.tolist(), found, ambiguous, new_classes)
    return _correct(data, X, y, label, plan, others, set(map(str, lost_classes)))


def make_plan(
    labels: RowLabels,
    ids: np.ndarray | range,
    different: Iterable[object],
    found: Sources,
    ambiguous: str,
    new_classes: Iterable[object],
) -> Plan:
    """Work out what is to be done with each row; `different` are the labels that there are.

    Raises
    ------
    InputError
        If decisions name unknown rows or labels, or contradict each other.
    """
    plan = Plan(labels, ids, find_known(different, new_classes), {"drop"})
    if ambiguous == "drop":
        plan.drops.add("ambiguous")
    for source, frame in found:
        plan.add(source, frame)
    plan.check_agreement()
    return plan


def _open(
    data: object, decisions: object, label: str | None, features: str | list[str] | None
) -> tuple[object, Labels, Sources, list[Hashable]]:
    if isinstance(data, pd.DataFrame):
        _check_frame(data, label, features)
        found = open_decisions(decisions)
        X = _match_columns(data, label, features, check_one_hash(found))
        used = [label, *getattr(X, "columns", [getattr(X, "name", None)])]
        return X, data[label], found, [name for name in data.columns if name not in used]
    if not (isinstance(data, tuple) and len(data) == 2):
        raise InputTypeError(
            f"Expected data as a tuple (X, y) or a DataFrame, got {type(data).__name__}. Pass both "
            "rows and labels."
        )
    if label is not None or features is not None:
        raise ParameterError(
            "Expected label and features with a DataFrame alone, got them with a tuple (X, y). "
            "Leave them out."
        )
    X, y = align({"X": data[0], "y": data[1]}).values()
    found = open_decisions(decisions)
    check_hash(hash_data(X, y), check_one_hash(found))
    return X, y, found, []


def _check_frame(data: pd.DataFrame, label: str | None, features: str | list[str] | None) -> None:
    if label is None:
        raise ParameterError(
            "Expected the name of the column of labels with a DataFrame, got none. Pass label=."
        )
    names = list(data.columns)
    wanted = [label] if features is None else [label, *np.atleast_1d(features).tolist()]
    check_columns([str(name) for name in wanted], names, "the frame")
    if not data.columns.is_unique:
        raise InputError("Expected columns with names of their own, got some twice. Rename them.")


def check_one_hash(found: Sources) -> str:
    """Return the common hash of all decisions; raise InputError if there are several, or none."""
    hashes = {value: source for source, frame in found for value in frame["data_hash"]}
    if len(hashes) > 1:
        named = ", ".join(f"{value:.40} ({source})" for value, source in hashes.items())
        raise InputError(
            f"Expected decisions on one data set, got the hashes {named}. Apply those of each to "
            "its own; a cell that was edited or truncated looks like this too."
        )
    if not hashes:
        raise InputError("Expected at least one decision, got none. There is nothing to do.")
    return next(iter(hashes))


def check_hash(own: str, decided: str) -> None:
    if own != decided:
        raise InputError(
            f"Expected decisions on these rows and labels, whose hash is {own}, got decisions on "
            f"data with the hash {decided:.40}. Pass the data as it was when the issues were "
            "found: the same rows, order and labels."
        )


def _match_columns(
    data: pd.DataFrame, label: str | None, features: str | list[str] | None, decided: str
) -> pd.DataFrame | pd.Series | None:
    """Find the columns of a frame that the decisions were made on."""
    rest = data.drop(columns=label)
    candidates = [data[features]] if features is not None else [rest, *map(rest.get, rest.columns)]
    hashes = []
    for candidate in candidates:
        hashes.append(hash_data(candidate, data[label]))
        if hashes[-1] == decided:
            return candidate
    check_hash(hashes[0], decided)
    return None


def _correct(
    data: object,
    X: Any,
    y: Labels,
    label: str | None,
    plan: Plan,
    others: list[Hashable],
    may_go: set[str],
) -> Corrected:
    check_left(plan)
    kept = np.setdiff1d(np.arange(len(plan.labels)), list(plan.gone)).astype(int)
    labels = put_labels(y, kept, plan.changes)
    left = label_array(labels)
    lost = find_lost(label_array(y).tolist(), left.tolist(), may_go)
    if isinstance(data, pd.DataFrame):
        corrected = data.iloc[kept].copy()
        corrected[label] = labels
    else:
        inputs = as_inputs(X, len(plan.labels))
        taken = take_rows(inputs, kept)
        corrected = (taken if inputs is X else type(X)(taken.values()), labels)
    counts = len(plan.changes), len(plan.gone)
    return Corrected(corrected, kept, left, _log(data, plan, others), *counts, lost)


def check_left(plan: Plan) -> None:
    """Raise InputError unless a row is left."""
    if len(plan.gone) == len(plan.labels):
        raise InputError("Expected rows to be left, got decisions that drop all of them.")


def find_lost(
    before: Iterable[object], after: Iterable[object], may_go: set[str]
) -> tuple[object, ...]:
    """Return the classes that no row is left of; raise InputError if some of them must stay."""
    lost = sorted(set(before) - set(after), key=str)
    missed = [label for label in lost if not may_go.intersection(texts_of_value(label))]
    if missed:
        named = ", ".join(f"{label!r:.60}" for label in missed[:_NAMED])
        raise InputError(
            f"Expected rows of each class to be left, got decisions that leave none of {named}: "
            "what is trained on the corrected data could not know such a class. Decide otherwise "
            "on one of its rows, or name the class: lost_classes=, or --lost-class of keraswrap "
            "apply."
        )
    return tuple(lost)


def _log(data: pd.DataFrame, plan: Plan, others: list[Hashable]) -> pd.DataFrame:
    """Return the log, with the data's other columns."""
    log = plan.frame()
    return log_with(log, data[others].iloc[plan.at]) if others else log


def log_with(log: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Return a log with columns of the rows that its lines are about."""
    found = rows.set_axis(log.index).set_axis(free_names(list(rows), list(log)), axis=1)
    return pd.concat([log, found], axis=1)


def open_decisions(decisions: object) -> list[tuple[str, pd.DataFrame]]:
    """Return one or several exports as checked DataFrames, each with a name for messages."""
    given = list(decisions) if isinstance(decisions, list | tuple) else [decisions]
    if not given:
        raise InputError("Expected at least one file or frame of decisions, got none.")
    return [_open_one(entry, number, len(given)) for number, entry in enumerate(given, 1)]


def _open_one(entry: object, number: int, count: int) -> tuple[str, pd.DataFrame]:
    if isinstance(entry, pd.DataFrame):
        name = "decisions" if count == 1 else f"decisions {number}"
        return name, check_decisions(entry, name)
    if not isinstance(entry, str | Path):
        raise InputTypeError(
            f"Expected decisions as a path or a DataFrame, got {type(entry).__name__}. Pass what a "
            "report exported."
        )
    return str(entry), read_decisions(entry)
