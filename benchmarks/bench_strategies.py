"""Measure whether the strategy that CleanClassifier chooses pays, for people's errors and flips.

Each sample is fitted as given, pruned, relabeled, weighted, and as the nested
cross-validation of ``strategy="auto"`` chooses; all are scored on rows whose
labels are known to be right. Results are written to
``benchmarks/strategies.json`` as they come in, and a run resumes where an earlier
one stopped; ``--fresh`` starts over, ``--table`` only writes the table. Data sets
that no package contains are read from the folder that ``--data`` names.
"""

from __future__ import annotations

import json
import time

import label_noise
import numpy as np
import sampled
from bench_label_issues import make, rows_for
from common import HERE

RESULTS = HERE / "strategies.json"
MARKS = (
    "<!-- strategies: figures from benchmarks/strategies.json -->\n",
    "<!-- end strategies -->",
)
SEEDS = (0, 1, 2)
ENCODERS = ("tf-idf", "vectors")
FIXED = ("none", "prune", "relabel", "weight")
FOLDS = 3


def measure(sample, encoder, seed):
    """Score every strategy on one sample, and the one that is chosen."""
    from keraswrap.issues import CleanClassifier

    train, test = rows_for(encoder, sample.texts), rows_for(encoder, sample.test_texts)
    enough = frequent(sample.given)
    rows, labels, started = train[enough], sample.given[enough], time.process_time()
    auto = CleanClassifier(make(encoder, seed), cv=FOLDS, random_state=seed).fit(rows, labels)
    seconds = time.process_time() - started

    def score(strategy):
        clf = CleanClassifier(make(encoder, seed), strategy=strategy, cv=FOLDS)
        return accuracy(clf.fit(rows, labels, issues=auto.issues_), test, sample.test_truth)

    return {
        "rows": len(labels),
        "wrong": float(sample.wrong[enough].mean()),
        "issues": auto.issues_.n_issues,
        "accuracy": {name: score(name) for name in FIXED}
        | {"auto": accuracy(auto, test, sample.test_truth)},
        "chosen": auto.comparison_.chosen,
        "reason": auto.comparison_.reason,
        "fits": auto.n_fits_,
        "cpu_seconds": round(seconds, 1),
    }


def accuracy(clf, test, truth):
    return float(np.mean(clf.predict(test) == truth))


def frequent(labels):
    """Return which rows belong to classes that are large enough for nested folds."""
    _, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    return counts[codes] >= 2 * FOLDS


def plan(options):
    for encoder in options.encoders:
        for name in label_noise.SETS:
            for noise, rate in label_noise.kinds(name):
                # With 77 classes, TF-IDF takes minutes per sample.
                if rate == 0.2 or (encoder == "tf-idf" and name == "Banking77"):
                    continue
                for seed in options.seeds:
                    what = {"data": name, "noise": noise, "rate": rate}
                    yield what | {"encoder": encoder, "seed": seed}


def measure_drawn(what, options):
    """Draw a sample and measure it; None where its data are missing."""
    sample = label_noise.draw(what, options.data)
    if sample is None:
        return None
    figures = measure(sample, what["encoder"], what["seed"])
    return figures, json.dumps(figures["accuracy"])


def table(results):
    """Format the mean gain of each strategy as a Markdown table, one line per kind of noise."""
    kinds = {}
    for entry in results["runs"]:
        what = entry["what"]
        rate = "" if what["rate"] is None else f", {what['rate']:.0%}"
        kinds.setdefault((what["data"], what["noise"] + rate), []).append(entry)
    lines = [
        "| labels | noise | samples | accuracy as given | pruned | relabeled | weighted | auto | "
        "auto acts in |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for (data, noise), entries in kinds.items():
        gains = " | ".join(f"{100 * gain(entries, name):+.1f}" for name in (*FIXED[1:], "auto"))
        acts = sum(entry["chosen"] != "none" for entry in entries)
        before = np.mean([entry["accuracy"]["none"] for entry in entries])
        lines.append(f"| {data} | {noise} | {len(entries)} | {before:.3f} | {gains} | {acts} |")
    runs = results["runs"]
    totals = " | ".join(f"{100 * gain(runs, name):+.1f}" for name in (*FIXED[1:], "auto"))
    worst = {name: 100 * min(losses(runs, name)) for name in (*FIXED[1:], "auto")}
    told = ", ".join(f"{name} {value:+.1f}" for name, value in worst.items())
    lines += [
        f"| **all** | | {len(runs)} | | {totals} | "
        f"{sum(entry['chosen'] != 'none' for entry in runs)} |",
        "",
        f"Gains in points of accuracy on rows with right labels, means over samples of up to "
        f"{max(e['rows'] for e in runs):,} rows, with "
        f"{' and '.join(sorted({e['what']['encoder'] for e in runs}))} and logistic regression. "
        f'The worst loss in any sample, in points: {told}. "auto" made '
        f"{max(e['fits'] for e in runs)} fits where it compared strategies.",
    ]
    return "\n".join(lines) + "\n"


def gain(entries, name):
    return float(np.mean(losses(entries, name)))


def losses(entries, name):
    return [entry["accuracy"][name] - entry["accuracy"]["none"] for entry in entries]


def main():
    parser = sampled.parser(__doc__)
    parser.add_argument("--encoders", nargs="+", default=ENCODERS, choices=ENCODERS)
    parser.add_argument("--seeds", nargs="+", type=int, default=SEEDS)
    options = parser.parse_args()
    sampled.run(
        RESULTS,
        MARKS,
        options,
        plan(options),
        lambda what: measure_drawn(what, options),
        table,
    )


if __name__ == "__main__":
    main()
