"""Measure the memory of a process that fits two hundred small nets, one after another.

The slope is a least-squares fit to the last three quarters, after garbage collection
and malloc_trim. Then a hundred fitted estimators are kept, to see what each takes.
"""

from __future__ import annotations

import sys

import harness
from common import HERE
from harness import Job, median

RESULTS = HERE / "refits.json"
MARKS = "<!-- refits: figures from benchmarks/refits.json -->\n", "<!-- end refits -->"
SIZES = {"rows": 400, "fits": 200, "every": 10, "kept": 100, "rounds": 1}
QUICK = {"rows": 64, "fits": 8, "every": 1, "kept": 4}
SIDES = {"ours": "keraswrap", "scikeras": "SciKeras", "keras.wrappers": "keras.wrappers"}


def plan(sizes, done):
    each = {name: sizes[name] for name in ("rows", "fits", "every", "kept")}
    for turn in range(sizes["rounds"]):
        for side in SIDES:
            yield Job("refits", each, side, None if side == "ours" else "keras", turn)


def table(results):
    """Format the sides as a Markdown table, one line per side."""
    sizes = results["settings"]
    lines = [
        f"| | MB per fit | after {sizes['every']} and {sizes['fits']} fits, MB | kept estimator, "
        "MB | its weights, MB |",
        "|---|---|---|---|---|",
    ]
    for side, name in SIDES.items():
        slope = median(results, "mb_a_fit", side=side)
        if slope is None:
            continue
        memory = harness.figures(results, "mb", side=side)[-1]
        each, weights = (
            median(results, f"{kind}_mb_each", side=side) for kind in ("kept", "weights")
        )
        first, *_, last = memory.values()
        lines.append(
            f"| {name} | {slope:.3f} | {first:.0f}, {last:.0f} | {each:.2f} | {weights:.3f} |"
        )
    lines += ["", harness.where(results)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    harness.main(sys.modules[__name__])
