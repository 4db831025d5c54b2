"""Measure where a training step of MiniLM spends its time, and how close it gets to the peak.

On one core, operation by operation, before and after the improvements; on all
cores, by precision, compile mode and batch size; and whether bfloat16 costs
accuracy, over three seeds.
"""

from __future__ import annotations

import sys

import harness
from common import HERE
from harness import Job, figures, median

RESULTS = HERE / "step.json"
MARKS = "<!-- step: figures from benchmarks/step.json -->\n", "<!-- end step -->"
SIZES = {"batches": [16, 32], "lengths": [32, 64], "repeats": 9, "seeds": 3, "rows": 300}
QUICK = {"batches": [2], "lengths": [8], "repeats": 2, "seeds": 1, "rows": 16}
PRECISIONS = {"float32": "float32", "mixed_bfloat16": "mixed bfloat16", "bfloat16": "bfloat16"}
MODES = ("float32", "mixed_bfloat16")
TRAINED = ("all", "lora:8")
PARTS = (
    *("matrix products", "GELU", "dropout", "layer norms", "softmax and mask", "casts"),
    *("optimizer", "other operations"),
)


def plan(sizes, done):
    repeats = {"repeats": sizes["repeats"]}
    shape = {"batch": sizes["batches"][-1], "length": sizes["lengths"][0], **repeats}
    for trainable in TRAINED:
        for precision in MODES:
            for before in (True, False):
                what = {"task": "parts", "trainable": trainable, "precision": precision}
                yield Job("step", {**what, **shape, "before": before}, "parts")
    what = {"task": "around", "trainable": "lora:8", "precision": "mixed_bfloat16"}
    yield Job("step", {**what, **shape}, "around")
    grid = [[batch, length] for length in sizes["lengths"] for batch in sizes["batches"]]
    for trainable, precision, jit in modes():
        some = grid if not jit and precision in MODES else [[shape["batch"], shape["length"]]]
        what = {"task": "pace", "trainable": trainable, "precision": precision}
        yield Job("step", {**what, "jit_compile": jit, "sizes": some, **repeats}, "pace")
    for seed in range(sizes["seeds"]):
        for precision in MODES:
            what = {"task": "accuracy", "trainable": "lora:8", "precision": precision}
            yield Job("step", {**what, "seed": seed, "n": sizes["rows"]}, "accuracy")


def modes():
    """List what is compared on all cores: what is trained, precision, XLA."""
    yield from ((trainable, precision, False) for trainable in TRAINED for precision in MODES)
    yield from (("lora:8", precision, True) for precision in MODES)
    yield "all", "bfloat16", False


def table(results):
    """Format the figures as three Markdown tables."""
    lines = [*parts_table(results), "", *pace_table(results), "", *accuracy_table(results)]
    fit, bare = (median(results, key, side="around") for key in ("fit", "bare"))
    if fit:
        told = f"{1000 * fit:.0f} ms of CPU time in a fit and {1000 * bare:.0f} ms by itself"
        lines += ["", f"A step of `lora:8` in mixed bfloat16 takes {told}."]
    tops = {p: peaks(results, p) for p in MODES}
    lines += ["", *(f"Peak in {PRECISIONS[p]}: {text}." for p, text in tops.items() if text)]
    return "\n".join([*lines, "", harness.where(results)]) + "\n"


def parts_table(results):
    yield "| | CPU ms on one core | share of peak | " + " | ".join(PARTS) + " |"
    yield "|---|---|---|" + "---|" * len(PARTS)
    for job, trainable in (("train", "all"), ("train", "lora:8"), ("predict", "lora:8")):
        for precision in MODES:
            for before in (True, False):
                what = {"trainable": trainable, "precision": precision, "before": before}
                yield from part_row(results, job, {"side": "parts", **what})


def part_row(results, job, what):
    cpu = median(results, f"{job}.cpu", **what)
    if cpu is None:
        return
    name = f"step, `{what['trainable']}`" if job == "train" else "prediction"
    when = "before" if what["before"] else "now"
    shares = [median(results, f"{job}.parts.{part}", **what) for part in PARTS]
    cells = [f"{1000 * cpu:.0f}", f"{median(results, f'{job}.share_cpu', **what):.0%}"]
    cells += [f"{1000 * cpu * share:.0f}" for share in shares]
    yield f"| {name}, {PRECISIONS[what['precision']]}, {when} | {' | '.join(cells)} |"


def pace_table(results):
    yield "| | batch x tokens | training, examples/s | share of peak | prediction, examples/s |"
    yield "|---|---|---|---|---|"
    for trainable, precision, jit in modes():
        what = {"side": "pace", "trainable": trainable, "precision": precision}
        for entry in results["measurements"]:
            if {**what, "jit_compile": jit}.items() <= entry["what"].items():
                name = f"`{trainable}`, {PRECISIONS[precision]}{', XLA' if jit else ''}"
                yield from (pace_row(name, entry, size) for size in entry["what"]["sizes"])


def pace_row(name, entry, size):
    batch, length = size
    train, ask = (entry[f"{batch}x{length}"][job] for job in ("train", "predict"))
    cells = [f"{batch} x {length}", f"{batch / train['wall']:.0f}", f"{train['share_cpu']:.0%}"]
    return f"| {name} | {' | '.join([*cells, format(batch / ask['wall'], '.0f')])} |"


def accuracy_table(results):
    yield "| | accuracy | log loss | CPU seconds |"
    yield "|---|---|---|---|"
    for precision in MODES:
        what = {"side": "accuracy", "precision": precision}
        found = [figures(results, key, **what) for key in ("accuracy", "loss")]
        if found[0]:
            cells = [", ".join(f"{value:.3f}" for value in each) for each in found]
            spent = median(results, "cpu", **what)
            yield f"| {PRECISIONS[precision]} | {' | '.join(cells)} | {spent:.0f} |"


def peaks(results, precision):
    """Return the peak rate of matrix products: CPU time on one core, wall time on all."""
    one = figures(results, "train.peak.cpu", side="parts", precision=precision)
    sizes = [m for m in results["measurements"] if m["what"]["side"] == "pace"]
    every = [
        m[size]["train"]["peak"]["wall"]
        for m in sizes
        if m["what"]["precision"] == precision
        for size in m
        if "x" in size and size[0].isdigit()
    ]
    if not one or not every:
        return ""
    return f"{max(one) / 1e9:.0f} GFLOP/s on one core, {max(every) / 1e9:.0f} on all"


if __name__ == "__main__":
    harness.main(sys.modules[__name__])
