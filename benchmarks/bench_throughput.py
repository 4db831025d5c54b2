"""Compare the examples per second in training and prediction with PyTorch.

MiniLM is fully fine-tuned on rows that all have the same number of tokens, so that
no side computes on padding: keraswrap against a plain loop in PyTorch and against
skorch, in float32 and in bfloat16 (autocast in PyTorch).
"""

from __future__ import annotations

import sys

import harness
import numpy as np
from common import HERE
from harness import Job, median, ratio

RESULTS = HERE / "throughput.json"
MARKS = "<!-- throughput: figures from benchmarks/throughput.json -->\n", "<!-- end throughput -->"
SIZES = {
    "lengths": [32, 128],
    "rows": [384, 128],
    "batch": 32,
    "epochs": 5,
    "repeats": 5,
    "rounds": 3,
}
QUICK = {"lengths": [16], "rows": [16], "batch": 8, "epochs": 1, "repeats": 1, "rounds": 1}
SIDES = {"ours": "keraswrap", "torch": "PyTorch", "skorch": "skorch"}
PRECISIONS = {"float32": "fp32", "mixed_bfloat16": "bf16"}


def prepare(rows, length):
    """Join sentences until every row is full, and truncate all to one length."""
    path = HERE.parent / ".peers" / f"full-{rows}-{length}.npz"
    if path.exists():
        return
    from keraswrap.datasets import fetch_rated_sentences
    from keraswrap.text import encode_texts, resolve_encoder

    rated, encoder = fetch_rated_sentences(), resolve_encoder()
    texts = rated["text"].sample(2 * length, random_state=0).tolist()
    rng = np.random.default_rng(0)
    joined = [" ".join(rng.permutation(texts)[: length // 2]) for _ in range(rows)]
    ids = encode_texts(joined, encoder, length)
    if not ids.all():
        raise ValueError("Expected rows without padding.")
    path.parent.mkdir(exist_ok=True)
    np.savez(path, encoder=encoder, ids=ids, labels=rng.integers(0, 2, rows))


def plan(sizes, done):
    same = {name: sizes[name] for name in ("batch", "epochs", "repeats")}
    for turn in range(sizes["rounds"]):
        for length, rows in zip(sizes["lengths"], sizes["rows"], strict=True):
            prepare(rows, length)
            for precision in PRECISIONS:
                task = {"rows": rows, "length": length, "precision": precision, **same}
                yield Job("throughput", task, "ours", round=turn)
                yield Job("throughput", task, "torch", "torch", turn)
                if precision == "float32":
                    yield Job("throughput", task, "skorch", "torch", turn)


def table(results):
    """Format every side, length and precision as a Markdown table."""
    lines = [
        "| tokens | precision | | trained per second | predicted per second | keraswrap speedup |",
        "|---|---|---|---|---|---|",
    ]
    sizes = results["settings"]
    for length in sizes["lengths"]:
        for precision, short in PRECISIONS.items():
            for side, name in SIDES.items():
                what = {"length": length, "precision": precision}
                train, ask = (median(results, key, side=side, **what) for key in KINDS)
                if train is None:
                    continue
                ours = [median(results, key, side="ours", **what) for key in KINDS]
                faster = f"{ratio(ours[0], train)}, {ratio(ours[1], ask)}"
                faster = "" if side == "ours" else faster
                lines.append(
                    f"| {length} | {short} | {name} | {train:.0f} | {ask:.0f} | {faster} |"
                )
    lines += [
        "",
        f"Examples per second; all of MiniLM trained, batches of {sizes['batch']}, no padding; "
        f"medians of {sizes['epochs']} epochs and {sizes['repeats']} predictions in each of "
        f"{sizes['rounds']} alternating rounds, without tracing. {harness.where(results)}",
    ]
    return "\n".join(lines) + "\n"


KINDS = ("train", "predict")


if __name__ == "__main__":
    harness.main(sys.modules[__name__])
