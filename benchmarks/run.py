"""Run the benchmarks, all of them or those named first, and draw their picture.

``make bench`` runs every one at full size and goes on where an earlier run was
broken off. ``make bench ARGS="dense import --quick"`` tries two at tiny sizes.
What comes after the names is passed on to the scripts; each tells what it takes
with ``--help``.
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
    """Split what was told into benchmarks and what is passed on to them."""
    names = list(takewhile(lambda word: not word.startswith("-"), told))
    others = told[len(names) :]
    if unknown := sorted(set(names) - set(scripts())):
        raise SystemExit(f"Expected benchmarks out of {', '.join(scripts())}, got {unknown}.")
    # Options are those of the benchmarks against peers: the others know none of them.
    return names or list(SPEED if others else scripts()), others


def main(told):
    names, others = choose(told)
    failed = []
    for name in names:
        print(f"== bench_{name}.py", flush=True)
        # One that fails shall not keep the others from being measured.
        if subprocess.run([sys.executable, HERE / f"bench_{name}.py", *others]).returncode:
            failed.append(name)
    if not {"--quick", "--help"} & set(others):
        subprocess.run([sys.executable, HERE / "plot.py"], check=True)
    if failed:
        raise SystemExit(f"Not finished: {', '.join(failed)}. Run again to go on from there.")


if __name__ == "__main__":
    main(sys.argv[1:])
