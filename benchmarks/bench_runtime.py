"""Measure how fast frozen MiniLM computes vectors by each runtime, and what they are worth.

Each measurement runs in a process of its own: the seconds from its start to the first 256
vectors, and then vectors per second at 32 and at 128 tokens, the best of three rounds. Another
process compares the vectors with those of Keras in float32, and the accuracy of a logistic
regression on them, trained and tested on sentences of four kinds. OpenVINO has converted the
encoder before. A MiniLM fine-tuned with LoRA and a small dense net then predict by each
runtime, in alternating rounds of one process. Last, a static encoder is timed beside MiniLM, and
the accuracy of a logistic regression on its vectors, and how well wrong labels are ranked by it,
stand beside those by MiniLM's vectors and by TF-IDF. Results are written to
``benchmarks/runtime.json``; ``--table`` only writes the tables, ``--rounds`` repeats, ``--only``
measures a part.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
from common import HERE, fill, machine, paired, versions

RESULTS = HERE / "runtime.json"
MARKS = (
    "<!-- runtime: figures from benchmarks/runtime.json -->\n",
    "<!-- end runtime -->",
)
RUNTIMES = ("keras", "openvino")
SIDES = [(r, p) for r in RUNTIMES for p in ("float32", "bfloat16")]
FITTED_MARKS = (
    "<!-- predictions: figures from benchmarks/runtime.json -->\n",
    "<!-- end predictions -->",
)
STATIC_MARKS = (
    "<!-- static: figures from benchmarks/runtime.json -->\n",
    "<!-- end static -->",
)
FITTED_ROUNDS, ALONE = 5, 60
STATIC_ROUNDS, STATIC_SEEDS = 5, range(5)
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


def fine_tuned():
    """Return a fine-tuned MiniLM and new sentences."""
    from keraswrap.text import TransformerClassifier

    texts = texts_of(TOKENS[0])
    labels = np.arange(128) % 2
    clf = TransformerClassifier(epochs=1, max_length=64, recipe="standard", random_state=0)
    return clf.fit(texts[:128], labels), np.array(texts[128 : 128 + 512], dtype=object)


def dense():
    """Return a small dense net, and rows of 20 numbers."""
    import keras

    from keraswrap import KerasWrapperSequential

    rows = np.random.default_rng(0).normal(size=(10_000, 20)).astype("float32")
    layers = [keras.layers.Dense(64, activation="relu"), keras.layers.Dense(2)]
    return KerasWrapperSequential(layers, random_state=0).fit(rows, rows[:, 0] > 0), rows


def time_predictions():
    """Return how long each runtime takes to predict, for many rows and for one."""
    from keraswrap import KerasWrapperSequential
    from keraswrap.text import TransformerClassifier

    found = []
    for make, kind in ((fine_tuned, TransformerClassifier), (dense, KerasWrapperSequential)):
        clf, rows = make()
        with tempfile.TemporaryDirectory() as folder:
            clf.save(f"{folder}/net.keraswrap")
            sides = {r: kind.load(f"{folder}/net.keraswrap", runtime=r) for r in RUNTIMES}
        # The first call converts and compiles; the second calls have a shape for every batch.
        first = {name: timed(lambda: one.predict_proba(rows[:1])) for name, one in sides.items()}  # noqa: B023
        proba = {name: one.predict_proba(rows) for name, one in sides.items()}
        times = {name: {"many": [], "one": []} for name in sides}
        for number in range(FITTED_ROUNDS):
            for name in RUNTIMES[:: 1 if number % 2 == 0 else -1]:
                ask, some = sides[name].predict_proba, times[name]
                some["many"].append(timed(lambda: ask(rows)))  # noqa: B023
                some["one"] += [timed(lambda: ask(rows[k : k + 1])) for k in range(ALONE)]  # noqa: B023
        found += [
            {
                "net": make.__name__,
                "side": sides[name].runtime_,
                "first": first[name],
                "per_second": len(rows) / float(np.median(times[name]["many"])),
                "one_ms": 1000 * float(np.median(times[name]["one"])),
                "p99_ms": 1000 * float(np.quantile(times[name]["one"], 0.99)),
                "off": float(np.abs(proba[name] - proba["keras"]).max()),
            }
            for name in RUNTIMES
        ]
    return found


def time_served():
    """Return how soon `keraswrap serve` answers one text, and is ready, by each runtime."""
    from serve_servers import HOST, free_port

    clf, texts = fine_tuned()
    waits, starts, runs = {}, {}, {}
    with tempfile.TemporaryDirectory() as folder:
        clf.save(f"{folder}/net.keraswrap")
        for name in RUNTIMES:
            port, started = free_port(), time.perf_counter()
            command = [Path(sys.executable).with_name("keraswrap"), "serve"]
            told = dict(os.environ, KERASWRAP_RUNTIME=name, TF_CPP_MIN_LOG_LEVEL="3")
            runs[name] = subprocess.Popen(
                [*command, f"{folder}/net.keraswrap", "--port", str(port)],
                env=told,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            ask = waits[name] = Asked(HOST, port)
            while not ask.is_ready():
                time.sleep(0.05)
            starts[name] = time.perf_counter() - started
        try:
            times = {name: [] for name in RUNTIMES}
            for number in range(FITTED_ROUNDS):
                for name in RUNTIMES[:: 1 if number % 2 == 0 else -1]:
                    some = texts[:ALONE]
                    times[name] += [timed(lambda: waits[name].ask(text)) for text in some]  # noqa: B023
        finally:
            for run in runs.values():
                run.terminate()
                run.wait(60)
    return {
        name: {
            "one_ms": 1000 * float(np.median(times[name])),
            "p99_ms": 1000 * float(np.quantile(times[name], 0.99)),
            "start": starts[name],
        }
        for name in RUNTIMES
    }


class Asked:
    """A server on this machine, asked over one connection."""

    def __init__(self, host, port):
        self.connection = http.client.HTTPConnection(host, port, timeout=60)

    def is_ready(self):
        try:
            self.connection.request("GET", "/ready")
            answer = self.connection.getresponse()
            answer.read()
            return answer.status == 200
        except OSError:
            self.connection.close()
            return False

    def ask(self, text):
        body = json.dumps({"texts": [text]})
        self.connection.request("POST", "/predict", body, {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        answer.read()
        assert answer.status == 200, answer.status


def time_static():
    """Return vectors per second by MiniLM and by its static encoder, in alternating rounds."""
    from keraswrap.text import TextEmbedder

    os.environ["KERASWRAP_HOME"] = (home := tempfile.TemporaryDirectory()).name
    texts = [texts_of(TOKENS[0]), texts_of(TOKENS[1])]
    many = [texts[0] * 20, texts[1] * 20]
    made = TextEmbedder("static", max_length=TOKENS[1], cache=False).fit(texts[1])
    found = {"distilled": timed(lambda: made.transform(texts[0][:1])), "kept": size_of(home.name)}
    whole = embedder(SIDES[0], TOKENS[1]).fit(texts[1])
    for tokens, few, lots in zip(TOKENS, texts, many, strict=True):
        ratios, rates = [], {"static": [], "MiniLM": []}
        whole.transform(few)
        for _ in range(STATIC_ROUNDS):
            rates["MiniLM"].append(len(few) / timed(lambda: whole.transform(few)))  # noqa: B023
            rates["static"].append(len(lots) / timed(lambda: made.transform(lots)))  # noqa: B023
            ratios.append(rates["static"][-1] / rates["MiniLM"][-1])
        found[str(tokens)] = {name: float(np.median(some)) for name, some in rates.items()}
        found[str(tokens)]["ratio"] = float(np.median(ratios))
    return found


def size_of(folder):
    return sum(path.stat().st_size for path in Path(folder).glob("static/*"))


def judge_static():
    """Return how right classifiers are on each kind of features, and how well they rank labels."""
    import label_noise
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import average_precision_score
    from sklearn.pipeline import make_pipeline

    from keraswrap.issues import find_label_issues
    from keraswrap.text import TextEmbedder

    kinds = {
        "TF-IDF": (TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), 10),
        "static": (TextEmbedder("static"), 3),
        "MiniLM": (TextEmbedder(), 3),
    }
    found = []
    for name in label_noise.PEOPLE:
        for seed in STATIC_SEEDS:
            sample = label_noise.draw({"data": name, "seed": seed}, None)
            run = {"data": name, "seed": seed, "accuracy": {}, "ap": {}}
            for kind, (features, strength) in kinds.items():
                clf = make_pipeline(features, LogisticRegression(C=strength, max_iter=1000))
                issues = find_label_issues(clf, sample.texts, sample.given, random_state=seed)
                doubt = -issues.quality
                run["ap"][kind] = float(average_precision_score(sample.wrong, doubt))
                clf.fit(sample.texts, sample.given)
                right = clf.predict(sample.test_texts) == sample.test_truth
                run["accuracy"][kind] = float(np.mean(right))
            found.append(run)
            print(run, file=sys.stderr, flush=True)
    return found


def run_alone(*told):
    done = subprocess.run(
        [sys.executable, __file__, "--part", *told], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def measure(rounds):
    results = {"times": [], "compared": []}
    for side in SIDES:  # converted, and read from disk once
        run_alone(*side)
    for number in range(rounds):
        for side in SIDES if number % 2 == 0 else SIDES[::-1]:
            results["times"].append({"side": " ".join(side), **run_alone(*side)})
            print(results["times"][-1], flush=True)
    return results | {"compared": run_alone("compare")}


def here():
    told = versions() | {"openvino": version("openvino")}
    return {"machine": machine(), "versions": told}


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


def fitted_table(fitted):
    """Format predictions of fitted nets as a Markdown table."""
    lines = [
        "| net | runtime | rows per second | of Keras's | one row, ms | 99% of them, ms | "
        "of Keras's | first answer, s | largest difference of a probability |",
        "|---" * 9 + "|",
    ]
    names = {"fine_tuned": "MiniLM, fine-tuned", "dense": "dense, 64 units, 20 numbers"}
    for run in fitted["runs"]:
        base = next(one for one in fitted["runs"] if one["net"] == run["net"])
        cells = [names[run["net"]], run["side"].replace("openvino", "OpenVINO")]
        cells[1] = cells[1].replace("keras", "Keras")
        cells += [f"{run['per_second']:,.0f}", f"{run['per_second'] / base['per_second']:.2f}x"]
        cells += [f"{run['one_ms']:.1f}", f"{run['p99_ms']:.1f}"]
        cells += [f"{base['one_ms'] / run['one_ms']:.2f}x", f"{run['first']:.1f}"]
        cells.append("" if run is base else f"{run['off']:.1g}")
        lines.append(f"| {' | '.join(cells)} |")
    lines += [
        "",
        "| `keraswrap serve`, MiniLM fine-tuned | one text, ms | 99%, ms | ready after, s |",
        "|---|---|---|---|",
    ]
    for name, run in fitted["served"].items():
        title = name.replace("openvino", "OpenVINO").replace("keras", "Keras")
        cells = [title, f"{run['one_ms']:.1f}", f"{run['p99_ms']:.1f}", f"{run['start']:.1f}"]
        lines.append(f"| {' | '.join(cells)} |")
    told = (
        f"512 sentences of at most 64 tokens, 10,000 rows of numbers; medians of {FITTED_ROUNDS} "
        f"alternating rounds, and of {FITTED_ROUNDS * ALONE} rows asked alone, "
        "by Python or over HTTP from one client. "
    )
    return "\n".join([*lines, "", told + device(fitted)]) + "\n"


def static_table(found):
    """Format speed, accuracy and ranking of a static encoder as Markdown tables."""
    times, judged = found["times"], found["judged"]
    lines = ["| | vectors per second, 32 tokens | 128 tokens |", "|---|---|---|"]
    for name in ("MiniLM", "static"):
        rates = " | ".join(f"{times[str(tokens)][name]:,.0f}" for tokens in TOKENS)
        lines.append(f"| {name} | {rates} |")
    ratios = " | ".join(f"{times[str(tokens)]['ratio']:.0f}x" for tokens in TOKENS)
    lines += [f"| ratio | {ratios} |", ""]
    sets = list(dict.fromkeys(run["data"] for run in judged))
    lines += [
        "| accuracy / average precision of wrong labels | "
        + " | ".join(sets)
        + " | static less it |",
        "|---" * (len(sets) + 2) + "|",
    ]
    for kind in ("TF-IDF", "static", "MiniLM"):
        cells = [kind]
        for name in sets:
            of = [
                [run[what][kind] for run in judged if run["data"] == name]
                for what in ("accuracy", "ap")
            ]
            cells.append(" / ".join(f"{np.mean(some):.3f}"[1:] for some in of))
        gaps = [
            paired(np.array([run[what]["static"] - run[what][kind] for run in judged]))
            for what in ("accuracy", "ap")
        ]
        cells.append("" if kind == "static" else " / ".join(gaps))
        lines.append(f"| {' | '.join(cells)} |")
    told = (
        f"Sentences; medians of {STATIC_ROUNDS} alternating rounds in one process, MiniLM by Keras "
        f"in float32. The vectors of all tokens took {times['distilled']:.0f} s once, and take "
        f"{times['kept'] / 1e6:.0f} MB. Means of {len(STATIC_SEEDS)} samples of each set, labels "
        "by one person, logistic regressions (C = 10 on TF-IDF, else 3), and in the last column "
        "paired differences with 95% intervals (Student). "
    )
    return "\n".join([*lines, "", told + device(found)]) + "\n"


def closing(results):
    rounds = len(results["times"]) // len(SIDES)
    return (
        f"all-MiniLM-L6-v2, batches of 64; medians of {rounds} alternating rounds, each side in a "
        "process of its own, OpenVINO's encoder converted before. Accuracy on 2 samples of each of "
        "four sets of sentences, paired, with 95% intervals (Student). " + device(results)
    )


def device(results):
    seen = results["machine"]
    told = {name: results["versions"][name] for name in ("tensorflow", "keras", "openvino")}
    return (
        f"{seen['processor']} with {seen['cores']} cores, "
        + ", ".join(f"{name} {number}" for name, number in told.items())
        + "."
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", nargs="+", help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--only", choices=["vectors", "predictions", "static"])
    parser.add_argument("--table", action="store_true")
    options = parser.parse_args()
    if options.part:
        parts = {
            ("compare",): compare,
            ("predictions",): time_predictions,
            ("served",): time_served,
            ("static",): time_static,
            ("judge",): judge_static,
        }
        print(json.dumps(parts.get(tuple(options.part), lambda: time_side(options.part))()))
        return
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    asked = {options.only} if options.only else {"vectors", "predictions", "static"}
    if options.table:
        asked = set()
    if "vectors" in asked:
        results |= here() | measure(options.rounds)
    if "predictions" in asked:
        found = {"runs": run_alone("predictions"), "served": run_alone("served")}
        results["predictions"] = here() | found
    if "static" in asked:
        found = {"times": run_alone("static"), "judged": run_alone("judge")}
        results["static"] = here() | found
    if asked:
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    for marks, text in (
        (MARKS, table(results)),
        (FITTED_MARKS, fitted_table(results["predictions"])),
        (STATIC_MARKS, static_table(results["static"])),
    ):
        fill(marks, text, HERE / "README.md")
        print(text)


if __name__ == "__main__":
    main()
