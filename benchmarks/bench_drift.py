"""Measure DriftMonitor's false alarms and what it finds, against evidently and NannyML.

Reference and new rows are drawn from rows that a classifier of words (of columns for the
digits) was not trained on: without shift, and with one that is known. Odd draws have labels.
All labels are known here, so that it is counted how often intervals hold them.
The peers get the same rows, their defaults, and environments of their own. Results are written
to ``benchmarks/drift.json`` as they come in, and a run resumes where an earlier one stopped;
``--fresh`` starts over, ``--table`` only writes the table. Data sets that no package contains
are read from the folder that ``--data`` names.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import sampled
from common import HERE
from drift_draws import draw, vectors_of
from environments import interpreter
from threadpoolctl import threadpool_limits

RESULTS = HERE / "drift.json"
MARKS = ("<!-- drift: figures from benchmarks/drift.json -->\n", "<!-- end drift -->")
NULL, SHIFTED = 200, 20
STATEMENTS = ("inputs_moved", "shares_moved", "model_fails")
NONE = [("Amazon sentences", 200), ("Banking77", 200), ("digits", 200), ("Amazon sentences", 1000)]
SHIFTS = [
    ("Amazon sentences", "other texts"),
    ("magazine reviews", "other texts"),
    ("Banking77", "five intents dropped"),
    ("Amazon sentences", "shares"),
    ("Amazon sentences", "labels"),
]
FILES = {
    "Amazon sentences": "amazon_sentences_20_raters.csv",
    "magazine reviews": "amazon_magazine_stars.csv",
    "Banking77": "banking77_train.csv",
}
PEERS = {"nannyml": (40, 10), "evidently": (20, 5)}
PEER_ROWS = 1000
# With vectors of MiniLM in place of frequencies of words.
VECTORS = [("none", 100), ("other texts", 20), ("shares", 20), ("labels", 20)]


def ours(what, folder, draws):
    from keraswrap.drift import DriftMonitor

    answers, held, seconds = [], [], []
    for seed in range(draws):
        old, new, classes = draw(what["data"], what["shift"], what["rows"], seed, folder)
        sides = [{"proba": one[2]} for one in (old, new)]
        if what.get("vectors"):
            for side, (texts, *_) in zip(sides, (old, new), strict=True):
                side["vectors"] = vectors_of(texts, folder)
        start = time.perf_counter()
        monitor = DriftMonitor(None, n_bootstrap=100, random_state=seed)
        monitor.fit(old[0], old[1], classes=classes, **sides[0])
        report = monitor.check(new[0], new[1] if seed % 2 else None, **sides[1])
        seconds.append(time.perf_counter() - start)
        answers.append([one.answer for one in report.statements])
        held.append(intervals_that_hold(report, new, classes))
    labeled = np.arange(draws) % 2 == 1
    yes = np.array(answers) == "yes"
    opened = np.array(answers) == "cannot be told without labels"
    rates = {name: float(yes[:, k].mean()) for k, name in enumerate(STATEMENTS)}
    rates["model_fails, labels"] = float(yes[labeled, 2].mean())
    rates["shares open"] = float(opened[~labeled, 1].mean())
    rates["accuracy held"], rates["shares held"] = np.mean(held, axis=0).tolist()
    return {"rates": {**rates, "any": float(yes.any(axis=1).mean())}}, seconds


def intervals_that_hold(report, new, classes):
    """Return whether expected accuracy was that of the new rows, and in how many classes shares."""
    _, y, proba = new
    accuracy, found = (classes[proba.argmax(axis=1)] == y).mean(), report.accuracy
    shares = [one.low <= (y == label).mean() <= one.high
              for one, label in zip(report.shares, classes, strict=True)]  # fmt: skip
    return found.expected_low <= accuracy <= found.expected_high, np.mean(shares)


def peer(what, folder, draws):
    with tempfile.TemporaryDirectory() as scratch:
        for seed in range(draws):
            old, new, classes = draw(what["data"], what["shift"], what["rows"], seed, folder)
            for name, (X, y, proba) in (("old", old), ("new", new)):
                np.savez(
                    Path(scratch, f"{seed}_{name}.npz"),
                    texts=np.array(X.tolist()),
                    y=np.array(y.tolist()),
                    proba=proba,
                    classes=np.array(classes.tolist()),
                )
        made = Path(scratch, "made.npz")
        job = HERE / "jobs" / f"drift_{what['side']}.py"
        told = [interpreter(what["side"]), job, scratch, str(draws), made]
        subprocess.run(told, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with np.load(made) as found:
            seconds = found["seconds"].tolist()
            rates = {name: float(found[name].mean()) for name in found.files if name != "seconds"}
    return {"rates": rates}, seconds


def plan():
    for rows in (200, 1000):
        for data, found in NONE:
            if found == rows:
                yield {"side": "keraswrap", "data": data, "shift": "none", "rows": rows}
        for data, shift in SHIFTS:
            yield {"side": "keraswrap", "data": data, "shift": shift, "rows": rows}
        if rows == PEER_ROWS:
            for shift, _ in VECTORS:
                yield {"side": "keraswrap", "data": "Amazon sentences", "shift": shift,
                       "rows": rows, "vectors": "MiniLM"}  # fmt: skip
            yield from peers_plan()


def peers_plan():
    for side in PEERS:
        for shift in ("none", "other texts", "shares", "labels"):
            yield {"side": side, "data": "Amazon sentences", "shift": shift, "rows": PEER_ROWS}
    yield {"side": "evidently", "data": "Banking77", "shift": "five intents dropped",
           "rows": PEER_ROWS}  # fmt: skip


def measurer(folder):
    def measure(what):
        if what["data"] in FILES and not (folder / FILES[what["data"]]).exists():
            return None
        counts = PEERS.get(what["side"], (NULL, SHIFTED))
        draws = counts[what["shift"] != "none"]
        if what.get("vectors"):
            draws = dict(VECTORS)[what["shift"]]
        with threadpool_limits(1):
            found, seconds = (ours if what["side"] == "keraswrap" else peer)(what, folder, draws)
        found |= {"draws": draws, "seconds": round(float(np.median(seconds)), 2)}
        return found, f"{found['rates']}, {found['seconds']} s"

    return measure


def tables(results):
    runs = results["runs"]
    parts = []
    if found := [run for run in runs if run["what"]["side"] == "keraswrap"]:
        parts.append(our_table(found))
    if found := [run for run in runs if run["what"]["side"] != "keraswrap"]:
        parts.append(peer_table(found))
    seen = results["machine"]
    return "\n".join([*parts, f"{seen['processor']}, {seen['cores']} cores, shared.\n"])


def our_table(runs):
    lines = [
        "| data | shift | rows | draws | inputs moved | shares moved | shares open | model fails, "
        "with labels | any alarm | accuracy in its interval | shares in theirs | seconds |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    names = ("inputs_moved", "shares_moved", "shares open", "model_fails, labels", "any")
    names += ("accuracy held", "shares held")
    for run in runs:
        what, rates = run["what"], run["rates"]
        figures = " | ".join(f"{rates[name]:.1%}" for name in names)
        data = f"{what['data']}, {what['vectors']}" if what.get("vectors") else what["data"]
        lines.append(f"| {data} | {what['shift']} | {what['rows']:,} | {run['draws']} | "
                     f"{figures} | {run['seconds']:.1f} |")  # fmt: skip
    return "\n".join([*lines, ""])


def peer_table(runs):
    lines = ["| peer | data | shift | draws | alarms | seconds |", "|---|---|---|---|---|---|"]
    for run in runs:
        what = run["what"]
        figures = "; ".join(f"{name} {rate:.0%}" for name, rate in run["rates"].items())
        lines.append(f"| {what['side']} | {what['data']} | {what['shift']} | {run['draws']} | "
                     f"{figures} | {run['seconds']:.1f} |")  # fmt: skip
    return "\n".join([*lines, ""])


def main():
    options = sampled.parser(__doc__).parse_args()
    sampled.run(RESULTS, MARKS, options, plan(), measurer(options.data), tables)


if __name__ == "__main__":
    main()
