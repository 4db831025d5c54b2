"""Time ``keraswrap issues --encoder tfidf`` from the start of the process to the written report.

10,003 questions in 77 classes, of which 10% have a wrong label, drawn by seed: the command
with its default views, with one view, and cleanlab with TF-IDF and a logistic regression,
which writes a table and no report. Sides alternate, each in a process of its own. Results
are written to ``benchmarks/issues_command.json`` as they come in, and a run resumes where an
earlier one stopped; ``--fresh`` starts over, and ``--table`` only writes the table.
Banking77 is read from the folder that ``--data`` names.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import sampled
from common import HERE

RESULTS = HERE / "issues_command.json"
MARKS = (
    "<!-- issues command: figures from benchmarks/issues_command.json -->\n",
    "<!-- end issues command -->",
)
SEEDS, RATE = (0, 1, 2), 0.1
SIDES = {
    "views": "`keraswrap issues --encoder tfidf`",
    "one view": "the same with `--views one`",
    "cleanlab": "cleanlab, TF-IDF and LogisticRegression",
}


def read(folder, seed):
    """Return texts with labels, and which of these are wrong; None without data."""
    path = folder / "banking77_train.csv"
    if not path.exists():
        return None
    frame = pd.read_csv(path).rename(columns={"category": "label"})
    rng = np.random.default_rng(seed)
    classes, codes = np.unique(frame["label"], return_inverse=True)
    wrong = rng.random(len(codes)) < RATE
    other = (codes + rng.integers(1, len(classes), len(codes))) % len(classes)
    return frame.assign(label=classes[np.where(wrong, other, codes)]), wrong


def measure(what, folder):
    """Run one side in a process of its own."""
    found = read(folder, what["seed"])
    if found is None:
        return None
    frame, wrong = found
    with tempfile.TemporaryDirectory() as place:
        given = Path(place) / "rows.csv"
        frame.to_csv(given, index=False)
        command, out = command_of(what["side"], given, Path(place))
        figures = {"rows": len(frame), "wrong": int(wrong.sum()), **timed(command)}
        figures["ap"] = precision(out, frame, wrong)
    return figures, {name: figures[name] for name in ("wall", "cpu", "ap")}


def command_of(side, given, place):
    """Return the command of a side, and the table that it writes."""
    if side == "cleanlab":
        out = place / "found.csv"
        return [sys.executable, HERE / "jobs" / "issues_cleanlab.py", given, out], out
    start = "from keraswrap.cli import main; main()"
    options = ["--encoder", "tfidf", "--labels-only", "--out", place / "out"]
    options += ["--views", "one"] if side == "one view" else []
    columns = ["--text", "text", "--label", "label"]
    command = [sys.executable, "-c", start, "issues", given, *columns, *options]
    return command, place / "out" / "issues.csv"


def timed(command):
    """Run a command on one thread; return its wall and CPU seconds."""
    threads = {name: "1" for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")}
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, env={**os.environ, **threads}, capture_output=True, text=True)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"Expected {command} to run, it failed:\n{done.stderr[-3000:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall": round(wall, 2), "cpu": round(cpu, 2)}


def precision(out, frame, wrong):
    """Return the average precision of a table with the quality of each row's label."""
    from sklearn.metrics import average_precision_score

    found = pd.read_csv(out)
    if "row_id" in found:  # the most suspicious come first
        found = found.set_index("row_id").loc[range(len(frame))]
    return float(average_precision_score(wrong, -found["quality"].to_numpy()))


def tables(results):
    lines = [
        "| | wall seconds | CPU seconds | average precision | CPU time, of cleanlab's |",
        "|---|---|---|---|---|",
    ]
    cells = {
        side: [run for run in results["runs"] if run["what"]["side"] == side] for side in SIDES
    }
    for side, runs in cells.items():
        if not runs:
            continue
        of = {name: np.mean([run[name] for run in runs]) for name in ("wall", "cpu", "ap")}
        share = of["cpu"] / np.mean([run["cpu"] for run in cells["cleanlab"] or runs])
        figures = f"{of['wall']:.1f} | {of['cpu']:.1f} | {of['ap']:.3f} | {share:.2f}×"
        lines.append(f"| {SIDES[side]} | {figures} |")
    at, draws = results["machine"], max(map(len, cells.values()))
    caption = (
        f"Banking77's 10,003 training questions in 77 classes, a tenth of the labels flipped, mean "
        f"of {draws} draws; from the start of the process, on one thread. {at['processor']} with "
        f"{at['cores']} cores, shared with other processes."
    )
    return "\n".join([*lines, "", caption]) + "\n"


def main():
    options = sampled.parser(__doc__.splitlines()[0]).parse_args()
    plan = ({"data": "Banking77", "side": side, "seed": seed} for seed in SEEDS for side in SIDES)
    sampled.run(RESULTS, MARKS, options, plan, lambda what: measure(what, options.data), tables)


if __name__ == "__main__":
    main()
