"""What annotation tools export: Prodigy, Label Studio and Argilla, known by their content.

Each gives a row for each label that a person gave. What was ignored, rejected,
skipped or is a draft is no label; what marks a part of a text is refused.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from keraswrap._tables.exports.argilla import (
    is_argilla,
    is_argilla_table,
    read_argilla,
    read_argilla_table,
    unfold_record,
)
from keraswrap._tables.exports.label_studio import (
    is_flat,
    is_label_studio,
    read_flat,
    read_label_studio,
    unfold_task,
)
from keraswrap._tables.exports.labels import Export
from keraswrap._tables.exports.prodigy import is_prodigy, read_prodigy
from keraswrap._tables.types import Row
from keraswrap.exceptions import InputError

__all__ = ["Export", "find_unfold", "is_export", "read_export"]

_READERS: dict[Callable[[pd.DataFrame], bool], Callable[..., Export]] = {
    is_prodigy: read_prodigy,
    is_label_studio: read_label_studio,
    is_flat: read_flat,
    is_argilla: read_argilla,
    is_argilla_table: read_argilla_table,
}


def read_export(frame: pd.DataFrame, source: str, label: str | None = None) -> Export | None:
    """Read what an annotation tool exported; None where a table is no such export.

    Parameters
    ----------
    frame : DataFrame
        As `read_table` gives it.
    source : str
        What errors call the file.
    label : str, optional
        Which question, where several were asked; or the column of flat forms.

    Raises
    ------
    InputError
        If it holds no labels of whole texts, several of one, or answers to
        several questions of which none is named.

    Examples
    --------
    >>> one = {"text": "fine", "label": "good", "answer": "accept", "_task_hash": 1}
    >>> frame = pd.DataFrame([one, {**one, "answer": "reject"}])
    >>> found = read_export(frame, "a.jsonl")
    >>> found.tool, found.frame()["label"].tolist(), dict(found.left_out)
    ('Prodigy', ['good'], {'rejected': 1})
    """
    for fits, read in _READERS.items():
        if fits(frame):
            try:
                return read(frame, source, label)
            # Its structure differs from the tool's, in one of many ways.
            except (AttributeError, IndexError, KeyError, TypeError) as error:
                raise InputError(
                    f"Expected {source!r} as its annotation tool writes it, got "
                    f"{type(error).__name__}: {error}. Export it again, or name columns of a table."
                ) from error
    return None


def is_export(frame: pd.DataFrame) -> bool:
    """Return whether rows look like those of an export of an annotation tool.

    Examples
    --------
    >>> is_export(pd.DataFrame({"text": ["fine"], "answer": ["accept"], "_task_hash": [1]}))
    True
    """
    return any(fits(frame) for fits in _READERS)


# What nests columns in others.
_NESTED: dict[Callable[[pd.DataFrame], bool], Callable[[Row], Row]] = {
    is_label_studio: unfold_task,
    is_argilla: unfold_record,
}


def find_unfold(frame: pd.DataFrame, source: str) -> Callable[[Row], Row] | None:
    """Return what makes plain columns of a row of an export, labeled or not.

    Parameters
    ----------
    frame : DataFrame
        Some rows of it.
    source : str
        What errors call the file.

    Returns
    -------
    callable or None
        From row to row, raising InputError for one of another form; None where
        a table is no export of an annotation tool.

    Examples
    --------
    >>> rows = [{"id": 7, "data": {"text": "fine", "stars": 5}, "annotations": []}]
    >>> find_unfold(pd.DataFrame(rows), "a.json")(rows[0])
    {'text': 'fine', 'stars': 5, 'task_id': 7}
    """
    if not is_export(frame):
        return None
    unfold = next((unfold for fits, unfold in _NESTED.items() if fits(frame)), dict)

    def checked(row: Row) -> Row:
        try:
            return unfold(row)
        except (AttributeError, KeyError, TypeError) as error:
            raise InputError(
                f"Expected every row of {source!r} to be a task like the first, got {row!r:.80}. "
                "Export it again."
            ) from error

    return checked
