"""Measure how fast frozen MiniLM computes vectors by each runtime, and what they are worth.

Each measurement runs in a process of its own: the seconds from its start to the first 256
vectors, and then vectors per second at 32 and at 128 tokens, the best of three rounds. Another
process compares the vectors with those of Keras in float32, and the accuracy of a logistic
regression on them, trained and tested on sentences of four kinds. OpenVINO has converted the
encoder before. Results are written to ``benchmarks/runtime.json``; ``--table`` only writes the
table, ``--rounds`` repeats.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from importlib.metadata import version

import numpy as np
from common import HERE, fill, machine, paired, versions

RESULTS = HERE / "runtime.json"
MARKS = (
    "<!-- runtime: figures from benchmarks/runtime.json -->\n",
    "<!-- end runtime -->",
)
SIDES = [(r, p) for r in ("keras", "openvino") for p in ("float32", "bfloat16")]
FIRST, MANY, TOKENS, ROUNDS, SEEDS = 256, 1024, (32, 128), 3, range(2)


def embedder(side, tokens):
    from keraswrap.text import TextEmbedder

    runtime, precision = side
    told = {"runtime": runtime, "precision": precision, "cache": False}
    return TextEmbedder(max_length=tokens, **told)


def texts_of(tokens):
    """Return sentences, or for many tokens, several in each text."""
    from keraswrap.datasets import fetch_rated_sentences

    sentences = fetch_rated_sentences(kind="movies")["text"].tolist()
    if tokens == TOKENS[0]:
        return sentences[:MANY]
    return [" ".join(sentences[8 * k : 8 * k + 8]) for k in range(MANY // 4)]


def time_side(side):
    """Return the seconds to the first vectors in this process, and rates afterwards."""
    started = time.perf_counter()
    embedder(side, TOKENS[0]).fit_transform(texts_of(TOKENS[0])[:FIRST])
    found = {"first": time.perf_counter() - started, "first_cpu": time.process_time()}
    for tokens in TOKENS:
        texts = texts_of(tokens)
        step = embedder(side, tokens).fit(texts)
        step.transform(texts)
        best = min(timed(lambda: step.transform(texts)) for _ in range(ROUNDS))  # noqa: B023
        found[f"per_second_{tokens}"] = len(texts) / best
    return found


def timed(run):
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def compare():
    """Return how close vectors are to those of Keras in float32, and accuracies on them."""
    import label_noise
    from sklearn.linear_model import LogisticRegression

    found = []
    for name in label_noise.PEOPLE:
        for seed in SEEDS:
            sample = label_noise.draw({"data": name, "seed": seed}, None)
            vectors, right = {}, {}
            for side in SIDES:
                step = embedder(side, 64).set_params(cache=True)
                train, test = step.fit_transform(sample.texts), step.transform(sample.test_texts)
                clf = LogisticRegression(C=3, max_iter=300).fit(train, sample.given)
                vectors[side] = train
                right[" ".join(side)] = float(np.mean(clf.predict(test) == sample.test_truth))
            exact = vectors[SIDES[0]]
            cosines = {
                " ".join(side): float((exact * some).sum(axis=1).min())
                for side, some in vectors.items()
            }
            found.append({"data": name, "seed": seed, "cosine": cosines, "accuracy": right})
    return found


def run_alone(*told):
    done = subprocess.run(
        [sys.executable, __file__, "--part", *told], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def measure(rounds):
    told = versions() | {"openvino": version("openvino")}
    results = {"machine": machine(), "versions": told, "times": [], "compared": []}
    for side in SIDES:  # converted, and read from disk once
        run_alone(*side)
    for number in range(rounds):
        for side in SIDES if number % 2 == 0 else SIDES[::-1]:
            results["times"].append({"side": " ".join(side), **run_alone(*side)})
            print(results["times"][-1], flush=True)
    results["compared"] = run_alone("compare")
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    return results


def table(results):
    """Format rates, starts and accuracies as a Markdown table."""
    lines = [
        "| runtime | vectors per second, 32 tokens | 128 tokens | of Keras float32's | "
        "seconds to the first 256 vectors | CPU seconds | least cosine | accuracy, less that of "
        "Keras float32 |",
        "|---" * 8 + "|",
    ]
    names = [" ".join(side) for side in SIDES]
    of = lambda name, key: float(  # noqa: E731
        np.median([run[key] for run in results["times"] if run["side"] == name])
    )
    for name in names:
        rates = [of(name, f"per_second_{tokens}") for tokens in TOKENS]
        base = [of(names[0], f"per_second_{tokens}") for tokens in TOKENS]
        cells = [name.replace("openvino", "OpenVINO").replace("keras", "Keras")]
        cells += [f"{rate:.0f}" for rate in rates]
        cells.append(", ".join(f"{a / b:.2f}x" for a, b in zip(rates, base, strict=True)))
        cells += [f"{of(name, 'first'):.1f}", f"{of(name, 'first_cpu'):.1f}"]
        cells.append(f"{min(run['cosine'][name] for run in results['compared']):.5f}")
        gained = [run["accuracy"][name] - run["accuracy"][names[0]] for run in results["compared"]]
        cells.append("" if name == names[0] else paired(np.array(gained)))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", closing(results)]) + "\n"


def closing(results):
    rounds, seen = len(results["times"]) // len(SIDES), results["machine"]
    told = {name: results["versions"][name] for name in ("tensorflow", "keras", "openvino")}
    return (
        f"all-MiniLM-L6-v2, batches of 64; medians of {rounds} alternating rounds, each side in a "
        "process of its own, OpenVINO's encoder converted before. Accuracy on 2 samples of each of "
        "four sets of sentences, paired, with 95% intervals (Student). "
        f"{seen['processor']} with {seen['cores']} cores, "
        + ", ".join(f"{name} {number}" for name, number in told.items())
        + "."
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", nargs="+", help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--table", action="store_true")
    options = parser.parse_args()
    if options.part:
        alone = options.part == ["compare"]
        print(json.dumps(compare() if alone else time_side(tuple(options.part))))
        return
    results = json.loads(RESULTS.read_text()) if options.table else measure(options.rounds)
    text = table(results)
    print(text)
    fill(MARKS, text, HERE / "README.md")


if __name__ == "__main__":
    main()
