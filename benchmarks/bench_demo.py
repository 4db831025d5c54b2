"""Run the main job with and without added flips, and put its figures into the guide.

Each run is one ``run_demo`` with a seed of its own. Results are written to
``benchmarks/demo.json``, with versions and machine, and from there as a table
between the marks in docs/install.md. ``--seeds`` and ``--flips`` choose the runs;
``--table`` only rewrites the table.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time

from common import GUIDES, HERE, fill, machine, versions

RESULTS = HERE / "demo.json"
PAGE = GUIDES / "install.md"
FLIPS = (0.0,)
MARKS = "<!-- demo: figures from benchmarks/demo.json -->\n", "<!-- end demo -->"


def run(flip, seed):
    from keraswrap.demo import DemoSettings, run_demo

    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        result = run_demo(DemoSettings(flip=flip, seed=seed, out=folder))
        wall = time.perf_counter() - started
    return {"flip": flip, "seed": seed, "wall_seconds": round(wall), **result.figures()}


def table(results):
    """Format the runs as a Markdown table, one line per run."""
    lines = [
        "| labels flipped on top | seed | wrong labels | errors among the worst 10 / 50 / 100 | "
        "in cleanlab's order | test accuracy | after pruning | newly right / wrong | seconds |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for run in results["runs"]:
        ours, theirs = (
            " / ".join(f"{share:.0%}" for share in run[name].values())
            for name in ("precision", "cleanlab_precision")
        )
        accuracy, sides = run["accuracy"], " / ".join(map(str, run["changed_sides"]))
        lines.append(
            f"| {run['flip']:.0%} | {run['seed']} | {run['noise']:.1%} | {ours} | {theirs} | "
            f"{accuracy['test_before']:.3f} | {accuracy['test_after']:.3f} | {sides} | "
            f"{run['wall_seconds'] or '–'} |"
        )
    rows, seen = results["runs"][0]["rows"], results["machine"]
    lines += [
        "",
        f"{rows['train']:,} tweets to train on, {rows['test']} to test on; {seen['processor']}, "
        f"{seen['cores']} cores; TensorFlow {results['versions']['tensorflow']}, Keras "
        f"{results['versions']['keras']}. cleanlab's order is that of its default score, from the "
        "tuned net's probabilities. In random order, the worst rows would contain the overall "
        "share of wrong labels.",
    ]
    # Added by hand if something went wrong in a run.
    lines += [run["remark"] for run in results["runs"] if "remark" in run]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--flips", type=float, nargs="+", default=FLIPS)
    parser.add_argument("--table", action="store_true")
    options = parser.parse_args()
    if not options.table:
        results = {"machine": machine(), "versions": versions(), "runs": []}
        for seed in options.seeds:
            for flip in options.flips:
                results["runs"].append(run(flip, seed))
                RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    fill(MARKS, table(json.loads(RESULTS.read_text())), PAGE)


if __name__ == "__main__":
    main()
