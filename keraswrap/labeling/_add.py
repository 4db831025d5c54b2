"""Add labels by people to a table: passed, decided on a page, or exported by other tools."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from keraswrap._data import align
from keraswrap._tables import read_export, read_table
from keraswrap._tables.types import PathLike
from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.issues import apply_corrections, read_decisions
from keraswrap.issues.annotators._long_tables import pivot_labels
from keraswrap.labeling._judge import DISAGREE
from keraswrap.labeling._label import find_classes
from keraswrap.labeling._people import TIED, People, read_people
from keraswrap.labeling._table import LabelTable, check_table

__all__ = ["add_labels", "add_people", "read_decided"]

# Columns of a row's id in exports: Prodigy keeps it with what it calls meta.
_ID_COLUMNS = ("row_id", "meta_row_id")


def add_people(
    table: LabelTable, labels: object, audit: object = None, *, relearn: bool = True
) -> LabelTable:
    """Add labels by people, and label again without asking any annotator.

    Parameters
    ----------
    table : LabelTable
    labels : DataFrame of shape (n, p), Series or array-like of shape (n,), or path
        Labels of all rows of the table, None or NaN where there is none, with the name of a
        person for each column; a known name adds to that person's labels. Or the path of an
        export by Label Studio, Argilla or Prodigy of rows that `export_labels` wrote.
    audit : array-like of shape (n,), bool, optional
        Rows drawn at random, in addition to those of the table; by default none. The
        annotators learn from other rows, but are not measured on them. `Questions.add` sets
        this itself.
    relearn : bool, default=True
        Whether to weight the annotators and decide about all rows again, so that other rows
        may be accepted, and rows with a label may become open. False only fills in people's
        labels, for instance of the last open rows.

    Returns
    -------
    LabelTable

    Raises
    ------
    InputError
        If rows cannot be matched, a label is none of the classes, or a person gives a row
        a different label than before.
    InputTypeError
        If `table` is not from `label_texts`.
    ParameterError
        If an audit is passed with ``relearn=False``.

    Examples
    --------
    >>> from keraswrap.labeling import add_people, label_texts
    >>> rule = lambda texts: ["good" if "fine" in text else "bad" for text in texts]
    >>> table = label_texts(["fine", "broke"] * 50, [rule], classes=["bad", "good"])
    >>> add_people(table, ["good"] + [None] * 99)
    LabelTable(100 rows: 1 by people, 0 by machine, 99 open)
    """
    check_table(table)
    if isinstance(labels, str | Path):
        labels = read_exported(table, labels)
    rows = table._job.rows
    given = read_people(rows, labels, None)
    none = np.zeros(len(table), bool)
    if not relearn:
        if audit is not None:
            raise ParameterError("Expected relearn=True with an audit, got relearn=False.")
        return _fill(table, _merged(table, given.labels))
    if audit is None:
        return add_labels(table, given.labels, none, none)
    known = given.there | table._job.people.there
    mask = np.asarray(align({"X": rows.given, "audit": audit})["audit"])
    if mask.shape != known.shape or mask.dtype.kind != "b" or (mask & ~known).any():
        raise InputError(
            f"Expected audit as True for rows drawn at random that people have labeled, of shape "
            f"{known.shape}, got shape {mask.shape} of dtype {mask.dtype}."
        )
    return add_labels(table, given.labels, mask, none)


def add_labels(
    table: LabelTable, labels: pd.DataFrame, audit: np.ndarray, unclear: np.ndarray
) -> LabelTable:
    """Add labels by position, rows of the audit, and rows that nobody could label."""
    people = _merged(table, labels)
    people = replace(people, audit=people.audit | audit, unclear=people.unclear | unclear)
    return replace(table._job, people=people).finish()


def _merged(table: LabelTable, labels: pd.DataFrame) -> People:
    """Return the table's labels by people with more of them."""
    before = table._job.people
    merged = before.labels.copy()
    for name in labels:
        merged[name] = _merge(merged.get(name), labels[name], str(name))
    people = replace(before, labels=merged)
    find_classes(table.classes, people, [])
    return people


def _fill(table: LabelTable, people: People) -> LabelTable:
    """Put people's labels into a table, and change nothing else."""
    truth, job = people.truth(table.classes), replace(table._job, people=people)
    codes, source, why = table.codes.copy(), table.source.copy(), table.why.copy()
    codes[truth >= 0], source[truth >= 0], why[truth >= 0] = truth[truth >= 0], "people", None
    tied = truth == TIED
    codes[tied], source[tied], why[tied] = -1, None, DISAGREE
    cost = table.cost - table._job.people_cost() + job.people_cost()
    for array in (codes, source, why, cost):
        array.flags.writeable = False
    labels = people.labels.set_index(table.people.index)
    return replace(table, codes=codes, source=source, why=why, cost=cost, people=labels, _job=job)


