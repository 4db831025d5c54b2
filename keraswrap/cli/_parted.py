"""Rows with one label each, in parts: from a file of any size, or from a table in memory."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pandas as pd

from keraswrap._tables import (
    can_be_parted,
    check_columns,
    is_export,
    kind_of_file,
    table_parts,
    with_columns,
)
from keraswrap.cli._columns import limit_of
from keraswrap.cli._labeled import load_rows
from keraswrap.exceptions import InputError


@dataclass
class PartedTable:
    """A table that can be read again and again, a part at a time.

    Parameters
    ----------
    source : str
        What errors call it.
    text, label : str or None
        The columns that hold texts and labels, if known.
    frame : DataFrame, optional
        All rows, where they are in memory.
    names : list of str
        The columns; of a file, those of the parts that were read.
    """

    source: str
    text: str | None
    label: str | None
    encoding: str = "utf-8"
    frame: pd.DataFrame | None = None
    names: list[str] = field(default_factory=list)
    state: tuple[int, ...] | None = None

    def parts(self, columns: Sequence[str] | None = None) -> Iterator[pd.DataFrame]:
        """Yield the parts, with all columns that are known so far, or with these.

        Raises
        ------
        InputError
            If the file is broken, or was changed since it was first read.
        """
        if self.frame is not None:
            yield self.frame if columns is None else self.frame[list(columns)]
            return
        for part in table_parts(self.source, encoding=self.encoding, columns=columns):
            if columns is None:
                self.names = list(dict.fromkeys([*self.names, *map(str, part)]))
            yield with_columns(part, self.names if columns is None else columns)
        self._check_same()

    def _check_same(self) -> None:
        about = os.stat(self.source)
        state = (about.st_ino, about.st_size, about.st_mtime_ns)
        if self.state not in (None, state):
            raise InputError(
                f"Expected {self.source!r} to stay as it is while it is read, but it was changed. "
                "Start again when it is complete."
            )
        self.state = state


def open_rows(options: argparse.Namespace) -> PartedTable:
    """Open a table; what needs all rows at once, such as an export, is read into memory.

    Raises
    ------
    InputError
        As from `load_rows`; the rows of a file are read later.
    """
    limit_of(options)
    whole = options.merge_labels or options.annotator is not None
    if not whole and can_be_parted(options.data):
        parts = table_parts(options.data, encoding=options.encoding)
        first = next((part for part in parts if len(part)), None)
        if first is not None and not is_export(first):
            named = (options.text, options.label, options.id)
            table = PartedTable(options.data, options.text, options.label, options.encoding)
            if kind_of_file(options.data) != "jsonl":  # whose later rows may add columns
                table.names = [str(name) for name in first]
                check_columns(filter(None, named), table.names, options.data)
            return table
    found = load_rows(options)
    names = [str(name) for name in found.frame.columns]
    return PartedTable(options.data, found.text, found.label, frame=found.frame, names=names)
