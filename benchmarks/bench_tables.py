"""Measure commands on large tables: speed, and memory beyond what the libraries take.

A table of ``--size`` GB as CSV, with texts of a few frequent and many rare words, labels, an
id and a number, is made in a temporary folder, also as JSON lines and Parquet. Each command
gets a process of its own; what it takes on a table of 1,000 rows (the start, and the
libraries' memory) is subtracted. ``--code`` names a checkout of an earlier version, whose
figures are kept as ``--side``. Results are written to ``benchmarks/tables.json`` as they come
in, and a run resumes where an earlier one stopped; ``--fresh`` starts over, and ``--table``
only writes the table.
"""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import sampled
from common import HERE

RESULTS = HERE / "tables.json"
MARKS = ("<!-- tables: figures from benchmarks/tables.json -->\n", "<!-- end tables -->")
COMMANDS = ("apply", "predict")
FORMS = {"csv": "CSV", "jsonl": "JSON lines", "parquet": "Parquet"}
COLUMNS = ["id", "text", "label", "score"]
FEW, AT_ONCE = 1_000, 20_000
START = (
    "import re, sys; from keraswrap.cli import main; code = main(sys.argv[1:]); "
    "print(re.search(r'VmHWM.*', open('/proc/self/status').read()).group(), file=sys.stderr); "
    "sys.exit(code)"
)


def rows(rng, words, first, count):
    """Draw rows; most texts begin with a word that tells their label."""
    lengths = np.clip(rng.lognormal(2.8, 0.6, count), 3, 200).astype(int)
    drawn = words[(len(words) * rng.random(lengths.sum()) ** 3).astype(int)].tolist()
    ends = np.cumsum(lengths)
    labels = rng.choice(["good", "bad", "so so"], count, p=[0.5, 0.4, 0.1]).tolist()
    texts = [" ".join(drawn[end - n : end]) for n, end in zip(lengths, ends, strict=True)]
    told = rng.random(count) < 0.8
    texts = [f"{y}, {x}" if t else x for t, y, x in zip(told, labels, texts, strict=True)]
    return [range(first, first + count), texts, labels, rng.integers(0, 1000, count).tolist()]


def make(folder, size):
    """Write tables in all forms until the CSV file has its size, and decisions on some rows."""
    import pandas as pd

    from keraswrap._tables import part_writer

    rng, count = np.random.default_rng(0), 0
    marks = np.array(["", ",", ".", ' "so"', "!\n"])[rng.integers(0, 5, 20_000)]
    words = np.array([f"w{n:x}{mark}" for n, mark in enumerate(marks)])
    files = {form: folder / f"rows.{form}" for form in FORMS}
    writers = {form: part_writer(path, form) for form, path in files.items()}
    write = {form: writer.__enter__() for form, writer in writers.items()}
    while not count or files["csv"].stat().st_size < size:
        at_once = AT_ONCE if size else FEW
        columns = dict(zip(COLUMNS, rows(rng, words, count, at_once), strict=True))
        count += at_once
        for add in write.values():
            add(pd.DataFrame(columns))
    for writer in writers.values():
        writer.__exit__(None, None, None)
    decide(folder, count)
    return count


