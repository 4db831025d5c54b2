"""Measure the memory of fits from data on disk: an Arrow dataset, a tf.data pipeline, texts.

Each source gets a process of its own, which first fits the same net on a few
rows, then fits and predicts from ``--size`` GB. Another process reads its memory
use from the system every 20 ms: its own (anonymous) pages, and pages of mapped
files, which the system can reclaim when it needs memory. The level after the
first fit is subtracted. The data is made in a temporary folder; a stream is kept
in a file as large as itself. Results are written to
``benchmarks/larger_than_memory.json`` (or ``--out``).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
from common import HERE, fill, machine, versions

RESULTS, PAGE = HERE / "larger_than_memory.json", HERE / "README.md"
MARKS = (
    "<!-- larger_than_memory: figures from benchmarks/larger_than_memory.json -->\n",
    "<!-- end larger_than_memory -->",
)
WIDTH, BATCH, WORDS = 256, 1024, 100
ROW = 4 * (WIDTH + 1)
MB, GB = 1e6, 1e9
VOCABULARY = np.array([f"w{number:05d}" for number in range(20_000)])


# Making data, a bounded part at a time


def numbers(rng, count):
    """Draw rows whose first feature decides the label."""
    x = rng.standard_normal((count, WIDTH), dtype="float32")
    return x, (x[:, 0] > 0).astype("int64")


def texts(rng, count):
    """Draw rows of words, a few frequent and most rare; the last one decides the label."""
    drawn = (len(VOCABULARY) * rng.random((count, WORDS)) ** 3).astype(int)
    y = rng.integers(0, 2, count)
    drawn[:, -1] = len(VOCABULARY) - 1 - y
    return [" ".join(row) for row in VOCABULARY[drawn]], y


def parts(draw, row_bytes, size):
    rng, rows, at_once = np.random.default_rng(0), int(size // row_bytes), 10_000
    return (draw(rng, min(at_once, rows - start)) for start in range(0, rows, at_once))


def make_arrow(folder, size, draw=numbers, row_bytes=ROW + 4):
    """Write rows in the file format of a Hugging Face dataset."""
    import pyarrow as arrow

    kind = arrow.list_(arrow.float32(), WIDTH) if draw is numbers else arrow.string()
    schema = arrow.schema({"x": kind, "label": arrow.int64()})
    with arrow.ipc.new_stream(str(folder / "rows.arrow"), schema) as sink:
        for x, y in parts(draw, row_bytes, size):
            if draw is numbers:
                x = arrow.FixedSizeListArray.from_arrays(arrow.array(x.ravel()), WIDTH)
            block = arrow.table([arrow.array(x, kind), arrow.array(y)], schema)
            sink.write_table(block, max_chunksize=1000)  # as datasets writes


def make_text(folder, size):
    """Write a fifth of the size, since splitting texts into words takes longer than reading."""
    make_arrow(folder, size / 5, texts, 7 * WORDS + 12)


def make_tf(folder, size):
    """Write rows of float32, the label last."""
    with (folder / "rows.bin").open("wb") as file:
        for x, y in parts(numbers, ROW, size):
            np.column_stack([x, y.astype("float32")]).tofile(file)


MAKERS = {"arrow": make_arrow, "tf.data": make_tf, "texts": make_text}


# What is measured, in a process of its own


def open_source(case, folder):
    if case == "tf.data":
        import tensorflow as tf

        def split(record):
            row = tf.io.decode_raw(record, "float32")
            return tf.ensure_shape(row[:, :-1], (None, WIDTH)), tf.cast(row[:, -1], "int64")

        files = [str(folder / "rows.bin")]
        return tf.data.FixedLengthRecordDataset(files, ROW).batch(BATCH).map(split)
    import datasets

    return datasets.Dataset.from_file(str(folder / "rows.arrow"))


def build_numbers(meta):
    """Build a net that first adapts to the scale of its inputs."""
    import keras

    inputs = keras.Input((WIDTH,))
    scaled = keras.layers.Normalization()(inputs)
    return keras.Model(inputs, keras.layers.Dense(2)(scaled))


def build_texts(meta):
    """Build a net that first adapts its vocabulary."""
    import keras

    inputs = keras.Input((), dtype="string")
    words = keras.layers.TextVectorization(5000, output_mode="multi_hot", pad_to_max_tokens=True)(
        inputs
    )
    return keras.Model(inputs, keras.layers.Dense(2)(words))


def measure(case, folder):
    """Fit and predict, and print when each begins."""
    from keraswrap import KerasWrapperModel
    from keraswrap.data import row_view

    build, draw = (build_texts, texts) if case == "texts" else (build_numbers, numbers)
    fit = {"epochs": 1, "batch_size": BATCH}
    net = KerasWrapperModel(build, params=fit, random_state=0)
    x, y = draw(np.random.default_rng(1), 4 * BATCH)
    net.fit(x, y).predict_proba(x)
    say("open")
    view, y, _ = row_view(open_source(case, folder), folder=folder if case == "tf.data" else None)
    say("fit")
    net.fit(view, y)
    say("predict")
    proba = net.predict_proba(view)
    say("end", rows=len(view), accuracy=float(np.mean(proba.argmax(axis=1) == y)))


def say(stage, **facts):
    print(json.dumps({"stage": stage, "at": time.time(), **facts}), flush=True)


# Who watches it


class Watch(threading.Thread):
    """Record the peak memory of a process in each of its stages."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.status, self.stage = Path(f"/proc/{pid}/status"), "start"
        self.peaks, self.now = {}, {}

    def run(self):
        while self.look():
            time.sleep(0.02)

    def look(self):
        try:
            lines = self.status.read_text().splitlines()
        except OSError:
            return False
        found = {
            line.split(":")[0]: int(line.split()[1]) * 1024
            for line in lines
            if "Rss" in line[:5] or "VmRSS" in line
        }
        if len(found) < 4:  # it has ended
            return False
        anonymous = found["RssAnon"] + found["RssShmem"]
        self.now = {"anonymous": anonymous, "mapped": found["RssFile"], "all": found["VmRSS"]}
        peak = self.peaks.setdefault(self.stage, dict(self.now))
        self.peaks[self.stage] = {name: max(peak[name], self.now[name]) for name in peak}
        return True


