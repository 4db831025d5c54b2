"""What Prodigy exports: answers to tasks, one a line. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from keraswrap._tables.exports.labels import Export, are_all, read_rows, refuse, single_values
from keraswrap._tables.types import Row

# In these, the label belongs to the whole text, although patterns may mark parts of it.
_VIEWS = {"classification", "text", "html", "choice", "blocks"}
_INNER = {"answer", "label", "priority", "_input_hash", "_task_hash", "_timestamp", "_view_id"}
_INNER |= {"_annotator_id", "_session_id"}
_ANSWERS = {"accept": "accepted", "reject": "rejected", "ignore": "ignored"}


def is_prodigy(frame: pd.DataFrame) -> bool:
    """Return whether a table is an export of Prodigy."""
    marks = {"_task_hash", "_input_hash", "accept", "options", "_view_id"}
    if "answer" not in frame or not marks & set(frame) or not are_all(frame["answer"], str):
        return False
    return set(frame["answer"]) <= {*_ANSWERS}


def read_prodigy(frame: pd.DataFrame, source: str, label: str | None) -> Export:
    """Read answers to tasks; the label is chosen of options, or is the one that was asked about."""
    export = Export("Prodigy", source, item=None, texts=["text"])
    for row in read_rows(frame):
        meta = single_values(row["meta"]) if isinstance(row.get("meta"), Mapping) else {}
        own = {f"meta_{name}": value for name, value in meta.items()}
        own |= single_values(row, _INNER)
        by = row.get("_annotator_id", row.get("_session_id"))
        own |= {} if by is None else {"annotator": by}
        if row["answer"] != "accept":
            export.left_out[_ANSWERS[row["answer"]]] += 1
        else:
            export.add(own, _answer(row, export))
    return export


def _answer(row: Row, export: Export) -> object:
    view = str(row.get("_view_id", "classification"))
    if isinstance(row.get("accept"), list):
        return row["accept"]
    if "label" in row and view in _VIEWS:
        return row["label"]
    marks = next((name for name in ("spans", "relations") if row.get(name)), None)
    raise refuse(export, marks or f"the view {view!r} with {sorted(row)}")
