"""What an annotation tool exports, as a row for each label that a person gave. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import UnionType

import pandas as pd

from keraswrap._tables.types import Row
from keraswrap.exceptions import InputError


@dataclass
class Export:
    """A row for each label, and which column holds what.

    Parameters
    ----------
    source : str
        What errors call the file.
    item : str or None
        The column of what was labeled; None for its text.
    annotator : str
        The column of who labeled it.
    texts : list of str
        Columns that may hold the text.
    left_out : Counter
        Why rows are no labels, and how many.
    """

    tool: str
    source: str
    rows: list[Row] = field(default_factory=list)
    item: str | None = "id"
    annotator: str = "annotator"
    label: str = "label"
    texts: list[str] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    def add(self, row: Row, label: object) -> None:
        """Add a label, which may stand in a list alone."""
        several = label if isinstance(label, list) else [label]
        if len(several) > 1:
            raise InputError(
                f"Expected one label each in {self.source!r}, an export of {self.tool}, got "
                f"{several!r:.80}. Rows with several labels are not supported."
            )
        if several:
            self.rows.append({**row, self.label: several[0]})
        else:
            self.left_out["without a label"] += 1

    def frame(self) -> pd.DataFrame:
        """Return the rows as a frame of objects."""
        if not self.rows:
            raise InputError(
                f"Expected labels in {self.source!r}, an export of {self.tool}, got none: "
                f"{dict(self.left_out)}."
            )
        names = dict.fromkeys(name for row in self.rows for name in row)
        return pd.DataFrame(
            {n: pd.Series([row.get(n) for row in self.rows], dtype=object) for n in names}
        )


def read_rows(frame: pd.DataFrame) -> Iterator[Row]:
    """Yield rows without their missing values."""
    for row in frame.to_dict("records"):
        yield {str(name): value for name, value in row.items() if not _is_missing(value)}


def _is_missing(value: object) -> bool:
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))


def single_values(row: Mapping[str, object], without: Collection[str] = ()) -> Row:
    """Return the columns that hold a single value."""
    return {
        str(name): value
        for name, value in row.items()
        if name not in without and pd.api.types.is_scalar(value) and not isinstance(value, bytes)
    }


def are_all(values: Iterable[object], kind: type | UnionType) -> bool:
    """Return whether all values are of a kind."""
    return all(isinstance(value, kind) for value in values)


def name_texts(fields: Mapping[str, object]) -> list[str]:
    """Return the names of the fields that may be the text."""
    return [str(name) for name, value in fields.items() if isinstance(value, str)]


def choose_question(asked: Collection[str], label: str | None, export: Export) -> str:
    """Return the question that the labels answer: the one that was named, or the only one."""
    if label is None and len(asked) < 2:
        return next(iter(asked), export.label)
    if label in asked:
        return str(label)
    raise InputError(
        f"Expected one of the questions that {export.source!r}, an export of {export.tool}, has "
        f"answers to, {sorted(asked)}, got {label!r}. Name it with --label."
    )


def refuse(export: Export, got: str) -> InputError:
    """Return the error for what is not a label of a whole text."""
    return InputError(
        f"Expected labels of whole texts in {export.source!r}, an export of {export.tool}, got "
        f"{got:.120}. Export a task of classification."
    )
