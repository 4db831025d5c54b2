"""Run the benchmarks, all of them or those named first, and draw their picture.

``make bench`` runs every one at full size, and resumes where an earlier run was
interrupted. ``make bench ARGS="dense import --quick"`` tries two at tiny sizes.
Options after the names are passed to the scripts; each lists its own with ``--help``.
"""

from __future__ import annotations

import subprocess
import sys
from itertools import takewhile

from common import HERE

# Measured against peers: these know --quick, --fresh, --table, --rounds and --sides.
SPEED = ("import", "dense", "refits", "growth", "throughput", "article")


def scripts():
    """List every benchmark by name, the short ones first."""
    there = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))
    return [*SPEED, *(name for name in there if name not in SPEED)]


def choose(told):
    """Split the arguments into benchmarks and options that are passed to them."""
    names = list(takewhile(lambda word: not word.startswith("-"), told))
    others = told[len(names) :]
    if unknown := sorted(set(names) - set(scripts())):
        raise SystemExit(f"Expected benchmarks out of {', '.join(scripts())}, got {unknown}.")
    # Options are for the benchmarks against peers only: the others do not accept them.
    return names or list(SPEED if others else scripts()), others


def main(told):
    names, others = choose(told)
    failed = []
    for name in names:
        print(f"== bench_{name}.py", flush=True)
        # If one fails, the others are still measured.
        if subprocess.run([sys.executable, HERE / f"bench_{name}.py", *others]).returncode:
            failed.append(name)
    if not {"--quick", "--help"} & set(others):
        subprocess.run([sys.executable, HERE / "plot.py"], check=True)
    if failed:
        raise SystemExit(f"Not finished: {', '.join(failed)}. Run again to go on from there.")


if __name__ == "__main__":
    main(sys.argv[1:])