def decide(folder, count):
    import joblib
    import pandas as pd
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    from keraswrap.issues import hash_data, write_decisions

    frame = pd.read_parquet(folder / "rows.parquet", columns=["text", "label"])
    some = frame["label"][:: max(20, count // 1_000)]
    found = {"row_id": some.index, "given_label": some, "action": "relabel", "new_label": "bad"}
    found["data_hash"] = hash_data(frame["text"], frame["label"])
    write_decisions(pd.DataFrame(found), folder / "decisions.csv")
    model = make_pipeline(TfidfVectorizer(), LogisticRegression())
    part = frame[:AT_ONCE]
    joblib.dump(model.fit(part["text"], part["label"]), folder / "model.joblib")


def run(command, form, folder, code):
    """Run a command in a process of its own; return its seconds and memory."""
    given, out = folder / f"rows.{form}", folder / f"out.{form if command == 'apply' else 'csv'}"
    told = {
        "apply": ["apply", given, folder / "decisions.csv", "--label", "label"],
        "predict": ["predict", folder / "model.joblib", given, "--trust-pickle"],
        "issues": ["issues", given, "--label", "label", "--encoder", "tfidf", "--labels-only"],
    }[command]
    out = folder / "issues" if command == "issues" else out
    options = ["--text", "text", "--out", out, "--overwrite"]
    options += ["--max-size", "inf"] if command != "predict" else []
    threads = {name: "1" for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")}
    env = {**os.environ, **threads, "PYTHONPATH": str(code.absolute())}
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    asked = [sys.executable, "-c", START, *told, *options]
    # Python looks in the working folder first, which may be another checkout.
    done = subprocess.run(asked, env=env, cwd=folder, capture_output=True, text=True)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"Expected {command} to run, it failed:\n{done.stderr[-3000:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    peak = int(re.findall(r"VmHWM:\s+(\d+)", done.stderr)[-1]) * 1024
    return {"wall": wall, "cpu": cpu, "peak": peak}


def measure(what, folders, code):
    whole, few = (run(what["command"], what["form"], folder, code) for folder in folders)
    megabytes = (folders[0] / f"rows.{what['form']}").stat().st_size / 1e6
    figures = {
        "mb": round(megabytes),
        "seconds": round(whole["wall"] - few["wall"], 1),
        "cpu": round(whole["cpu"] - few["cpu"], 1),
        "beyond_mb": round((whole["peak"] - few["peak"]) / 1e6),
    }
    return figures, figures


def tables(results):
    lines = [
        "| command | version | file | MB | seconds | MB/s | MB per CPU second | memory beyond the "
        "libraries' |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for entry in sorted(results["runs"], key=lambda e: [*map(str, e["what"].values())]):
        what, size = entry["what"], entry["mb"]
        speeds = " | ".join(f"{size / max(entry[name], 0.1):.1f}" for name in ("seconds", "cpu"))
        lines.append(
            f"| `{what['command']}` | {what['side']} | {FORMS[what['form']]} | {size:,} | "
            f"{entry['seconds']:.1f} | {speeds} | {entry['beyond_mb']:,} MB |"
        )
    at = results["machine"]
    caption = (
        "Beyond the start of the process and the memory on 1,000 rows; one thread. `predict`: "
        "TF-IDF and a logistic regression, written as CSV; `apply`: 1,000 decisions, written as "
        f"it was read. {at['processor']} with {at['cores']} cores, shared with other processes, "
        "so that CPU seconds say more."
    )
    return "\n".join([*lines, "", caption]) + "\n"


def main():
    parser = sampled.parser(__doc__.splitlines()[0])
    parser.add_argument("--size", type=float, default=0.1, help="GB of the CSV file")
    parser.add_argument("--commands", nargs="+", choices=(*COMMANDS, "issues"), default=COMMANDS)
    parser.add_argument("--forms", nargs="+", choices=FORMS, default=list(FORMS))
    parser.add_argument("--code", type=Path, default=HERE.parent, help="checkout to measure")
    parser.add_argument("--side", default="this", help="what to call its version")
    options = parser.parse_args()
    plan = [
        {"command": command, "form": form, "gb": options.size, "side": options.side}
        for command in options.commands
        for form in options.forms
    ]
    with tempfile.TemporaryDirectory() as place:
        folders = [Path(place, name) for name in ("whole", "few")]
        if not options.table:
            for folder, size in zip(folders, (options.size * 1e9, 0), strict=True):
                folder.mkdir()
                print(json.dumps({"rows": make(folder, size)}), flush=True)
        sampled.run(
            RESULTS, MARKS, options, plan, lambda what: measure(what, folders, options.code), tables
        )


if __name__ == "__main__":
    main()
