"""What Label Studio exports: tasks with annotations, or a row for each annotation. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pandas as pd

from keraswrap._tables.columns import check_columns
from keraswrap._tables.exports.labels import (
    Export,
    are_all,
    choose_question,
    name_texts,
    read_rows,
    refuse,
    single_values,
)
from keraswrap._tables.types import Row
from keraswrap.exceptions import InputError

# Columns besides the data in the flat formats.
_FLAT = {"id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement"}


def is_label_studio(frame: pd.DataFrame) -> bool:
    """Return whether a table is an export of Label Studio as JSON."""
    return (
        {"data", "annotations"} <= set(frame)
        and are_all(frame["data"], Mapping)
        and are_all(frame["annotations"], list)
        and all(are_all(part, Mapping) for part in frame["annotations"])
    )


def read_label_studio(frame: pd.DataFrame, source: str, label: str | None) -> Export:
    """Read tasks, each with annotations."""
    export = Export("Label Studio", source, item="task_id")
    found = []
    for task in read_rows(frame):
        own = unfold_task(task)
        export.texts = export.texts or name_texts(task["data"])
        for annotation in task["annotations"]:
            by = annotation.get("completed_by")
            own["annotator"] = by.get("email", by.get("id")) if isinstance(by, Mapping) else by
            if annotation.get("was_cancelled"):
                export.left_out["skipped"] += 1
            else:
                found.append(({**own}, _choices(annotation.get("result") or [], export)))
    export.label = choose_question(
        {name for _, answers in found for name in answers}, label, export
    )
    for own, answers in found:
        export.add(own, answers.get(export.label, []))
    return export


def unfold_task(task: Row) -> Row:
    """Return the data of a task, and its id, as columns."""
    return {**single_values(task["data"]), "task_id": task.get("id")}


def _choices(results: list[Row], export: Export) -> dict[str, object]:
    """Return the answers to each question, ignoring spans marked in a text."""
    answers = {
        str(result.get("from_name")): _unfold(result["value"])
        for result in results
        if result.get("type") == "choices" and isinstance(result.get("value"), Mapping)
    }
    if results and not answers:
        raise refuse(export, f"results of the type {results[0].get('type')!r}")
    return answers


def is_flat(frame: pd.DataFrame) -> bool:
    """Return whether a table is an export of Label Studio as JSON_MIN, CSV or TSV."""
    return {"id", "annotator", "annotation_id"} <= set(frame)


def read_flat(frame: pd.DataFrame, source: str, label: str | None) -> Export:
    """Read annotations, each beside the data of its task."""
    check_columns([] if label is None else [label], list(frame.columns), source)
    rest = [name for name in frame.columns if name not in _FLAT]
    questions = _between(list(frame.columns)) or rest
    export = Export("Label Studio", source, label=label or _only(questions, rest, source))
    export.texts = [name for name in rest if name != export.label]
    for row in read_rows(frame):
        own = single_values(row, {export.label, *(_FLAT - {"id", "annotator"})})
        answer = _unfold(row.get(export.label, ""))
        if isinstance(answer, list) and any(isinstance(part, Mapping) for part in answer):
            raise refuse(export, f"marks in a text: {answer!r}")
        export.add(own, [] if answer == "" else answer)
    return export


def _only(questions: list[str], rest: list[str], source: str) -> str:
    if len(questions) == 1:
        return questions[0]
    raise InputError(
        f"Expected the column of the labels with --label, as {source!r} is an export of Label "
        f"Studio, got none. There are {rest}."
    )


def _between(names: list[str]) -> list[str]:
    """Return the columns of answers: in JSON_MIN, those between the id and the annotator."""
    return names[names.index("id") + 1 : names.index("annotator")]


def _unfold(value: object) -> object:
    """Return an answer as a text or list; several are ``{"choices": [...]}``, in CSV too."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            value = json.loads(value)
        except ValueError:
            return value
    return value["choices"] if isinstance(value, Mapping) and "choices" in value else value
