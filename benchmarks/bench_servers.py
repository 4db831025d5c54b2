"""Measure what labels on llama.cpp's server take, against a bare client and KerasHubLM.

SmolLM2-135M-Instruct labels sentences of reviews: through a loop that sends one request a
row and reads the labels' first tokens, through OpenAICompatibleLM, and in keras-hub over
the same file. Each server is alone with its client, and has all cores; the fastest of
three passes over the rows counts.
"""

from __future__ import annotations

import sys

import bench_llm
import harness
import numpy as np
from common import HERE
from harness import Job, figures, median, ratio

RESULTS = HERE / "servers.json"
MARKS = "<!-- servers: figures from benchmarks/servers.json -->\n", "<!-- end servers -->"
SIZES = {"rows": 30, "rounds": 1, "data": str(HERE / "data")}
QUICK = {"rows": 4, "rounds": 1}
LABELS = {
    2: ["negative", "positive"],
    10: [
        *("very dissatisfied with it", "somewhat disappointed", "mixed feelings", "undecided"),
        *("mildly pleased", "very satisfied with it", "asking a question"),
        *("comparing with another product", "describing delivery and packaging", "off topic"),
    ],
    3: ["negative", "neutral", "positive"],
}
# Whether prompts are chats, for what is asked in both ways.
SIDES = {
    ("client", False): "bare client, 20 listed",
    ("client, 1,000 listed", False): "bare client, 1,000 listed",
    ("completions", False): 'OpenAICompatibleLM, `api="completions"`',
    ("chat", True): 'OpenAICompatibleLM, `api="chat"`',
    ("float32", False): "KerasHubLM, float32",
    ("bfloat16", False): "KerasHubLM, bfloat16",
}


def plan(sizes, done):
    bench_llm.prepare(sizes["data"])
    for turn in range(sizes["rounds"]):
        for labels in LABELS.values():
            for side, chat in SIDES:
                yield Job("servers", task(sizes, labels, chat), side, None, turn)
    # What probabilities of chats are compared with.
    for labels in LABELS.values():
        yield Job("servers", task(sizes, labels, True), "float32")


def task(sizes, labels, chat):
    return {"rows": sizes["rows"], "labels": labels, "chat": chat}


def table(results):
    """Format speed, cost and agreement of each way, by the number of labels."""
    lines = [
        "| labels | | rows per second | vs the bare client | CPU seconds per row | requests per "
        "row | tokens per row: read, written | rows answered | correlation with KerasHubLM |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for count, labels in LABELS.items():
        for (side, chat), name in SIDES.items():
            what = {"side": side, **task(results["settings"], labels, chat)}
            if median(results, "a_second", **what) is not None:
                lines.append(f"| {count} | {name} | {line(results, what)} |")
    return "\n".join([*lines, "", harness.where(results)]) + "\n"


def line(results, what):
    speed, rows = median(results, "a_second", **what), what["rows"]
    bare = median(results, "a_second", **{**what, "side": "client", "chat": False})
    ours, theirs = median(results, "seconds.ask_cpu", **what) / rows, 0.0
    requests = tokens = "–"
    if all("server_cpu" in found for found in measured(results, what)):
        theirs = median(results, "server_cpu", **what) / rows
        requests = f"{median(results, 'requests', **what) / rows:.1f}"
        read, written = (median(results, f"tokens_{way}", **what) for way in ("read", "written"))
        tokens = f"{read / rows:.0f}, {written / rows:.0f}"
    return " | ".join(
        [
            f"{speed:.1f} | {ratio(speed, bare)} | {ours + theirs:.3f} | {requests} | {tokens}",
            f"{min(figures(results, 'answered', **what))} of {rows}",
            agreement(results, what),
        ]
    )


def measured(results, what):
    return [m for m in results["measurements"] if what.items() <= m["what"].items()]


def agreement(results, what):
    """Format Pearson's correlation of all probabilities with those of keras-hub in float32."""
    own, other = (
        figures(results, "proba", **{**what, "side": side}) for side in (what["side"], "float32")
    )
    if not own or not other:
        return "–"
    first, second = (np.array(found[0], float) for found in (own, other))
    told = ~np.isnan(first).any(axis=1)
    if told.sum() < 3:
        return "–"
    return f"{np.corrcoef(first[told].ravel(), second[told].ravel())[0, 1]:.4f}"


if __name__ == "__main__":
    harness.main(sys.modules[__name__])
