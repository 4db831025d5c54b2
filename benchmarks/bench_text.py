"""Compare ways to classify texts: words, frozen vectors, and partial or full fine-tuning.

Accuracy and seconds are measured on three sets of real texts, three samples of each.
Results are written to ``benchmarks/text.json`` as they come in, with versions and
machine, and a run resumes where an earlier one stopped; ``--fresh`` starts over.
``--select`` compares learning rates instead, from which the defaults of
TransformerClassifier were taken; ``--table`` only writes the table in
docs/guides/text.md. Magazine reviews and Banking77 are read from the folder that
``--data`` names, and left out with a message if they are not there.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import time
from pathlib import Path

import numpy as np
import pandas as pd
from common import GUIDES, HERE, fill, machine, versions

RESULTS = HERE / "text.json"
PAGE = GUIDES / "guides" / "text.md"
MARKS = "<!-- text: figures from benchmarks/text.json -->\n", "<!-- end text -->"
SEEDS = (0, 1, 2)
TRAIN, TEST, MAX_LENGTH = 500, 500, 64
METHODS = ("tf-idf", "vectors", "head", "lora:8", "last:2", "all")
NAMES = {
    "tf-idf": "TF-IDF + logistic regression",
    "vectors": "TextEmbedder + logistic regression",
    "head": 'trainable="head"',
    "lora:8": 'trainable="lora:8"',
    "last:2": 'trainable="last:2"',
    "all": 'trainable="all"',
}
# The rates that were compared, on one sample and in fewer epochs.
RATES = {
    "head": (1e-3, 3e-3, 1e-2),
    "lora:8": (1e-3, 3e-3),
    "last:2": (3e-4, 1e-3),
    "all": (1e-4, 3e-4),
}
SELECTED_ON, SELECTED_IN = ("Amazon sentences", "Banking77"), 5


def amazon(folder):
    """Read sentences of product reviews, and whether twenty people find them good or bad."""
    from keraswrap.datasets import fetch_rated_sentences

    rated = fetch_rated_sentences()
    rated = rated[rated["mean"].abs() >= 1]
    return rated["text"].to_numpy(object), np.where(rated["mean"] > 0, "good", "bad"), None


def magazines(folder):
    """Read reviews with one star or five, and the product as group, so that parts share none."""
    frame = pd.read_csv(folder / "amazon_magazine_stars.csv").dropna(subset=["review_text"])
    frame = frame[frame["stars"].isin([1, 5])]
    return frame["review_text"].to_numpy(object), frame["stars"].to_numpy(), frame["asin"]


def banking(folder):
    """Read messages to a bank, and their intent, one of 77."""
    parts = [pd.read_csv(folder / f"banking77_{part}.csv") for part in ("train", "test")]
    frame = pd.concat(parts)
    return frame["text"].to_numpy(object), frame["category"].to_numpy(str), None


DATA = {
    "Amazon sentences": (amazon, None),
    "magazine reviews": (magazines, "amazon_magazine_stars.csv"),
    "Banking77": (banking, "banking77_train.csv"),
}


def split(texts, labels, groups, seed, n):
    """Draw training and test rows, stratified by label unless there are groups."""
    from sklearn.model_selection import GroupShuffleSplit, train_test_split

    rows = np.arange(len(texts))
    if groups is None:
        pool, rest = train_test_split(rows, stratify=labels, random_state=seed, test_size=0.4)
    else:
        splitter = GroupShuffleSplit(1, test_size=0.4, random_state=seed)
        pool, rest = next(splitter.split(rows, groups=groups))
    rng = np.random.default_rng(seed)
    return rng.permutation(pool)[:n], rng.permutation(rest)[:TEST]


def make(method, seed, cache, **kwargs):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    from keraswrap.text import TextEmbedder, TransformerClassifier

    if method == "tf-idf":
        words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
        return make_pipeline(words, LogisticRegression(C=10, max_iter=1000))
    if method == "vectors":
        embedder = TextEmbedder(max_length=MAX_LENGTH, cache=cache)
        return make_pipeline(embedder, LogisticRegression(C=10, max_iter=1000))
    return TransformerClassifier(
        trainable=method, max_length=MAX_LENGTH, cache=cache, random_state=seed, **kwargs
    )


def measure(method, data, seed, n=TRAIN, **kwargs):
    """Fit once and score on the rest, with nothing cached by another fit."""
    texts, labels, groups = data
    train, test = split(texts, labels, groups, seed, n)
    clf = make(method, seed, cache=False, **kwargs)
    gc.collect()
    started, cpu = time.perf_counter(), time.process_time()
    clf.fit(texts[train], labels[train])
    fitted, fitted_cpu = time.perf_counter(), time.process_time()
    right = clf.predict(texts[test]) == labels[test]
    done = time.perf_counter()
    return {
        "accuracy": float(np.mean(right)),
        "fit_seconds": round(fitted - started, 2),
        "fit_cpu_seconds": round(fitted_cpu - cpu, 2),
        "predict_seconds": round(done - fitted, 2),
        "rows": [len(train), len(test)],
    }


def select(method, data, seed, n, rate):
    """Measure one learning rate."""
    epochs = {} if method == "head" else {"epochs": SELECTED_IN}
    return measure(method, data, seed, n, learning_rate=rate, **epochs)


def run(results, key, jobs, measured):
    """Run the jobs that are not done yet, and write each result as it comes in."""
    done = {json.dumps(entry["what"]) for entry in results[key]}
    for what, job in jobs:
        if json.dumps(what) not in done:
            results[key].append({"what": what, **measured(*job)})
            RESULTS.write_text(json.dumps(results, indent=1) + "\n")
            print(results[key][-1], flush=True)


def load_data(folder):
    found = {}
    for name, (read, needs) in DATA.items():
        if needs is None or (folder / needs).exists():
            found[name] = read(folder)
        else:
            print(f"{name}: left out, for there is no {needs} in {folder}. See --data.")
    return found


def table(results):
    """Format mean and spread of each method as a Markdown table, one line per method."""
    runs = results["runs"]
    names = list(dict.fromkeys(entry["what"]["data"] for entry in runs))
    lines = ["| | " + " | ".join(f"{name} | CPU s" for name in names) + " |"]
    lines.append("|---|" + "---|---|" * len(names))
    for method in METHODS:
        cells = [NAMES[method]]
        for name in names:
            of = [e for e in runs if e["what"]["data"] == name and e["what"]["method"] == method]
            scores = [entry["accuracy"] for entry in of]
            cells.append(f"{statistics.mean(scores):.3f} ± {statistics.stdev(scores):.3f}")
            cells.append(f"{statistics.median(entry['fit_cpu_seconds'] for entry in of):.1f}")
        lines.append("| " + " | ".join(cells) + " |")
    seen, rows = results["machine"], runs[0]["rows"]
    lines += [
        "",
        f"Accuracy on {rows[1]} held-out texts (mean and standard deviation over "
        f"{len(SEEDS)} samples), and median CPU seconds, which vary less than wall time, for a "
        f"fit on {rows[0]} texts with nothing cached, including building and tracing; "
        f"MiniLM, {seen['processor']} with "
        f"{seen['cores']} cores, TensorFlow {results['versions']['tensorflow']}.",
    ]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=HERE / "data")
    parser.add_argument("--select", action="store_true")
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--fresh", action="store_true")
    options = parser.parse_args()
    known = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    results = {"machine": machine(), "versions": versions(), "selection": [], "runs": []} | known
    key = "selection" if options.select else "runs"
    if options.fresh:
        results[key] = []
    if not options.table:
        results |= {"machine": machine(), "versions": versions()}
        data = load_data(options.data)
        if options.select:
            jobs = [
                (
                    {"data": name, "method": method, "learning_rate": rate},
                    (method, data[name], 0, TRAIN, rate),
                )
                for method, rates in RATES.items()
                for rate in rates
                for name in SELECTED_ON
                if name in data
            ]
            run(results, key, jobs, select)
        else:
            jobs = [
                ({"data": name, "method": method, "seed": seed}, (method, data[name], seed))
                for seed in SEEDS
                for name in data
                for method in METHODS
            ]
            run(results, key, jobs, measure)
    if results["runs"]:
        fill(MARKS, table(results), PAGE)


if __name__ == "__main__":
    main()
