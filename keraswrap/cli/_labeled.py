"""Rows with one label each, from a table, an export, or labels by several people."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
import pandas as pd

from keraswrap._tables import Export, check_columns, labels_of, read_export, texts_of
from keraswrap._wording import counted
from keraswrap.cli._columns import load_table, merged_labels
from keraswrap.cli._output import say
from keraswrap.exceptions import InputError, ParameterError
from keraswrap.issues import find_consensus
from keraswrap.issues.annotators._long_tables import pivot_labels

_NAMED = 5
_ANNOTATORS = {"annotator", "annotator_id", "worker", "worker_id", "rater", "labeler", "coder"}


@dataclass(frozen=True)
class Table:
    """A row for each text, and which columns hold text and label, if known.

    Parameters
    ----------
    by : DataFrame or None
        Labels by annotator, where there were several a row.
    """

    frame: pd.DataFrame
    text: str | None
    label: str | None
    by: pd.DataFrame | None = None


@dataclass(frozen=True)
class Labeled:
    """A table whose columns are known, and their contents."""

    frame: pd.DataFrame
    text: str
    label: str
    texts: list[str]
    labels: np.ndarray
    by: pd.DataFrame | None = None


def load_labeled(options: argparse.Namespace) -> Labeled:
    """Read a table, and take out its texts and labels.

    Raises
    ------
    InputError
        If a column is not there, or a row has no label.
    """
    table = load_rows(options)
    if table.text is None or table.label is None:
        raise ParameterError(
            f"Expected --text and --label, the columns of {options.data!r} with texts and labels, "
            f"got {list(table.frame.columns)[:20]} to choose from."
        )
    if table.text == table.label:
        raise ParameterError(
            f"Expected two columns, as --text and as --label, got {table.text!r} for both."
        )
    frame = table.frame
    texts, labels = texts_of(frame[table.text]), labels_of(frame[table.label], options.data)
    return Labeled(frame, table.text, table.label, texts, labels, table.by)


def load_rows(options: argparse.Namespace) -> Table:
    """Read a table; of an export, and of labels by several annotators, a row for each text.

    Raises
    ------
    InputError
        If a column is not there, or labels cannot be brought together.
    """
    frame = load_table(options)
    export = read_export(frame, options.data, options.label)
    if export is not None:
        return _of_export(export, options)
    named = (options.text, options.label, options.id, options.annotator)
    check_columns([name for name in named if name is not None], list(frame), options.data)
    table = Table(_merged(frame, options.label, options), options.text, options.label)
    if options.annotator is None:
        _hint(table, options.data)
        return table
    item = options.id or options.text
    if item is None or options.label is None:
        raise ParameterError(
            "Expected --label and --id (or --text) with --annotator, got one of them alone. "
            "They say which labels are of the same row."
        )
    return _together(table, item, options.annotator, options)


def _merged(frame: pd.DataFrame, label: str | None, options: argparse.Namespace) -> pd.DataFrame:
    if not options.merge_labels:
        return frame
    if label is None:
        raise ParameterError(
            "Expected --label with --merge-labels, got none. Name the column of the labels that "
            "are to be merged, or were when the issues were found."
        )
    return frame.assign(**{label: merged_labels(frame[label])})


def _hint(table: Table, source: str) -> None:
    names = [name for name in table.frame if name.lower() in _ANNOTATORS and name != table.label]
    if names and table.text is not None and table.frame[table.text].duplicated().any():
        say(f"{source}: texts are there several times, beside {names[0]!r}; if that is who gave "
            "the label, pass --annotator")  # fmt: skip


def _of_export(export: Export, options: argparse.Namespace) -> Table:
    frame = export.frame()
    left = ", ".join(f"{count:,} {why}" for why, count in export.left_out.items())
    told = f"{options.data}: {counted(len(frame), 'label')} from {export.tool}"
    say(f"{told}{left and '; left out: ' + left}")
    texts = [options.text] if options.text else export.texts
    text = "text" if "text" in texts else texts[0] if len(texts) == 1 else None
    if text is None:
        raise ParameterError(
            f"Expected --text, the column of {options.data!r} with the texts, got none. There are "
            f"{texts}."
        )
    check_columns([text, *filter(None, [options.id])], list(frame), options.data)
    table = Table(_merged(frame, export.label, options), text, export.label)
    known = export.item is not None and frame[export.item].notna().all()
    item = str(export.item) if known else text
    return _together(table, item, export.annotator, options)


def _together(table: Table, item: str, annotator: str, options: argparse.Namespace) -> Table:
    """Combine several labels of a row by majority; a single label is kept."""
    frame, label = table.frame, str(table.label)
    if not frame[item].duplicated().any():
        return table
    _check_texts(frame, item, table.text)
    who = frame[annotator].fillna("") if annotator in frame else ""
    named = frame.assign(**{annotator: who})
    by = pivot_labels(named, (item, annotator, label))
    if by.shape[1] == 1:  # copies of a text, by one person
        return table
    found = find_consensus(by)
    first = frame.drop_duplicates(item).drop(columns=[annotator], errors="ignore")
    first[label] = pd.Series(found.labels, index=first.index)
    say(f"{options.data}: {counted(len(frame), 'label')} by {by.shape[1]} annotators of "
        f"{counted(len(by), 'row')}, "
        f"alpha {found.alpha:.2f}; the label of a row is that of most")  # fmt: skip
    if not found.labeled.all():
        left = counted((~found.labeled).sum(), "row without a label is", "rows without a label are")
        say(f"{options.data}: {left} left out")
    rows = first[found.labeled].reset_index(drop=True)
    return Table(rows, table.text, label, by[found.labeled])


def _check_texts(frame: pd.DataFrame, item: str, text: str | None) -> None:
    if text is None or text == item:
        return
    several = frame.drop_duplicates([item, text])[item]
    twice = several[several.duplicated()].unique().tolist()
    if twice:
        raise InputError(
            f"Expected one text for each {item!r}, got several for {twice[:_NAMED]}. Name another "
            "column with --id."
        )
