"""Time the article's job against the wrappers it could have been written with.

Tune batch size and epochs of a fine-tuned encoder in 3 folds, fit the best,
find label issues, fit without them. Peers run it at Keras's defaults, and those
of ``--both-modes`` once more in the precision and compile mode that keraswrap
chose here. The lists of rows, lengths, rounds and peers are matched by position.
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
    "max_length": [128, 32],
    "rounds": [1, 1],
    "peers": ["cleanlab", ",".join(PEERS)],
    "both_modes": ["cleanlab"],
    "test_rows": 400,
    "batches": [16, 32],
    "epochs": [1, 2],
    "folds": 3,
    "rate": 2e-4,
    "trainable": "all",
    "seed": 0,
}
QUICK = {
    "rows": [36],
    "max_length": [8],
    "rounds": [1],
    "peers": [",".join(PEERS)],
    "test_rows": 16,
    "trainable": "head",
}
DEFAULTS = {"precision": "float32", "jit_compile": "auto"}


def prepare(rows, test_rows, max_length, seed):
    """Draw the reviews and tokenize them to ids once, for every side."""
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
    for rows, length, rounds, peers in cases(sizes):
        drawn = {"rows": rows, "max_length": length}
        drawn |= {name: sizes[name] for name in ("test_rows", "seed")}
        prepare(**drawn)
        each = {**drawn, **task}
        for turn in range(rounds):
            yield Job("article", each, round=turn)
            for peer in peers.split(","):
                yield Job("article", {**each, **DEFAULTS, "mode": "defaults"}, peer, "keras", turn)
                if peer in sizes["both_modes"] and (chosen := choice(done)):
                    yield Job("article", {**each, **chosen, "mode": "ours"}, peer, "keras", turn)


def cases(sizes):
    """Return what belongs together: rows, length, rounds and peers."""
    names = ("rows", "max_length", "rounds", "peers")
    return zip(*(sizes[name] for name in names), strict=True)


def choice(done):
    """Find what keraswrap chose in the measurements so far."""
    return next((entry["chose"] for entry in reversed(done) if "chose" in entry), None)


def table(results):
    """Format every side at every size as a Markdown table."""
    lines = [
        "| reviews | tokens | | precision, compile mode | wall minutes | CPU minutes | "
        "wall time vs keraswrap | best parameters | accuracy before → after cleaning |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    sizes = results["settings"]
    for rows, length, _, _ in cases(sizes):
        what = {"rows": rows, "max_length": length}
        lines += [line(results, what, "ours", "chosen", "**keraswrap**")]
        for peer, name in PEERS.items():
            lines += [line(results, what, peer, mode, name) for mode in ("defaults", "ours")]
    lines += [
        "",
        f"Amazon review sentences, each labeled by one person and truncated to that many "
        f"tokens; MiniLM, trained: {sizes['trainable']}; batch sizes {sizes['batches']} x epochs "
        f"{sizes['epochs']} in {sizes['folds']} folds, a final fit, label issues, a fit without "
        f"them. Medians of {sizes['rounds']} alternating rounds. "
        f"{harness.where(results)}",
    ]
    return "\n".join(line for line in lines if line is not None) + "\n"


def line(results, where, side, mode, name):
    what = {"side": side, **where} | ({} if side == "ours" else {"mode": mode})
    found = [m for m in results["measurements"] if what.items() <= m["what"].items()]
    if not found:
        return None
    wall, cpu = (median(results, key, **what) for key in ("total", "total_cpu"))
    before, after = (median(results, f"accuracy.{key}", **what) for key in ("before", "after"))
    used = "{precision}, {jit_compile}".format(**found[0].get("chose", found[0]["what"]))
    best = {"{batch_size} x {epochs}".format(**entry["best_params"]) for entry in found}
    ours = median(results, "total", side="ours", **where)
    return (
        f"| {where['rows']} | {where['max_length']} | {name} | {used} | {wall / 60:.1f} | "
        f"{cpu / 60:.1f} | {ratio(wall, ours)} | "
        f"{', '.join(sorted(best))} | {before:.3f} → {after:.3f} |"
    )


if __name__ == "__main__":
    harness.main(sys.modules[__name__])
