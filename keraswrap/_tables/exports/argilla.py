"""What Argilla exports: records with responses, as JSON or as a table. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

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


def is_argilla(frame: pd.DataFrame) -> bool:
    """Return whether a table holds records as Argilla exports them."""
    return (
        {"fields", "responses"} <= set(frame)
        and are_all(frame["fields"], Mapping)
        and are_all(frame["responses"], Mapping | list)
    )


def read_argilla(frame: pd.DataFrame, source: str, label: str | None) -> Export:
    """Read records, each with responses to questions."""
    export = Export("Argilla", source, item="record_id")
    found = []
    for record in read_rows(frame):
        export.texts = export.texts or name_texts(record["fields"])
        found.append((unfold_record(record), _responses(record["responses"])))
    export.label = choose_question(
        {name for _, answers in found for name in answers}, label, export
    )
    for own, answers in found:
        _add_all(export, own, answers.get(export.label, []))
    return export


def unfold_record(record: Row) -> Row:
    """Return the metadata and fields of a record, and its id, as columns."""
    own = {**single_values(record.get("metadata") or {}), **single_values(record["fields"])}
    return own | {"record_id": record.get("id")}


def _responses(responses: Mapping[str, list[Row]] | list[Row]) -> dict[str, list[Row]]:
    """Return the responses to each question, and who gave them (1.x groups them by person)."""
    if isinstance(responses, Mapping):
        return {name: list(given) for name, given in responses.items() if given}
    found: dict[str, list[Row]] = {}
    for given in responses:
        for name, answer in (given.get("values") or {}).items():
            who = {"user_id": given.get("user_id"), "status": given.get("status")}
            found.setdefault(name, []).append({**answer, **who})
    return found


def _add_all(export: Export, own: Row, responses: list[Row]) -> None:
    if not responses:
        export.left_out["without a response"] += 1
    for response in responses:
        status, value = response.get("status") or "submitted", response.get("value")
        if status != "submitted":
            export.left_out[str(status)] += 1
            continue
        if isinstance(value, Mapping) or (
            isinstance(value, list) and any(isinstance(part, Mapping) for part in value)
        ):
            raise refuse(export, f"marks or ranks: {value!r}")
        export.add({**own, "annotator": response.get("user_id")}, value)


def is_argilla_table(frame: pd.DataFrame) -> bool:
    """Return whether a table holds records as Argilla converts them for `datasets`."""
    return any(name.endswith(".responses") and f"{name}.users" in frame for name in map(str, frame))


def read_argilla_table(frame: pd.DataFrame, source: str, label: str | None) -> Export:
    """Read records whose responses stand in columns."""
    export = Export("Argilla", source, item="record_id")
    names = [str(n).removesuffix(".responses") for n in frame if str(n).endswith(".responses")]
    export.label = choose_question(names, label, export)
    questions = tuple(f"{name}." for name in names)
    for row in read_rows(frame):
        own = {
            n: v for n, v in single_values(row).items() if not n.startswith((*questions, "_server"))
        }
        own.pop("status", None)
        own["record_id"] = own.pop("id", None)
        export.texts = export.texts or [name for name in name_texts(own) if name != "record_id"]
        given = (row.get(f"{export.label}.responses{part}") for part in ("", ".users", ".status"))
        values, users, states = ([] if part is None else list(part) for part in given)
        states = states or ["submitted"] * len(values)
        both = zip(values, users, states, strict=True)
        _add_all(export, own, [{"value": v, "user_id": u, "status": s} for v, u, s in both])
    return export
