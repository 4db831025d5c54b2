"""Time the article's job against the wrappers it could have been written with.

Tune batch size and epochs of a fine-tuned encoder in 3 folds, fit the best,
find label issues, fit without them. Each peer runs it at Keras's defaults, and
once more in the precision and compile mode that keraswrap chose here. At the
largest size only those run that ``--full-peers`` names, for they take long.
"""

from __future__ import annotations

import sys

import harness
import numpy as np
from common import HERE
from harness import Job, median, ratio

RESULTS = HERE / "article.json"
MARKS = "<!-- article: figures from benchmarks/article.json -->\n", "<!-- end article -->"
PEERS = {"cleanlab": "cleanlab 2.8", "scikeras": "SciKeras", "keras.wrappers": "keras.wrappers"}
SIZES = {
    "rows": [1000, 240],
    "rounds": [1, 3],
    "full_peers": ["cleanlab"],
    "test_rows": 400,
    "max_length": 32,
    "batches": [16, 32],
    "epochs": [1, 2],
    "folds": 3,
    "rate": 2e-4,
    "trainable": "all",
    "seed": 0,
}
QUICK = {
    "rows": [36],
    "rounds": [1],
    "full_peers": list(PEERS),
    "test_rows": 16,
    "max_length": 8,
    "trainable": "head",
}
DEFAULTS = {"precision": "float32", "jit_compile": "auto"}


def prepare(rows, test_rows, max_length, seed):
    """Draw the reviews and cut them into ids once, for every side."""
    folder = HERE.parent / ".peers"
    path = folder / f"reviews-{rows}-{test_rows}-{max_length}-{seed}.npz"
    if path.exists():
        return
    from keraswrap.datasets import fetch_rated_sentences, make_noisy_reviews
    from keraswrap.text import encode_texts, resolve_encoder

    drawn = make_noisy_reviews(fetch_rated_sentences(), rows, test_rows, seed=seed, threshold=1.0)
    encoder = resolve_encoder()
    folder.mkdir(exist_ok=True)
    np.savez(
        path,
        encoder=encoder,
        ids=encode_texts(drawn.train["text"], encoder, max_length),
        given=drawn.train["given"],
        truth=drawn.train["truth"],
        test_ids=encode_texts(drawn.test["text"], encoder, max_length),
        test_truth=drawn.test["truth"],
    )


def plan(sizes, done):
    task = {name: sizes[name] for name in ("batches", "epochs", "folds", "rate", "trainable")}
    drawn = {name: sizes[name] for name in ("test_rows", "max_length", "seed")}
    for rows, rounds in zip(sizes["rows"], sizes["rounds"], strict=True):
        prepare(rows, **drawn)
        each = {"rows": rows, **drawn, **task}
        for turn in range(rounds):
            yield Job("article", each, round=turn)
            for peer in PEERS if rows < max(sizes["rows"]) else sizes["full_peers"]:
                yield Job("article", {**each, **DEFAULTS, "mode": "defaults"}, peer, "keras", turn)
                if chosen := choice(done):
                    yield Job("article", {**each, **chosen, "mode": "ours"}, peer, "keras", turn)


def choice(done):
    """Find what keraswrap chose in the measurements so far."""
    return next((entry["chose"] for entry in reversed(done) if "chose" in entry), None)


def table(results):
    """Put every side at every size into a Markdown table."""
    lines = [
        "| reviews | | precision, compile mode | minutes | of the processor | against keraswrap | "
        "best parameters | accuracy before → after cleaning |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for rows in results["settings"]["rows"]:
        lines += [line(results, rows, "ours", "chosen", "**keraswrap**")]
        for peer, name in PEERS.items():
            lines += [line(results, rows, peer, mode, name) for mode in ("defaults", "ours")]
    sizes = results["settings"]
    lines += [
        "",
        f"Amazon review sentences with the label that one person gave, cut to {sizes['max_length']}"
        f" tokens; MiniLM, trained: {sizes['trainable']}; batch sizes {sizes['batches']} x epochs "
        f"{sizes['epochs']} in {sizes['folds']} folds, a final fit, label issues, a fit without "
        f"them. Medians of {sizes['rounds']} rounds at {sizes['rows']} reviews, in turns. "
        f"{harness.where(results)}",
    ]
    return "\n".join(line for line in lines if line is not None) + "\n"


def line(results, rows, side, mode, name):
    what = {"side": side, "rows": rows} | ({} if side == "ours" else {"mode": mode})
    found = [m for m in results["measurements"] if what.items() <= m["what"].items()]
    if not found:
        return None
    wall, cpu = (median(results, key, **what) for key in ("total", "total_cpu"))
    before, after = (median(results, f"accuracy.{key}", **what) for key in ("before", "after"))
    used = found[0].get("chose", found[0]["what"])
    best = {"{batch_size} x {epochs}".format(**entry["best_params"]) for entry in found}
    return (
        f"| {rows} | {name} | {used['precision']}, {used['jit_compile']} | {wall / 60:.1f} | "
        f"{cpu / 60:.1f} | {ratio(wall, median(results, 'total', side='ours', rows=rows))} | "
        f"{', '.join(sorted(best))} | {before:.3f} → {after:.3f} |"
    )


if __name__ == "__main__":
    harness.main(sys.modules[__name__])
