"""Run a benchmark sample by sample: keep what is finished, and write its tables."""

from __future__ import annotations

import argparse
import json
import warnings
from pathlib import Path

from common import HERE, fill, machine, versions


def parser(description):
    """Make a parser of the options that benchmarks on samples share."""
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--data", type=Path, default=HERE / "data")
    made.add_argument("--table", action="store_true")
    made.add_argument("--fresh", action="store_true")
    return made


def run(path, marks, options, plan, measure, tables):
    """Measure the samples that are missing, and put the tables between two marks of README.md.

    `measure` takes what a sample is, and returns figures and what to print of them, or None
    where its data are missing.
    """
    here = {"machine": machine(), "versions": versions()}
    results = {**here, "runs": []}
    if path.exists() and not options.fresh:
        results = json.loads(path.read_text())
    if not options.table:
        _measure(path, results, here, options, plan, measure)
    if results["runs"]:
        text = tables(results)
        print(text)
        fill(marks, text, HERE / "README.md")


def _measure(path, results, here, options, plan, measure):
    # Figures that are added elsewhere say where.
    other = {name: value for name, value in here.items() if results.get(name) != value}
    done = {json.dumps(entry["what"]) for entry in results["runs"]}
    for what in plan:
        if json.dumps(what) in done:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            measured = measure(what)
        if measured is None:
            print(f"{what['data']}: left out, for it is not in {options.data}. See --data.")
            continue
        figures, told = measured
        results["runs"].append({"what": what, **figures, **other})
        path.write_text(json.dumps(results, indent=1) + "\n")
        print(json.dumps(what), told, flush=True)
