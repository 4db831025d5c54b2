"""Measure what a small language model's pipelines for tables are worth beside simple baselines.

How many of 200 specifications that SmolLM2 writes under the schema can be built and fitted;
and, on rows that no search has seen, the best pipeline of the model beside gradient boosting
with its defaults and a random search over the same specifications, with as many candidates.
The tables are those that scikit-learn brings, and one that keraswrap draws. Results are
written to ``benchmarks/codegen.json`` as they come in, and a run resumes where an earlier one
stopped; ``--fresh`` starts over, ``--table`` only writes the tables.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager

# Before numpy is loaded. Threads that wait for one another would count as CPU time.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import time

import numpy as np
import pandas as pd
import sampled
from common import HERE

RESULTS = HERE / "codegen.json"
MARKS = ("<!-- codegen: figures from benchmarks/codegen.json -->\n", "<!-- end codegen -->")
N_CANDIDATES, SEEDS, BATCHES, N_WRITTEN = 5, range(3), range(2), 20
DESCRIPTIONS = {
    "iris": "Flowers of three species of iris, measured.",
    "wine": "Chemical analyses of wines from three growers of one region in Italy.",
    "breast cancer": "Measurements of cell nuclei in images of a breast mass, malignant or benign.",
    "diabetes": "Patients with diabetes, and how the disease progressed within a year.",
    "synthetic purchases": "Customers of a shop, and whether they bought something.",
}
SOURCES = {"defaults": "defaults", "random search": "random", "language model": "model"}


def table(name):
    """Return a table and what is predicted from it."""
    from sklearn import datasets

    from keraswrap.datasets import make_synthetic_purchases

    if name == "synthetic purchases":
        made = make_synthetic_purchases(600)
        return made.drop(columns="purchase"), made["purchase"]
    load = {
        "iris": datasets.load_iris,
        "wine": datasets.load_wine,
        "breast cancer": datasets.load_breast_cancer,
        "diabetes": datasets.load_diabetes,
    }[name]
    # Without `scaled=False`, diabetes has standardized columns.
    told = {"scaled": False} if name == "diabetes" else {}
    return load(return_X_y=True, as_frame=True, **told)


def task(name):
    return "regression" if name == "diabetes" else "classification"


@contextmanager
def load():
    """Serve SmolLM2 by llama.cpp, with one thread; yield it."""
    from keraswrap.datasets import fetch_smollm
    from keraswrap.llm import OpenAICompatibleLM

    # The server that the tests use, too; it ends when its standard input is closed.
    folder = str(HERE.parent / "tests" / "llm")
    run = "import sys; sys.path.insert(0, sys.argv[1]); import llama; llama.run(sys.argv[2], 4096)"
    command = [sys.executable, "-c", run, folder, str(fetch_smollm())]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, text=True, **pipes) as server:
        try:
            address = next(line for line in server.stdout if line.startswith("http")).strip()
            yield OpenAICompatibleLM(f"{address}/v1", "smollm2", context_length=4096, timeout=3600)
        finally:
            server.kill()


def cpu_of_children():
    """Return the CPU seconds of processes that have ended: of servers."""
    spent = os.times()
    return spent.children_user + spent.children_system


def writer(model, name, seed, **told):
    from keraswrap.codegen import PipelineWriter

    return PipelineWriter(
        model,
        DESCRIPTIONS[name],
        n_candidates=N_CANDIDATES,
        holdout=0,
        task=task(name),
        time_limit=None,
        random_state=seed,
        progress=False,
        **told,
    )


def measure_search(what):
    """Return the scores of all three on rows that none of them has seen."""
    from sklearn.model_selection import train_test_split

    from keraswrap.codegen._calls import make
    from keraswrap.codegen._candidates import best_of

    name, seed = what["data"], what["seed"]
    X, y = table(name)
    strata = None if task(name) == "regression" else y
    split = train_test_split(X, y, test_size=0.3, random_state=seed, stratify=strata)
    X_train, X_test, y_train, y_test = split
    begun = time.process_time(), cpu_of_children()
    with load() as model:
        found = writer(model, name, seed).fit(X_train, y_train)
    told = {"rows": len(X_train), "columns": X.shape[1]}
    told["cpu of fits"] = round(time.process_time() - begun[0], 1)
    told["cpu of answers"] = round(cpu_of_children() - begun[1], 1)
    for source, short in SOURCES.items():
        own = [one for one in found._design.candidates if one.source == source]
        told[f"usable {short}"] = sum(bool(one.outcome.scores) for one in own)
        best = next(iter(best_of(own)), None)
        if best:
            fitted = make(best.pipeline).fit(X_train, y_train)
            told[f"cv {short}"] = round(best.score, 4)
            told[f"test {short}"] = round(float(fitted.score(X_test, y_test)), 4)
    own = found.leaderboard_[found.leaderboard_["source"] == "language model"]
    told["repeated"] = int((own["error"] == "It was tried before.").sum())
    told["best by"], told["verdict"] = found.best_source_, found.verdict_.partition(".")[0]
    return told


def measure_writing(what):
    """Return how many specifications could be built and fitted, and their tokens."""
    from keraswrap.codegen._calls import make
    from keraswrap.codegen._candidates import MODEL
    from keraswrap.codegen._plan import plan_pipeline
    from keraswrap.codegen._specification import read_specification

    name = what["data"]
    X, y = table(name)
    begun = cpu_of_children()
    with load() as model:
        job, _, proposer = writer(model, name, 0)._begin(X, y)
        prompt = job.briefing.prompt([], MODEL)
        first = N_WRITTEN * what["batch"]
        queries = [proposer.query(job.space, first + n) for n in range(N_WRITTEN)]
        written = [query.ask([prompt]).found[0] for query in queries]
    whole = [one for one in written if one is not None and one.is_whole]
    told = [read_specification(one.text, job.space) for one in whole]
    task_of = job.table.target.task
    built = [make(plan_pipeline(one, job.table.columns, task_of, 0)) for one in told]
    fitted = sum(fits(one, X, y) for one in built)
    return {
        "asked": len(written),
        "whole": len(whole),
        "built": len(built),
        "fitted": fitted,
        "distinct": len({str(one) for one in told}),
        "tokens read": [one.n_tokens[0] for one in written],
        "tokens written": [one.n_tokens[1] for one in written],
        "cpu of answers": round(cpu_of_children() - begun, 1),
    }


def fits(pipeline, X, y):
    try:
        return len(pipeline.fit(X, y).predict(X)) == len(X)
    except ValueError:
        return False


def measure(what):
    found = (measure_writing if what["part"] == "writing" else measure_search)(what)
    told = {key: value for key, value in found.items() if not key.startswith("tokens")}
    return found, told


def plan():
    for round_ in range(max(len(SEEDS), len(BATCHES))):
        for name in DESCRIPTIONS:
            if round_ in BATCHES:
                yield {"part": "writing", "data": name, "batch": round_}
            if round_ in SEEDS:
                yield {"part": "search", "data": name, "seed": round_}


def tables(results):
    from keraswrap._wording import counted

    runs = pd.DataFrame([{**one["what"], **one} for one in results["runs"]])
    searched = runs[runs["part"] == "search"]
    if not len(searched):
        return "\n".join(_written(runs)) + "\n"
    lines = [
        "| table | rows × columns | defaults | random search | SmolLM2 | SmolLM2 − defaults | "
        "SmolLM2 − random search | answers used | repeated | best one found by SmolLM2 |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name in DESCRIPTIONS:
        own = searched[searched["data"] == name]
        if len(own):
            lines.append(_row(name, own))
    lines += [
        "",
        f"Accuracy (diabetes: R²) on 30% of the rows, which no search has seen: mean of "
        f"{counted(searched['seed'].nunique(), 'split')}, and differences with the half-width of "
        "Student's 95% interval over splits, where there are several. "
        f"{N_CANDIDATES} candidates each, in 5 folds; SmolLM2-135M-Instruct, "
        "quantized to 4 bits, by llama.cpp. The answers of a search took "
        f"{searched['cpu of answers'].mean():.0f} CPU seconds, and all fits "
        f"{searched['cpu of fits'].mean():.0f}.",
        "",
    ]
    lines += _written(runs[runs["part"] == "writing"])
    at = results["machine"]
    lines.append(f"{at['processor']} with {at['cores']} cores, shared with other processes.")
    return "\n".join(lines) + "\n"


def _row(name, own):
    first = own.iloc[0]
    cells = [name, f"{first['rows']:.0f} × {first['columns']:.0f}"]
    cells += [f"{own[f'test {short}'].mean():.3f}" for short in SOURCES.values()]
    for short in ("defaults", "random"):
        cells.append(_paired(own["test model"] - own[f"test {short}"]))
    asked = N_CANDIDATES * len(own)
    usable, repeated = own["usable model"].sum(), own["repeated"].sum()
    cells += [f"{usable:.0f} of {asked}", f"{repeated:.0f}"]
    cells.append(f"{(own['best by'] == 'language model').sum()} of {len(own)}")
    return f"| {' | '.join(cells)} |"


def _paired(difference):
    from keraswrap._paired import paired_interval

    ends = paired_interval(difference.dropna().to_numpy())
    half = "" if ends is None else f" ± {(ends[1] - ends[0]) / 2:.3f}"
    return f"{difference.mean():+.3f}{half}"


def _written(runs):
    if not len(runs):
        return []
    counts = {key: int(runs[key].sum()) for key in ("asked", "whole", "built", "fitted")}
    tokens = np.concatenate([np.array(one) for one in runs["tokens written"]])
    read = np.concatenate([np.array(one) for one in runs["tokens read"]])
    return [
        f"Of {counts['asked']} specifications that SmolLM2 wrote under the schemas of these "
        f"tables, {counts['whole']} were whole, {counts['built']} could be built and "
        f"{counts['fitted']} fitted on all rows. They took {np.median(tokens):.0f} tokens (median; "
        f"at most {tokens.max()}), the prompts {np.median(read):.0f}.",
        "",
    ]


def main():
    options = sampled.parser(__doc__).parse_args()
    sampled.run(RESULTS, MARKS, options, plan(), measure, tables)


if __name__ == "__main__":
    main()
