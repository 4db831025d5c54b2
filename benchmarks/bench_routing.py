"""Measure how well messages out of scope are detected, on Banking77 without ten intents.

Ten of the 77 intents are drawn and left out of the training rows, so that their test
rows are out of scope, and close to what is in scope. Results are written to
``benchmarks/routing.json`` as they come in, and a run resumes where an earlier one
stopped; ``--fresh`` starts over, ``--table`` only writes the table. Banking77 is read
from the folder that ``--data`` names.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import sampled
from common import HERE
from environments import interpreter

RESULTS = HERE / "routing.json"
MARKS = ("<!-- routing: figures from benchmarks/routing.json -->\n", "<!-- end routing -->")
DRAWS = {"vectors": (0, 1, 2, 3, 4), "tf-idf": (0, 1, 2)}
LEFT_OUT, ACCEPT = 10, 0.95
SIDES = ("highest probability", "nearest message", "semantic-router", "keraswrap")


def embedder(name):
    from sklearn.feature_extraction.text import TfidfVectorizer

    from keraswrap.text import TextEmbedder

    return TextEmbedder() if name == "vectors" else TfidfVectorizer(sublinear_tf=True)


def read(folder):
    """Read the training and test rows; None where they are missing."""
    paths = [folder / f"banking77_{part}.csv" for part in ("train", "test")]
    return [pd.read_csv(p) for p in paths] if all(p.exists() for p in paths) else None


def measure(what, options):
    """Leave intents out, and score the test rows of the others and of these."""
    from keraswrap.routing import OutOfScopeDetector

    parts = read(options.data)
    if parts is None:
        return None
    (texts, labels), (test, truth) = [
        (part["text"].to_numpy(str), part["category"].to_numpy(str)) for part in parts
    ]
    out = np.random.default_rng(what["seed"]).permutation(np.unique(labels))[:LEFT_OUT]
    inside, foreign = ~np.isin(labels, out), np.isin(truth, out)
    started = time.process_time()
    detector = OutOfScopeDetector(embedder(what["encoder"]), accept=ACCEPT)
    detector.fit(texts[inside].tolist(), labels[inside].tolist())
    seconds = time.process_time() - started
    views = np.mean([m.view(detector._rows(test.tolist())) for m in detector._models], axis=0)
    sides = {
        side: figures(views[:, n], detector._reference[:, n], foreign)
        for n, side in enumerate(SIDES[:2])
    }
    scores = detector.score_samples(test.tolist())
    sides["keraswrap"] = summary(scores, detector.offset_, foreign)
    if what["encoder"] == "vectors" and options.peers:
        sides["semantic-router"] = peer(texts[inside], labels[inside], test, foreign)
    shown = {"kinds shown": out[: LEFT_OUT // 2], "kinds not shown": out[LEFT_OUT // 2 :]}
    informed = with_examples(what, (texts, labels, inside), test, shown["kinds shown"])
    for kinds, intents in shown.items():
        kept = ~foreign | np.isin(truth, intents)
        for side, (found, threshold) in {
            "keraswrap": (scores, detector.offset_),
            "keraswrap, with examples": informed,
        }.items():
            sides[f"{side}: {kinds}"] = summary(found[kept], threshold, foreign[kept])
    told = {side: round(found["auroc"], 3) for side, found in sides.items()}
    return {"sides": sides, "rows": int(inside.sum()), "cpu_seconds": round(seconds, 1)}, told


def with_examples(what, train, test, shown):
    """Show a detector the training rows of intents that are out of scope."""
    from keraswrap.routing import OutOfScopeDetector

    texts, labels, inside = train
    rows = np.flatnonzero(inside | np.isin(labels, shown))
    routes = [labels[row] if inside[row] else None for row in rows]
    detector = OutOfScopeDetector(embedder(what["encoder"]), accept=ACCEPT)
    detector.fit(texts[rows].tolist(), routes)
    return detector.score_samples(test.tolist()), detector.offset_


def figures(scores, reference, foreign):
    """Summarize scores under the threshold that accepts as many of those that are in scope."""
    at = int(np.floor((len(reference) + 1) * (1 - ACCEPT))) - 1
    return summary(scores, np.sort(reference)[at], foreign)


def summary(scores, threshold, foreign):
    from sklearn.metrics import roc_auc_score

    exact = np.quantile(scores[~foreign], 1 - ACCEPT)
    return {
        "auroc": float(roc_auc_score(~foreign, scores)),
        # Where exactly that share of the test rows in scope is accepted: to compare sides.
        "false_accepts": float(np.mean(scores[foreign] >= exact)),
        # Under the threshold that was learned: what a user gets.
        "accepted": float(np.mean(scores[~foreign] >= threshold)),
        "false_accepts_learned": float(np.mean(scores[foreign] >= threshold)),
    }


def peer(texts, labels, test, foreign):
    """Have semantic-router score the same vectors; a fifth of the rows sets its threshold.

    Its own calibration is monotonic, so it changes neither figure.
    """
    vectors = embedder("vectors").fit_transform([*texts, *test])
    held = np.random.default_rng(0).random(len(texts)) < 0.2
    # Without a name a row is not stored but asked about.
    names = np.append(np.where(held, "", labels), np.full(len(test), ""))
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder) / "given.npz", Path(folder) / "made.npz"
        asked = np.flatnonzero(names == "")
        np.savez(given, vectors=vectors, labels=names, asked=asked)
        job = HERE / "jobs" / "semantic_router_scores.py"
        subprocess.run([interpreter("semantic-router"), job, given, made], check=True)
        scores = np.load(made)["scores"]
    return figures(scores[-len(test) :], scores[: held.sum()], foreign)


def plan(options):
    return [
        {"data": "Banking77", "encoder": encoder, "seed": seed}
        for encoder, seeds in DRAWS.items()
        for seed in seeds
    ]


def table(results):
    """Format means over draws as a Markdown table, one line per side."""
    lines = [
        "| encoder | | draws | AUROC | false accepts where 95% in scope are accepted | "
        "learned threshold: accepted in scope | false accepts |",
        "|---|---|---|---|---|---|---|",
    ]
    for encoder, shown in (("vectors", "MiniLM"), ("tf-idf", "TF-IDF")):
        runs = [run["sides"] for run in results["runs"] if run["what"]["encoder"] == encoder]
        for side in dict.fromkeys(name for name in [*SIDES, *(runs[0] if runs else ())]):
            found = [run[side] for run in runs if side in run]
            if found:
                lines.append(line(shown, side, found))
    draws = max((run["rows"] for run in results["runs"]), default=0)
    lines += [
        "",
        f"Banking77 without ten intents that are drawn, {draws:,} training rows at most, tested on "
        "all test rows; means ± standard deviations over draws.",
    ]
    return "\n".join(lines) + "\n"


def line(encoder, side, found):
    auroc = spread([each["auroc"] for each in found], "{:.3f}", 1)
    false = spread([each["false_accepts"] for each in found], "{:.0f}", 100)
    accepted = np.mean([each["accepted"] for each in found])
    learned = np.mean([each["false_accepts_learned"] for each in found])
    return (
        f"| {encoder} | {side} | {len(found)} | {auroc} | {false}% | {accepted:.1%} "
        f"| {learned:.0%} |"
    )


def spread(values, shape, factor):
    """Write a mean, with the standard deviation of several values."""
    shown = shape.format(factor * np.mean(values))
    more = len(values) > 1
    return f"{shown} ± {shape.format(factor * np.std(values, ddof=1))}" if more else shown


def main():
    parser = sampled.parser(__doc__)
    parser.add_argument("--no-peers", dest="peers", action="store_false")
    options = parser.parse_args()
    drawn = lambda what: measure(what, options)  # noqa: E731
    sampled.run(RESULTS, MARKS, options, plan(options), drawn, table)


if __name__ == "__main__":
    main()
