"""``keraswrap apply``."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from keraswrap._tables import check_new, labels_of, plain, texts_of, write_table
from keraswrap._wording import counted
from keraswrap.cli._interrupts import telling_stop, unstopped
from keraswrap.cli._labeled import Table, load_rows
from keraswrap.cli._output import give
from keraswrap.exceptions import InputError
from keraswrap.issues import Corrected, apply_corrections, hash_data, read_decisions
from keraswrap.issues.corrections._plan import texts_of_value


def run(options: argparse.Namespace) -> None:
    """Apply decisions, and write the corrected data and a log."""
    out = check_new(options.out, options.overwrite)
    log = check_new(out.with_suffix(".log.csv"), options.overwrite)
    with telling_stop(options):
        text, label, done = _apply(options, out, log)
    counts = {"rows": len(done.positions), "changed": done.n_changed, "dropped": done.n_dropped}
    result = {**counts, "lost_classes": [str(label) for label in done.lost]}
    text_form = (
        f"{counted(len(done.positions), 'row')}, {counted(done.n_changed, 'label')} changed, "
        f"{counted(done.n_dropped, 'row')} left out\nWritten:\n  {out}\n  {log}"
    )
    give({**result, "text": text, "label": label, "files": [str(out), str(log)]}, text_form,
         options.json)  # fmt: skip


def _apply(options: argparse.Namespace, out: Path, log: Path) -> tuple[str, str, Corrected]:
    decisions = [read_decisions(path) for path in options.decisions]
    table = load_rows(options)
    frame = table.frame
    text, label = _columns(table, options, decisions)
    labels = labels_of(frame[label], options.data)
    # As objects: pandas' string type cannot hold lone surrogates.
    texts = pd.Series(texts_of(frame[text]), index=frame.index, dtype=object)
    data = frame.assign(**{text: texts, label: labels})
    done = apply_corrections(
        data,
        list(options.decisions),
        label=label,
        features=text,
        ambiguous=options.ambiguous,
        new_classes=[_like(labels, name) for name in options.new_class],
        lost_classes=options.lost_class,
    )
    corrected = frame.iloc[done.positions].copy()
    corrected[label] = _put(frame[label].iloc[done.positions], labels, done)
    write_table(corrected, out, overwrite=options.overwrite)
    with unstopped():  # the log of what was just written, and as short
        write_table(done.log, log, overwrite=options.overwrite, spreadsheet=True)
    return text, label, done


def _columns(
    table: Table, options: argparse.Namespace, decisions: list[pd.DataFrame]
) -> tuple[str, str]:
    """Find the columns that the decisions were made on: their hash says so."""
    frame, names = table.frame, [str(name) for name in table.frame.columns]
    if table.text is not None and table.label is not None:
        return table.text, table.label
    wanted = {value for part in decisions for value in part["data_hash"]}
    if not wanted:
        raise InputError("Expected at least one decision, got none. There is nothing to do.")
    for label in [table.label] if table.label else names:
        if not _may_be_labels(frame[label], decisions):
            continue
        labels = labels_of(frame[label], options.data)
        for text in [table.text] if table.text else names:
            if text != label and _hash_of(frame[text], labels) in wanted:
                return text, label
    raise InputError(
        f"Expected the data that the decisions were made on, got {options.data!r}, in which no "
        f"columns of texts and labels have the hash {', '.join(sorted(wanted))}. Pass the data as "
        "it was when the issues were found, and with --merge-labels if they were merged then; if "
        "it is, name --text and --label, to be told which decision does not fit."
    )


def _hash_of(column: pd.Series, labels: np.ndarray) -> str | None:
    try:
        return hash_data(texts_of(column), labels)
    except InputError:  # lists or images: no texts
        return None


def _may_be_labels(column: pd.Series, decisions: list[pd.DataFrame]) -> bool:
    """Return whether a column has the given labels of the decisions, in their rows."""
    values = column.tolist()
    for part in decisions:
        for row, given in zip(part["row_id"], part["given_label"], strict=True):
            inside = row.isdecimal() and int(row) < len(values)
            if not inside or given not in texts_of_value(plain(values[int(row)])):
                return False
    return not (column.isna() | (column == "").fillna(False)).any()


def _like(labels: np.ndarray, name: str) -> int | str:
    try:
        return labels.dtype.type(name).item() if labels.dtype.kind in "iu" else name
    except ValueError:
        return name


def _put(column: pd.Series, labels: np.ndarray, done: Corrected) -> pd.Series:
    """Replace labels in a column, which keeps its dtype if it can hold them."""
    new = done.labels
    changed = new != labels[done.positions]
    values = np.array(column.tolist(), dtype=object)
    as_text = all(isinstance(value, str) for value in values)
    values[changed] = [str(label) if as_text else label for label in new[changed]]
    try:
        return pd.Series(values, index=column.index, dtype=column.dtype)
    except (ValueError, TypeError):  # a class of another kind
        return pd.Series(values, index=column.index, dtype=object)
