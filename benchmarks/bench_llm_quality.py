"""Measure how good a small language model's labels are, by prompt, examples and calibration.

Sentences of Amazon reviews and tweets, whose truth is what 20 people say, are labeled by
SmolLM2-135M-Instruct with no or some examples, for several draws of both.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import harness
import numpy as np
from common import HERE
from harness import Job

RESULTS = HERE / "llm_quality.json"
MARKS = (
    "<!-- llm quality: figures from benchmarks/llm_quality.json -->\n",
    "<!-- end llm quality -->",
)
SIZES = {"shots": [0, 4, 10], "rows": [500, 300], "seeds": [0, 1, 2], "data": str(HERE / "data")}
QUICK = {"shots": [0, 2], "rows": [8, 8], "seeds": [0]}
SETS = ("Amazon sentences", "tweets")
CALIBRATIONS = {"None": "none", "contextual": "contextual", "batch": "batch"}
WORDED = {False: "the default", True: "task-specific"}


def prepare(folder):
    """Tell the jobs where the data is, without making it part of what identifies a measurement."""
    path = HERE.parent / ".peers" / "llm_quality.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"data": str(Path(folder).absolute())}))


def plan(sizes, done):
    prepare(sizes["data"])
    for data, rows in zip(SETS, sizes["rows"], strict=True):
        if data == "tweets" and not (HERE / sizes["data"] / "tweets_20_raters.csv").exists():
            print(f"tweets: left out, for they are not in {sizes['data']}. See --data.")
            continue
        for worded in WORDED:
            # Examples say more than the wording, so the default prompt is tried without any.
            for shots in sizes["shots"] if worded else [0]:
                for seed in sizes["seeds"]:
                    task = {"data": data, "rows": rows, "shots": shots, "worded": worded}
                    yield Job("llm_quality", {**task, "seed": seed})


def table(results):
    """Format means over the draws, with standard deviations, as a Markdown table."""
    lines = [
        "| texts | prompt | examples | calibration | accuracy | AUC | log loss | "
        "predicted positive |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for data in SETS:
        for worded, wording in WORDED.items():
            for shots in results["settings"]["shots"]:
                for key, name in CALIBRATIONS.items():
                    what = {"data": data, "worded": worded, "shots": shots}
                    cells = [of(results, what, key, figure) for figure in FIGURES]
                    if cells[0]:
                        told = f"| {data} | {wording} | {shots} | {name} |"
                        lines.append(f"{told} {' | '.join(cells)} |")
    sizes = results["settings"]
    lines += [
        "",
        f"{' and '.join(map(str, sizes['rows']))} texts, means over {len(sizes['seeds'])} draws of "
        f"texts and examples ± standard deviations. {harness.where(results)}",
    ]
    return "\n".join(lines) + "\n"


FIGURES = ("accuracy", "auc", "log_loss", "positive")


def of(results, what, calibration, figure):
    found = harness.figures(results, f"found.{calibration}.{figure}", **what)
    if not found:
        return ""
    if figure == "positive":
        return f"{np.mean(found):.0%}"
    spread = f" ± {np.std(found, ddof=1):.3f}" if len(found) > 1 else ""
    return f"{np.mean(found):.3f}{spread}"


if __name__ == "__main__":
    harness.main(sys.modules[__name__])
