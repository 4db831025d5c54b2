"""Measure how many reviews per second a language model labels, and how the cost grows.

SmolLM2-135M-Instruct is used with keraswrap: one by one, in batches, with the shared
prefix of the prompts run once (the default), and the same in bfloat16; and with skorch,
which runs the same weights in PyTorch. ``bench_llm_quality.py`` measures how good the
labels are.
"""

from __future__ import annotations

import csv
import json
import statistics
import sys

import harness
import numpy as np
from common import HERE
from harness import Job, figures, median, ratio

RESULTS = HERE / "llm.json"
MARKS = "<!-- llm: figures from benchmarks/llm.json -->\n", "<!-- end llm -->"
SIZES = {
    "rows": 100,
    "growing": [10, 100, 1000, 10000],
    "labels": [2, 10, 77],
    "label_rows": 32,
    "label_rows_of_skorch": 20,
    "rounds": 2,
    "data": str(HERE / "data"),
}
QUICK = {"rows": 4, "growing": [4], "labels": [2], "rounds": 1}
QUICK |= {"label_rows": 4, "label_rows_of_skorch": 4}
SIDES = {
    "skorch": "skorch",
    "one by one": "keraswrap, one by one",
    "batched": "keraswrap, in batches",
    "ours": "keraswrap, shared prefix",
    "bf16": "keraswrap, shared prefix, bf16",
}
FEELINGS = ["negative", "positive"]


def prepare(folder):
    """Write the texts and the path of the weights; return the labels for measuring growth."""
    from keraswrap.datasets import fetch_rated_sentences, fetch_smollm
    from keraswrap.llm import convert_gguf

    texts = fetch_rated_sentences()["text"].sample(1000, random_state=0).tolist()
    held = {"checkpoint": str(convert_gguf(fetch_smollm())), "texts": texts}
    path = HERE.parent / ".peers" / "llm.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(held))
    return intents(folder)


def intents(folder):
    """List the labels of Banking77, or numbered ones if its file is missing."""
    try:
        with open(f"{folder}/banking77_train.csv", newline="", encoding="utf-8") as lines:
            return sorted({row["category"].replace("_", " ") for row in csv.DictReader(lines)})
    except FileNotFoundError:
        return [f"matter {number} of the bank" for number in range(77)]


def plan(sizes, done):
    names = prepare(sizes["data"])
    for turn in range(sizes["rounds"]):
        for side in SIDES:
            yield Job(
                "llm",
                {"rows": sizes["rows"], "labels": FEELINGS},
                side,
                "torch" if side == "skorch" else None,
                turn,
            )
    for rows in sizes["growing"]:
        yield Job("llm", {"rows": rows, "labels": FEELINGS}, "growing")
    for count in sizes["labels"]:
        labels = names[:count]
        yield Job("llm", {"rows": sizes["label_rows"], "labels": labels}, "labels")
        # With many labels, skorch takes minutes per row.
        few = max(1, sizes["label_rows_of_skorch"] // count)
        yield Job("llm", {"rows": few, "labels": labels}, "labels of skorch", "torch")


def table(results):
    """Format every way to ask, and how the cost grows, as Markdown tables."""
    return "\n".join([*ways(results), "", *growth(results), "", harness.where(results)]) + "\n"


def ways(results):
    lines = [
        "| | reviews per second | wall-time speedup vs skorch | CPU-time speedup | memory beyond "
        "the model, MB | labels that differ from skorch |",
        "|---|---|---|---|---|---|",
    ]
    what = {"rows": results["settings"]["rows"], "labels": FEELINGS}
    base = median(results, "a_second", side="skorch", **what)
    cpu = median(results, "seconds.ask_cpu", side="skorch", **what)
    for side, name in SIDES.items():
        speed = median(results, "a_second", side=side, **what)
        if speed is None:
            continue
        extra = median(results, "extra_mb", side=side, **what)
        used = median(results, "seconds.ask_cpu", side=side, **what)
        lines.append(
            f"| {name} | {speed:.1f} | {ratio(speed, base)} | {ratio(cpu, used)} | {extra:,.0f} | "
            f"{other_labels(results, side, what)} |"
        )
    return lines


def other_labels(results, side, what):
    """Return the share of rows whose most probable label differs from skorch's."""
    found = [figures(results, "proba", side=name, **what) for name in ("skorch", side)]
    if not all(found):
        return "–"
    first, second = (np.asarray(proba[0]) > 0.5 for proba in found)
    return f"{(first != second).mean():.1%}"


def growth(results):
    sizes = results["settings"]
    lines = ["| rows, 2 labels | seconds |", "|---|---|"]
    for rows in sizes["growing"]:
        seconds = median(results, "seconds.ask", side="growing", rows=rows)
        if seconds is not None:
            lines.append(f"| {rows:,} | {seconds:.1f} |")
    lines += ["", "| labels | ms per row | peak memory, MB | skorch, ms per row | speedup |"]
    lines.append("|---|---|---|---|---|")
    for labels in asked_labels(results):
        ours, theirs = (a_row(results, side, labels) for side in ("labels", "labels of skorch"))
        peak = median(results, "peak_rss_mb", side="labels", labels=labels)
        peer = "– | –" if theirs is None else f"{theirs:,.0f} | {ratio(theirs, ours)}"
        lines.append(f"| {len(labels)} | {ours:,.0f} | {peak:,.0f} | {peer} |")
    return lines


def asked_labels(results):
    """Return the lists of labels that were measured, the shortest first."""
    asked = (entry["what"] for entry in results["measurements"])
    found = {len(what["labels"]): what["labels"] for what in asked if what["side"] == "labels"}
    return [found[count] for count in sorted(found)]


def a_row(results, side, labels):
    """Return the median milliseconds per row, or None if nothing was measured."""
    found = [
        1000 * entry["seconds"]["ask"] / entry["what"]["rows"]
        for entry in results["measurements"]
        if entry["what"]["side"] == side and entry["what"]["labels"] == labels
    ]
    return statistics.median(found) if found else None


if __name__ == "__main__":
    harness.main(sys.modules[__name__])