def watch(case, folder):
    """Run a case, and return what it took beyond the framework and a small fit."""
    command = [sys.executable, __file__, "--measure", case, "--folder", str(folder)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    seen = Watch(child.pid)
    seen.start()
    said, before = [], {}
    for line in child.stdout:
        if line.startswith('{"stage"'):
            said.append(json.loads(line))
            before = before or dict(seen.now)
            seen.stage = said[-1]["stage"]
    if child.wait():
        raise SystemExit(f"{case}: ended with {child.returncode}")
    peaks = {stage: seen.peaks[stage] for stage in ("open", "fit", "predict")}
    kinds = ("anonymous", "mapped", "all")
    return {
        "rows": said[-1]["rows"],
        "accuracy": round(said[-1]["accuracy"], 4),
        "seconds": {a["stage"]: round(b["at"] - a["at"], 1) for a, b in pairwise(said)},
        "before_mb": {kind: round(before[kind] / MB) for kind in kinds},
        "beyond_mb": {
            stage: {kind: round((peak[kind] - before[kind]) / MB) for kind in kinds}
            for stage, peak in peaks.items()
        },
    }


def run(case, size):
    folder = Path(tempfile.mkdtemp(prefix="keraswrap-memory-"))
    try:
        free = shutil.disk_usage(folder).free
        if free < 2.5 * size:
            raise SystemExit(f"Expected {2.5 * size / GB:.1f} GB free in {folder}, got less.")
        MAKERS[case](folder, size)
        on_disk = sum(file.stat().st_size for file in folder.iterdir())
        return {"source": case, "gb": round(on_disk / GB, 2), **watch(case, folder)}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def table(results):
    """Format the sources as a Markdown table, one line per source."""
    lines = [
        "| source | on disk | rows | opening | fit | prediction | seconds for each |",
        "|---|---|---|---|---|---|---|",
    ]
    for source in results["sources"]:
        beyond = [source["beyond_mb"][stage] for stage in ("open", "fit", "predict")]
        took = " / ".join(f"{seconds:.0f}" for seconds in source["seconds"].values())
        lines.append(
            f"| {source['source']} | {source['gb']} GB | {source['rows']:,} | "
            + " | ".join(f"{part['anonymous']} + {part['mapped']} MB" for part in beyond)
            + f" | {took} |"
        )
    seen, of = results["machine"], results["versions"]
    most = max(part["all"] for s in results["sources"] for part in s["beyond_mb"].values())
    lines += [
        "",
        "Peaks of a process's private memory plus mapped file pages, which the system can "
        f"reclaim, beyond the memory after a fit on 4,096 rows; together at most {most} MB. "
        f"{seen['processor']} with {seen['cores']} cores, TensorFlow {of['tensorflow']}.",
    ]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=float, default=5.0, help="GB of each source")
    parser.add_argument("--only", choices=MAKERS, action="append")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--table", action="store_true", help="measure nothing")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure, options.folder)
        return
    if options.table:
        fill(MARKS, table(json.loads(RESULTS.read_text())), PAGE)
        return
    if not os.path.exists("/proc/self/status"):
        raise SystemExit("Expected a system with /proc, where a process's memory can be read.")
    results = {"machine": machine(), "versions": versions(), "sources": []}
    for case in options.only or MAKERS:
        results["sources"].append(run(case, options.size * GB))
        print(json.dumps(results["sources"][-1]), flush=True)
    options.out.write_text(json.dumps(results, indent=1) + "\n")
    if options.out == RESULTS:
        fill(MARKS, table(results), PAGE)


if __name__ == "__main__":
    main()
