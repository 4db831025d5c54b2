"""Measure how cost grows: of a fit with its rows, of a search with its candidates."""

from __future__ import annotations

import sys

import harness
import numpy as np
from common import HERE
from harness import Job

RESULTS = HERE / "growth.json"
MARKS = "<!-- growth: figures from benchmarks/growth.json -->\n", "<!-- end growth -->"
SIZES = {
    "rows": [1000, 10_000, 100_000, 1_000_000],
    "batch": 256,
    "epochs": 1,
    "candidates": [5, 20, 80],
    "search_rows": 500,
    "search_epochs": 5,
    "search_batch": 32,
    "folds": 3,
    "rounds": 3,
}
QUICK = {"rows": [500, 2000], "candidates": [2, 4], "folds": 2, "rounds": 1}
SIDES = {"ours": "keraswrap", "mlp": "MLPClassifier", "keras": "Keras alone"}


def plan(sizes, done):
    fit = {"epochs": sizes["epochs"], "batch": sizes["batch"]}
    search = {"rows": sizes["search_rows"], "folds": sizes["folds"]}
    search |= {"epochs": sizes["search_epochs"], "batch": sizes["search_batch"]}
    for turn in range(sizes["rounds"]):
        for rows in sizes["rows"]:
            for side in SIDES:
                yield Job("growth", {"rows": rows, **fit}, side, round=turn)
        for candidates in sizes["candidates"]:
            for side in ("ours", "mlp"):
                task = {"candidates": candidates, **search}
                yield Job("growth", task, side, round=turn)


def curve(results, side, axis):
    """Return the sizes measured along an axis, and the median seconds of each."""
    fixed = {"folds": results["settings"]["folds"]} if axis == "candidates" else {}
    points = []
    for size in results["settings"][axis]:
        what = {"side": side, axis: size, **fixed}
        found = [
            entry["seconds"]["work"]
            for entry in results["measurements"]
            if what.items() <= entry["what"].items()
            and ("candidates" in entry["what"]) == (axis == "candidates")
        ]
        if found:
            points.append((size, float(np.median(found))))
    return points


def table(results):
    """Format seconds and log-log slopes as Markdown tables."""
    sizes, parts = results["settings"], []
    for axis in ("rows", "candidates"):
        heads = [f"{size:,}" for size in sizes[axis]]
        lines = [
            f"| seconds by {axis} | {' | '.join(heads)} | slope |",
            "|---" * (len(heads) + 2) + "|",
        ]
        for side, name in SIDES.items():
            points = curve(results, side, axis)
            if len(points) == len(heads):
                cells = " | ".join(f"{seconds:.2f}" for _, seconds in points)
                slope = np.polyfit(*np.log(points).T, 1)[0]
                lines.append(f"| {name} | {cells} | {slope:.2f} |")
        parts.append("\n".join(lines))
    parts.append(
        f"One epoch in batches of {sizes['batch']}, without tracing; searches with "
        f"{sizes['folds']} folds on {sizes['search_rows']} rows, {sizes['search_epochs']} epochs "
        f"each in batches of {sizes['search_batch']}, including tracing. The slope is on a log-log "
        f"scale: 1 means that cost is proportional to size. Medians of {sizes['rounds']} "
        f"alternating rounds. {harness.where(results)}"
    )
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    harness.main(sys.modules[__name__])
