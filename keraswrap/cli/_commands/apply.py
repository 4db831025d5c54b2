"""``keraswrap apply``."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from keraswrap._tables import (
    CodedLabels,
    LabelCoder,
    check_columns,
    check_new,
    kind_of_file,
    new_file,
    part_writer,
    plain,
    with_columns,
    write_table,
)
from keraswrap._wording import counted
from keraswrap.cli._interrupts import telling_stop, unstopped
from keraswrap.cli._output import give
from keraswrap.cli._parted import PartedTable, open_rows
from keraswrap.exceptions import InputError
from keraswrap.issues.corrections._apply import (
    Sources,
    check_hash,
    check_one_hash,
    log_with,
    make_plan,
    open_decisions,
)
from keraswrap.issues.corrections._identity import TextsHash
from keraswrap.issues.corrections._parts import PartsCorrection
from keraswrap.issues.corrections._plan import Plan, texts_of_value


@dataclass(frozen=True)
class _Found:
    """The columns that decisions were made on, their labels and their hash."""

    text: str
    label: str
    labels: CodedLabels
    hash: str | None


def run(options: argparse.Namespace) -> None:
    """Apply decisions, and write the corrected data and a log."""
    out = check_new(options.out, options.overwrite)
    log = check_new(out.with_suffix(".log.csv"), options.overwrite)
    with telling_stop(options):
        found, plan, lost = _apply(options, out, log)
    counts = {"rows": len(found.labels) - len(plan.gone), "changed": len(plan.changes),
              "dropped": len(plan.gone)}  # fmt: skip
    result = {**counts, "lost_classes": [str(label) for label in lost]}
    text_form = (
        f"{counted(counts['rows'], 'row')}, {counted(counts['changed'], 'label')} changed, "
        f"{counted(counts['dropped'], 'row')} left out\nWritten:\n  {out}\n  {log}"
    )
    columns = {"text": found.text, "label": found.label}
    give({**result, **columns, "files": [str(out), str(log)]}, text_form, options.json)


def _apply(
    options: argparse.Namespace, out: Path, log: Path
) -> tuple[_Found, Plan, tuple[object, ...]]:
    """Check everything, in one reading for the labels and one for the texts; then write."""
    kind = kind_of_file(out)
    sources = open_decisions(list(options.decisions))
    table = open_rows(options)
    found = _columns(table, sources)
    check_hash(str(found.hash), check_one_hash(sources))
    new = [_like(found.labels.different, name) for name in options.new_class]
    labels, different = found.labels, found.labels.different.tolist()
    plan = make_plan(labels, range(len(labels)), different, sources, options.ambiguous, new)
    correction = PartsCorrection(plan, labels, found.label, set(options.lost_class))
    decided = _Rows(plan.at)
    with (
        new_file(out, options.overwrite) as draft,
        part_writer(draft, kind) as write,
    ):
        for part in table.parts():
            decided.add(part)
            write(correction.correct(part))
    others = [name for name in table.names if name not in (found.text, found.label)]
    lines = log_with(plan.frame(), decided.taken()[others]) if others else plan.frame()
    with unstopped():  # the log of what was just written, and as short
        write_table(lines, log, overwrite=options.overwrite, spreadsheet=True)
    return found, plan, correction.lost


class _Rows:
    """Some rows of a table that comes in parts."""

    def __init__(self, wanted: Sequence[int]) -> None:
        self.wanted, self.count = list(wanted), 0
        self._sorted = np.unique(np.array(self.wanted, dtype=np.int64))
        self._found: list[pd.DataFrame] = []

    def add(self, part: pd.DataFrame) -> None:
        """Keep the wanted rows of the next part."""
        start, end = self.count, self.count + len(part)
        self.count = end
        here = self._sorted[slice(*np.searchsorted(self._sorted, [start, end]))]
        if len(here) or not self._found:
            self._found.append(part.iloc[here - start].set_axis(here))

    def taken(self) -> pd.DataFrame:
        """Return the rows in the order in which they are wanted."""
        some = [part for part in self._found if len(part)] or self._found
        return pd.concat(some).loc[self.wanted]


def _columns(table: PartedTable, sources: Sources) -> _Found:
    """Find the columns that the decisions were made on: their hash says so."""
    if table.text is not None and table.label is not None:
        labels = _read_labels(table, table.label)
        check_columns([table.text], table.names, table.source)
        return _Found(table.text, table.label, labels, _hashes(table, labels, [table.text])[0])
    wanted = {value for _, part in sources for value in part["data_hash"]}
    if not wanted:
        raise InputError("Expected at least one decision, got none. There is nothing to do.")
    for label in _may_be_labels(table, [part for _, part in sources]):
        labels = _read_labels(table, label)
        texts = [table.text] if table.text else [name for name in table.names if name != label]
        for text, found in zip(texts, _hashes(table, labels, texts), strict=True):
            if found in wanted and text != label:
                return _Found(text, label, labels, found)
    raise InputError(
        f"Expected the data that the decisions were made on, got {table.source!r}, in which no "
        f"columns of texts and labels have the hash {', '.join(sorted(wanted))}. Pass the data as "
        "it was when the issues were found, and with --merge-labels if they were merged then; if "
        "it is, name --text and --label, to be told which decision does not fit."
    )


def _read_labels(table: PartedTable, label: str) -> CodedLabels:
    coder = LabelCoder(label)
    for part in table.parts([label] if label in table.names else None):
        coder.add(with_columns(part, [label])[label])
    check_columns([label], table.names, table.source)
    if not coder.count:
        raise InputError(f"Expected rows in {table.source!r}, got none below the header.")
    return coder.labels(table.source)


def _hashes(table: PartedTable, labels: CodedLabels, names: Sequence[str]) -> list[str | None]:
    """Return the hash with each of the columns as texts; None where they are none."""
    found = {name: TextsHash(labels.different.tolist(), labels.codes) for name in names}
    for part in table.parts(names):
        for name in list(found):
            try:
                found[name].add(part[name])
            except InputError:  # lists or images: no texts
                if len(names) == 1:
                    raise
                del found[name]
    return [found[name].hexdigest() if name in found else None for name in names]


def _may_be_labels(table: PartedTable, decisions: Sequence[pd.DataFrame]) -> Iterable[str]:
    """Return columns that have the given labels of the decisions, in their rows, and no gap."""
    said = [pair for part in decisions for pair in zip(part["row_id"], part["given_label"],
                                                      strict=True)]  # fmt: skip
    rows = _Rows([int(row) for row, _ in said if row.isdecimal()])
    gaps: set[str] = set()
    known: list[str] = []
    for part in table.parts():
        # JSON lines: a column that comes later has a gap before.
        gaps.update(name for name in part if rows.count and name not in known)
        gaps.update(name for name in part if name not in gaps and _has_gap(part[name]))
        known = list(part)
        rows.add(part)
    if not all(row.isdecimal() and int(row) < rows.count for row, _ in said):
        return []
    check_columns(filter(None, [table.text, table.label]), table.names, table.source)
    taken = with_columns(rows.taken(), table.names)
    return [
        name
        for name in ([table.label] if table.label else table.names)
        if name not in gaps
        and all(
            given in texts_of_value(plain(value))
            for value, (_, given) in zip(taken[name].tolist(), said, strict=True)
        )
    ]


def _has_gap(column: pd.Series) -> bool:
    return bool((column.isna() | (column == "").fillna(False)).any())


def _like(labels: np.ndarray, name: str) -> int | str:
    try:
        return labels.dtype.type(name).item() if labels.dtype.kind in "iu" else name
    except ValueError:
        return name
