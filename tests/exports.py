"""What all exports of annotation tools must come to, whatever the tool."""

import json

from keraswrap._tables import read_export, read_table
from keraswrap._tables.read import frame_of_objects

# Texts, annotators and labels that the cases of each tool hold, in its own shape.
TWO = [["t1", "ann", "glad"], ["t1", "bob", "sad"], ["t2", "bob", "sad"]]


def check_two(rows, folder, tool):
    """Check that rows, as JSON and as JSON Lines, hold those labels and nothing else."""
    for form in ("json", "jsonl"):
        path = folder / f"export.{form}"
        path.write_text(json.dumps(rows) if form == "json" else "\n".join(map(json.dumps, rows)))
        found = read_export(read_table(path), "export")
        assert found.frame()[["text", found.annotator, found.label]].to_numpy().tolist() == TWO
        assert (found.tool, found.texts) == (tool, ["text"])


def left_out(rows):
    """Count what of an export holds no label, by the reason."""
    return dict(read_export(frame_of_objects(rows), "x").left_out)


def read(rows, label=None):
    """Read an export from the objects that its file holds."""
    return read_export(frame_of_objects(rows), "e.json", label)
