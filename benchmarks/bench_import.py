"""Time the import of keraswrap and of its peers, each in fresh processes."""

from __future__ import annotations

import sys

import harness
from common import HERE
from harness import Job, median

RESULTS = HERE / "import.json"
MARKS = "<!-- import: figures from benchmarks/import.json -->\n", "<!-- end import -->"
SIZES = {"rounds": 7}
QUICK = {"rounds": 2}
# Module → environment; keraswrap itself without and with its wrappers.
MODULES = {
    "keraswrap": None,
    "keraswrap.wrappers": None,
    "sklearn.model_selection": None,
    "keras": "keras",
    "scikeras.wrappers": "keras",
    "cleanlab.models.keras": "keras",
    "torch": "torch",
    "skorch": "torch",
}


def plan(sizes, done):
    for turn in range(sizes["rounds"]):
        for module, peer in MODULES.items():
            side = "ours" if module.startswith("keraswrap") else module
            yield Job("imports", {"module": module}, side, peer, turn)


def table(results):
    """Format the modules as a Markdown table, one line per module."""
    lines = ["| | wall seconds | CPU seconds | modules | loads |", "|---|---|---|---|---|"]
    for module in MODULES:
        wall = median(results, "seconds.import", module=module)
        if wall is None:
            continue
        cpu, modules = (
            median(results, key, module=module) for key in ("seconds.import_cpu", "modules")
        )
        loaded = harness.figures(results, "loaded", module=module)[-1]
        lines.append(
            f"| `import {module}` | {wall:.2f} | {cpu:.2f} | {modules:.0f} | {', '.join(loaded)} |"
        )
    lines += ["", f"Medians of {results['settings']['rounds']} rounds. {harness.where(results)}"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    harness.main(sys.modules[__name__])
