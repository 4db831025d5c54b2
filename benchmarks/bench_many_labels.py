"""Measure finding label issues among millions of rows whose probabilities are in a file.

The file is memory-mapped, read whole, or passed to cleanlab's finder in batches; the
issues of the first two must be the same. A tenth of the labels is flipped.
"""

from __future__ import annotations

import sys

import harness
import numpy as np
from common import HERE
from harness import Job, median

RESULTS = HERE / "many_labels.json"
MARKS = (
    "<!-- many labels: figures from benchmarks/many_labels.json -->\n",
    "<!-- end many labels -->",
)
SIZES = {"rows": 10_000_000, "classes": 10, "flipped": 0.1, "rounds": 1}
QUICK = {"rows": 100_000}
SIDES = {
    "ours": "keraswrap, mapped",
    "ours in memory": "keraswrap, in memory",
    "cleanlab": "cleanlab, in batches",
}
_PIECE = 1 << 18


def prepare(rows, classes, flipped):
    """Write probabilities and labels, some rows at a time, unless the files exist."""
    paths = [
        HERE.parent / ".peers" / f"{kind}-{rows}-{classes}.npy" for kind in ("proba", "labels")
    ]
    if not all(path.exists() for path in paths):
        paths[0].parent.mkdir(exist_ok=True)
        rng = np.random.default_rng(0)
        proba = np.lib.format.open_memmap(paths[0], "w+", np.float32, (rows, classes))
        labels = np.empty(rows, np.int64)
        for start in range(0, rows, _PIECE):
            n = min(_PIECE, rows - start)
            truth = rng.integers(0, classes, n)
            drawn = rng.gamma(0.3 + 3 * np.eye(classes)[truth])
            proba[start : start + n] = drawn / drawn.sum(axis=1, keepdims=True)
            other = (truth + rng.integers(1, classes, n)) % classes
            labels[start : start + n] = np.where(rng.random(n) < flipped, other, truth)
        np.save(paths[1], labels)


def plan(sizes, done):
    prepare(sizes["rows"], sizes["classes"], sizes["flipped"])
    task = {name: sizes[name] for name in ("rows", "classes")}
    for turn in range(sizes["rounds"]):
        for side in SIDES:
            yield Job("many_labels", task, side, round=turn)


def table(results):
    """Format seconds, memory and issues as a Markdown table."""
    lines = [
        "| | wall seconds | CPU seconds | additional private memory, MB | issues |",
        "|---|---|---|---|---|",
    ]
    for side, name in SIDES.items():
        cells = [median(results, key, side=side) for key in ("seconds.find", "seconds.find_cpu")]
        if cells[0] is None:
            continue
        own, issues = (median(results, key, side=side) for key in ("own_mb", "issues"))
        times = " | ".join(f"{cell:.1f}" for cell in cells)
        lines.append(f"| {name} | {times} | {own:,.0f} | {issues:,.0f} |")
    marks = {entry["mark"] for entry in results["measurements"] if "ours" in entry["what"]["side"]}
    sizes = results["settings"]
    lines += [
        "",
        f"{sizes['rows']:,} rows x {sizes['classes']} classes, float32, {sizes['flipped']:.0%} of "
        f"the labels flipped. The two keraswrap runs found "
        f"{'the same issues' if len(marks) < 2 else 'different issues'}. {harness.where(results)}",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    harness.main(sys.modules[__name__])
