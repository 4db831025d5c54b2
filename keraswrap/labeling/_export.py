"""Write rows for Label Studio, Argilla or Prodigy, with people's labels and suggestions."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import ArrayLike

from keraswrap._data import align
from keraswrap._tables import new_file
from keraswrap._tables.types import Row
from keraswrap._wording import counted
from keraswrap.exceptions import InputError, ParameterError
from keraswrap.labeling._table import LabelTable, check_table

__all__ = ["export_labels"]

_AGENT = "keraswrap"


@dataclass(frozen=True)
class Entry:
    """One row, as all tools need it: labels as texts, by person.

    Parameters
    ----------
    suggested : (str, float) or None
        Label and probability.
    """

    number: int
    row_id: int | str
    text: str
    labels: dict[str, str]
    suggested: tuple[str, float] | None
    classes: list[str]


def export_labels(
    table: LabelTable,
    path: str | os.PathLike[str],
    format: str = "label_studio",
    *,
    rows: ArrayLike | None = None,
    suggestions: bool = True,
    overwrite: bool = False,
) -> None:
    """Write rows in the form that an annotation tool imports.

    People's labels are written as their annotations, the suggested label as a prediction,
    which the tool shows beside the row. `add_people` reads the tool's export.

    Parameters
    ----------
    table : LabelTable
    path : path
        Ends in .json, or, for Prodigy, in .jsonl.
    format : {"label_studio", "argilla", "prodigy"}, default="label_studio"
        Tasks of Label Studio with a choice named ``label`` of a text named ``text``; records of
        Argilla 2 with the field ``text`` and the question ``label``; tasks of Prodigy's
        view ``choice``, one for each label of a person.
    rows : array-like of shape (n,), bool, or of int, optional
        Which rows, or their positions; by default all that have a text.
    suggestions : bool, default=True
        Whether to write predictions. **Leave them out for rows of an audit**, because people
        follow them.
    overwrite : bool, default=False
        Whether an existing file may be overwritten.

    Raises
    ------
    InputError
        If the file exists, its name has another extension, or no such rows have a text.
    ParameterError
        If the format is unknown.
    StorageError
        If the folder cannot be written.

    Examples
    --------
    >>> import json, tempfile
    >>> from keraswrap.labeling import export_labels, label_texts
    >>> rule = lambda texts: ["good" if "fine" in text else "bad" for text in texts]
    >>> path = tempfile.mkdtemp() + "/tasks.json"
    >>> export_labels(label_texts(["fine"], [rule], classes=["bad", "good"]), path)
    >>> json.load(open(path))[0]["data"]
    {'text': 'fine', 'row_id': 0}
    """
    if format not in _WRITERS:
        raise ParameterError(f"Expected format as one of {list(_WRITERS)}, got {format!r:.60}.")
    places = _choose(table, rows)
    tasks = [
        task for entry in _entries(table, places, suggestions) for task in _WRITERS[format](entry)
    ]
    ending = ".jsonl" if format == "prodigy" else ".json"
    if not str(path).lower().endswith(ending):
        raise InputError(f"Expected a path that ends in {ending}, got {str(path)!r}. Rename it.")
    with new_file(path, overwrite) as draft:
        draft.write_text(_text(tasks, format), encoding="utf-8")


def _text(tasks: list[Row], format: str) -> str:
    if format == "prodigy":
        return "".join(json.dumps(task) + "\n" for task in tasks)
    return json.dumps(tasks, indent=1)


def _choose(table: LabelTable, rows: ArrayLike | None) -> np.ndarray:
    there = check_table(table)._job.rows.there
    given = align({"table": table._job.rows.given, "rows": rows})["rows"]
    chosen = np.flatnonzero(there) if rows is None else np.asarray(given)
    if chosen.dtype.kind == "b" and chosen.shape == there.shape:
        chosen = np.flatnonzero(chosen & there)
    inside = chosen.dtype.kind in "iu" and ((chosen >= 0) & (chosen < len(there))).all()
    if not len(chosen):
        raise InputError("Expected rows to write, got none that are chosen and have a text.")
    if not inside:
        raise InputError(
            f"Expected rows of a table of {counted(len(there), 'row')} as a mask or positions, got "
            f"shape {chosen.shape} of dtype {chosen.dtype}."
        )
    return chosen


def _entries(table: LabelTable, places: np.ndarray, suggestions: bool) -> Iterator[Entry]:
    classes = [str(label) for label in table.classes.tolist()]
    suggested, proba, people = table.suggested, table.proba, table._job.people.labels
    for place in places.tolist():
        said = people.iloc[place].dropna().items()
        guess = None
        if suggestions and suggested[place] is not None:
            guess = str(suggested[place]), round(float(proba[place]), 4)
        row_id = table.row_ids[place : place + 1].tolist()[0]
        row_id = row_id if isinstance(row_id, int) else str(row_id)
        labels = {str(name): str(label) for name, label in said}
        yield Entry(place, row_id, str(table.texts[place]), labels, guess, classes)


def _label_studio(entry: Entry) -> Iterator[Row]:
    def choice(label: str) -> Row:
        value = {"choices": [label]}
        return {"from_name": "label", "to_name": "text", "type": "choices", "value": value}

    task: Row = {"id": entry.number + 1, "data": {"text": entry.text, "row_id": entry.row_id}}
    task["annotations"] = [
        {"completed_by": {"email": name}, "result": [choice(label)]}
        for name, label in entry.labels.items()
    ]
    if entry.suggested:
        label, score = entry.suggested
        told = {"model_version": _AGENT, "score": score, "result": [choice(label)]}
        task["predictions"] = [told]
    yield task


def _argilla(entry: Entry) -> Iterator[Row]:
    record: Row = {
        "id": str(entry.row_id),
        "fields": {"text": entry.text},
        "metadata": {"row_id": entry.row_id},
        "suggestions": {},
        "responses": {},
    }
    if entry.suggested:
        label, score = entry.suggested
        record["suggestions"] = {"label": {"value": label, "score": score, "agent": _AGENT}}
    if entry.labels:
        said = [{"value": label, "user_id": name} for name, label in entry.labels.items()]
        record["responses"] = {"label": said}
    yield record


def _prodigy(entry: Entry) -> Iterator[Row]:
    task: Row = {
        "text": entry.text,
        "meta": {"row_id": entry.row_id},
        "options": [{"id": label, "text": label} for label in entry.classes],
        "_view_id": "choice",
        "_input_hash": crc32(entry.text.encode()),
        "_task_hash": crc32(f"{entry.row_id} {entry.text}".encode()),
    }
    if entry.suggested:
        task["meta"] = {"row_id": entry.row_id, "score": entry.suggested[1]}
    for name, label in entry.labels.items():
        yield task | {"accept": [label], "answer": "accept", "_annotator_id": name}
    if not entry.labels:
        yield task | ({"accept": [entry.suggested[0]]} if entry.suggested else {})


_WRITERS: dict[str, Callable[[Entry], Iterator[Row]]] = {
    "label_studio": _label_studio,
    "argilla": _argilla,
    "prodigy": _prodigy,
}