def _merge(before: pd.Series | None, more: pd.Series, name: str) -> pd.Series:
    if before is None:
        return more
    both = before.notna() & more.notna()
    if (before[both] != more[both]).any():
        raise InputError(
            f"Expected one label of a row by {name!r}, got another one than before for "
            f"{int((before[both] != more[both]).sum())} rows. Correct them, or use another name."
        )
    return before.where(before.notna(), more)


# What people decided on a page


def read_decided(
    table: LabelTable, X: pd.Series, given: str, decisions: object
) -> tuple[pd.DataFrame, np.ndarray]:
    """Read decisions by the people who made them.

    Returns
    -------
    labels : DataFrame of shape (n, p)
        By position in the table.
    unclear : ndarray of shape (n,), bool
        Rows that someone did not give a label to.
    """
    columns: dict[str, pd.Series] = {}
    unclear = np.zeros(len(table), bool)
    names = [str(label) for label in table.classes.tolist()]
    known = dict(zip(names, table.classes.tolist(), strict=True))
    places = {row: place for place, row in enumerate(table.row_ids.tolist())}
    for person, told in _by_person(decisions):
        found = apply_corrections(
            (X, pd.Series(given, X.index)),
            told,
            ambiguous="keep",
            new_classes=names,
            lost_classes=[given],
        )
        column = np.full(len(table), None, dtype=object)
        for row, label, action in found.log[["row_id", "new_label", "action"]].to_numpy():
            place = places[row]
            if action in ("accept", "relabel") and label in known:
                column[place] = known[label]
            else:
                unclear[place] = True
        # Two files may be by one person, whose labels must not contradict each other.
        more = pd.Series(column, dtype=object)
        columns[person] = _merge(columns.get(person), more, person)
    return pd.DataFrame(columns, index=pd.RangeIndex(len(table)), dtype=object), unclear


def _by_person(decisions: object) -> Iterator[tuple[str, pd.DataFrame]]:
    listed = decisions if isinstance(decisions, list | tuple) else [decisions]
    for number, one in enumerate(listed, 1):
        if not isinstance(one, pd.DataFrame | str | Path):
            raise InputTypeError(
                f"Expected decisions as paths or DataFrames, got {type(one).__name__}. Pass what "
                "reviewers exported."
            )
        frame = one if isinstance(one, pd.DataFrame) else read_decisions(one)
        if "reviewer" not in frame:
            frame = frame.assign(reviewer="")
        for person, part in frame.groupby(frame["reviewer"].fillna("").astype(str), sort=False):
            yield str(person) or f"reviewer {number}", part


# What other tools exported


def read_exported(table: LabelTable, path: PathLike) -> pd.DataFrame:
    """Read labels from an export of another tool, by position in the table."""
    frame = read_table(path)
    if "answer" in frame:  # tasks of Prodigy that nobody has answered yet
        frame = frame[frame["answer"].notna()].reset_index(drop=True)
    found = read_export(frame, str(path))
    if found is None:
        raise InputError(
            f"Expected an export of Label Studio, Argilla or Prodigy in {str(path)!r}, got "
            "another table. Read it yourself, and pass a DataFrame of labels."
        )
    long = found.frame()
    if found.annotator not in long:
        long[found.annotator] = found.tool
    long[found.annotator] = long[found.annotator].fillna(found.tool).map(str)
    long["row"] = _places(table, long, found.texts, str(path))
    known = {str(label): label for label in table.classes.tolist()}
    long["label"] = [known.get(str(label), label) for label in long[found.label]]
    wide = pivot_labels(long, ("row", found.annotator, "label"))
    return wide.reindex(pd.RangeIndex(len(table)))


def _places(table: LabelTable, long: pd.DataFrame, texts: list[str], source: str) -> list[int]:
    """Return the position of each label's row, by its id, or else by its text."""
    column = next((name for name in _ID_COLUMNS if name in long), None)
    if column is None:
        column = next((name for name in texts if name in long), None)
        keys = table.texts.tolist()
    else:
        keys = [str(row) for row in table.row_ids.tolist()]
    places = {key: place for place, key in enumerate(keys)}
    wanted = [] if column is None else [_text(value) for value in long[column]]
    unknown = [key for key in wanted if key not in places]
    if unknown or len(places) < len(keys) or column is None:
        raise InputError(
            f"Expected rows of the table in {source!r}, known by the column 'row_id' or by texts "
            f"that differ, got {unknown[:3]!r:.100}. Export rows by export_labels."
        )
    return [places[key] for key in wanted]


def _text(value: object) -> str:
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value)) if whole else str(value)  # type: ignore[call-overload]
