"""Compare ways to fit a text classifier on 4 to 32 texts per class, all from MiniLM.

SetFit, ``TransformerClassifier(recipe="contrastive")``, its standard recipe, and a logistic
regression on frozen vectors: accuracy on the same test texts, and CPU seconds on one
thread, each fit in a process of its own, without imports. Results are written to
``benchmarks/few_shot.json`` as they come in, and a run resumes where an earlier one
stopped; ``--fresh`` starts over, ``--table`` only writes the table, ``--only`` and
``--most-seeds`` measure a part. The data are read from the folder that ``--data`` names.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import sampled
from common import GUIDES, HERE, fill
from environments import interpreter

RESULTS, PAGE = HERE / "few_shot.json", GUIDES / "guides" / "text.md"
MARKS = ("<!-- few_shot: figures from benchmarks/few_shot.json -->\n", "<!-- end few_shot -->")
SHOTS = (4, 8, 16, 32)
SEEDS = range(5)
MAX_LENGTH = 128
TEST_ROWS = {"Amazon sentences": 500, "magazine reviews": 300, "Banking77": 1000}
METHODS = {
    "setfit": "SetFit 1.2",
    "contrastive": 'recipe="contrastive"',
    "standard": "standard recipe, lora:8",
    "vectors": "vectors + logistic regression",
}
# All pairs of 77 classes are 93,000 for 4 rows a class and 374,000 for 8, hours on a CPU: SetFit
# gets the number of pairs of its paper there, 20 alike and 20 unlike for each text.
ITERATIONS = {"Banking77": 20}


def read(name, folder):
    """Return the training and the test rows, as two frames of text and label; None without data."""
    reader = {"Amazon sentences": amazon, "magazine reviews": magazines, "Banking77": banking}[name]
    try:
        return reader(folder)
    except FileNotFoundError:
        return None


def amazon(folder):
    """Split sentences whose mean rating is clearly positive or negative."""
    rows = pd.read_csv(folder / "amazon_sentences_20_raters.csv").drop_duplicates("text")
    rows = rows[rows["mean"].abs() >= 0.5]
    rows = pd.DataFrame({"text": rows["text"], "label": np.sign(rows["mean"]).astype(int)})
    held = np.random.default_rng(0).random(len(rows)) < 0.5
    return rows[~held], rows[held]


def magazines(folder):
    """Split reviews of one and of five stars by product."""
    rows = pd.read_csv(folder / "amazon_magazine_stars.csv").dropna()
    rows = rows[rows["stars"].isin([1, 5])].drop_duplicates("review_text")
    products = np.random.default_rng(0).permutation(rows["asin"].unique())
    held = rows["asin"].isin(products[: len(products) // 2])
    rows = rows.rename(columns={"review_text": "text", "stars": "label"})
    return rows[~held], rows[held]


def banking(folder):
    parts = [pd.read_csv(folder / f"banking77_{part}.csv") for part in ("train", "test")]
    return [part.rename(columns={"category": "label"}).drop_duplicates("text") for part in parts]


def draw(train, test, shots, n_test, seed):
    """Draw texts per class by seed, and test rows that are the same for every seed."""
    some = train.groupby("label").sample(shots, random_state=seed)
    some = some.sample(frac=1, random_state=seed)
    # The labels' share in the test rows is that of the data.
    asked = test.sample(n_test, random_state=0)
    labels = sorted(train["label"].unique())
    of = {label: n for n, label in enumerate(labels)}
    return {
        "texts": some["text"].tolist(),
        "y": some["label"].map(of).tolist(),
        "test": asked["text"].tolist(),
        "truth": asked["label"].map(of).tolist(),
        "labels": [str(label) for label in labels],
    }


def measure(what, options):
    """Run one fit in a process of its own."""
    parts = read(what["data"], options.data)
    if parts is None:
        return None
    rows = draw(*parts, what["rows"], TEST_ROWS[what["data"]], what["seed"])
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder) / "rows.json"
        given.write_text(json.dumps(rows), "utf-8")
        figures = run(what, {"given": str(given), "seed": what["seed"], "max_length": MAX_LENGTH})
    told = {name: figures[name] for name in ("accuracy", "log_loss", "fit_cpu", "predict_cpu")}
    return figures, told


def run(what, settings):
    if what["method"] == "setfit":
        from keraswrap.text import resolve_encoder

        python, job = interpreter("setfit"), "few_shot_setfit.py"
        settings |= {"encoder": resolve_encoder(None)}
        settings |= {"num_iterations": ITERATIONS.get(what["data"])}
    else:
        python, job = sys.executable, "few_shot_ours.py"
        settings |= {"method": what["method"]}
    command = [python, HERE / "jobs" / job, json.dumps(settings)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"Expected {job} to run with {what}, it failed:\n{done.stderr[-3000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def plan(options):
    for data in TEST_ROWS:
        for rows in SHOTS:
            for seed in SEEDS:
                for method in METHODS:
                    what = {"data": data, "rows": rows, "method": method, "seed": seed}
                    if wanted(what, options):
                        yield what


def wanted(what, options):
    if options.most_seeds is not None and what["seed"] >= options.most_seeds:
        return False
    return all(str(what[name]) in values for name, values in options.only.items())


def only(text):
    """Read a condition such as ``method=setfit,contrastive``."""
    name, values = text.split("=")
    return name, values.split(",")


def tables(results):
    lines = [
        "| data | rows per class | method | fits | accuracy | log loss | calibration error "
        "| CPU seconds of the fit | against SetFit: accuracy | CPU time |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for data in TEST_ROWS:
        for rows in SHOTS:
            cell = {m: cell_of(results, data, rows, m) for m in METHODS}
            lines += [
                line(data, rows, method, runs, cell["setfit"])
                for method, runs in cell.items()
                if runs
            ]
    return "\n".join([*lines, "", caption(results)]) + "\n"


def caption(results):
    at = results["machine"]
    return (
        "Accuracy and CPU seconds of a fit, mean over draws of the training texts, ± half of "
        "Student's 95% interval; a difference from SetFit is paired by draw. All-MiniLM-L6-v2, up "
        f"to {MAX_LENGTH} tokens, one thread, each fit in a fresh process, without the time of "
        "imports. SetFit with its defaults, which pair every text with every other, except on "
        "Banking77: 20 pairs of each kind for a text, as in its paper. "
        f"{at['processor']} with {at['cores']} cores, shared with other processes."
    )


def table(results):
    """Format the same figures with a line for each number of texts, for the guide."""
    names = " | ".join(f"{name} | CPU s" for name in METHODS.values())
    lines = [
        f"| data | texts per class | {names} |",
        f"|---|---|{'---|---|' * len(METHODS)}",
    ]
    for data in TEST_ROWS:
        for rows in SHOTS:
            cells = [cell_of(results, data, rows, method) for method in METHODS]
            if any(cells):
                lines.append(f"| {data} | {rows} | {' | '.join(map(brief, cells))} |")
    return "\n".join([*lines, "", caption(results)]) + "\n"


def brief(runs):
    if not runs:
        return " | "
    accuracy = np.array([run["accuracy"] for run in runs.values()])
    seconds = np.mean([run["fit_cpu"] for run in runs.values()])
    return f"{100 * accuracy.mean():.1f}%{half(accuracy)} | {seconds:.0f}"


def cell_of(results, data, rows, method):
    """Return the runs of a cell by seed."""
    return {
        run["what"]["seed"]: run
        for run in results["runs"]
        if (run["what"]["data"], run["what"]["rows"], run["what"]["method"]) == (data, rows, method)
    }


def line(data, rows, method, runs, peer):
    of = lambda name, some=runs: np.array([run[name] for run in some.values()])  # noqa: E731
    shared = sorted(set(runs) & set(peer)) if method != "setfit" else []
    gap = np.array([runs[seed]["accuracy"] - peer[seed]["accuracy"] for seed in shared])
    against = [" ", " "]
    if shared:
        cpu = [sum(side[seed]["fit_cpu"] for seed in shared) for side in (runs, peer)]
        against = [f"{100 * gap.mean():+.1f}{half(gap)}", f"{cpu[0] / cpu[1]:.2f}×"]
    return (
        f"| {data} | {rows} | {METHODS[method]} | {len(runs)} | "
        f"{100 * of('accuracy').mean():.1f}%{half(of('accuracy'))} | {of('log_loss').mean():.2f} "
        f"| {of('calibration_error').mean():.2f} | {of('fit_cpu').mean():.1f} | "
        f"{against[0]} | {against[1]} |"
    )


def half(values):
    """Return ± half of Student's 95% interval of shares, in percent; nothing for one value."""
    from scipy.stats import t

    n = len(values)
    if n < 2:
        return ""
    return f" ± {100 * t.ppf(0.975, n - 1) * np.std(values, ddof=1) / np.sqrt(n):.1f}"


def main():
    parser = sampled.parser(__doc__)
    parser.add_argument("--only", type=only, action="append", default=[])
    parser.add_argument("--most-seeds", type=int)
    options = parser.parse_args()
    options.only = dict(options.only)
    measured = lambda what: measure(what, options)  # noqa: E731
    sampled.run(RESULTS, MARKS, options, plan(options), measured, tables)
    if RESULTS.exists():
        fill(MARKS, table(json.loads(RESULTS.read_text())), PAGE)


if __name__ == "__main__":
    main()
