"""Run measured jobs in separate processes, in turns, and keep what is finished.

A benchmark is a module with RESULTS (where its figures are written), MARKS (where its
table is in ``benchmarks/README.md``), SIZES and QUICK (its settings, by name),
``plan(sizes, done)``, which yields one `Job` at a time, and ``table(results)``. Those with
a GUIDE, a page of the documentation, put ``brief(results)`` between the same marks there.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import environments
from common import HERE, fill, machine

JOBS, PAGE = HERE / "jobs", HERE / "README.md"
DAY = 24 * 3600


@dataclass(frozen=True)
class Job:
    """A piece of work: which script, with which settings, in whose environment."""

    script: str
    settings: dict
    side: str = "ours"
    peer: str | None = None
    round: int = 0

    @property
    def what(self):
        return {"side": self.side, "round": self.round, **self.settings}

    def run(self):
        """Run the job in a process of its own, and return its figures."""
        python = environments.interpreter(self.peer) if self.peer else sys.executable
        told = json.dumps({"side": self.side, **self.settings})
        command = [python, JOBS / f"{self.script}.py", told]
        # Peers import build functions from here, which their environments do not contain.
        paths = os.pathsep.join(filter(None, [str(HERE.parent), os.environ.get("PYTHONPATH")]))
        env = {"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ, "PYTHONPATH": paths}
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=DAY)
        if done.returncode:
            raise JobError("\n".join(done.stderr.strip().splitlines()[-12:]))
        return json.loads(done.stdout.strip().splitlines()[-1])


class JobError(RuntimeError):
    """A job that failed; the message is the end of its output."""


def measure(jobs, results, path):
    """Run jobs that are not done yet, write each measurement, and return the failed jobs."""
    failed = []
    for job in jobs:
        if any(entry["what"] == job.what for entry in results["measurements"]):
            continue
        print(f"{job.what} ...", flush=True)
        before = busy()
        try:
            figures = job.run()
        except JobError as error:
            print(f"failed:\n{error}", flush=True)
            failed.append(job.what)
            continue
        when = {"at": time.strftime("%Y-%m-%dT%H:%M"), "commit": commit()}
        figures = {"others": others(before, busy()), **figures}
        results["measurements"].append({"what": job.what, **when, **figures})
        write(path, results)
        print(json.dumps({k: v for k, v in figures.items() if k != "versions"}), flush=True)
    return failed


def busy():
    """Return the seconds that all cores had, that they were busy, and that our jobs used."""
    own = sum(os.times()[:4])
    if not Path("/proc/stat").exists():
        return None
    ticks = [int(n) for n in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    seconds = [n / os.sysconf("SC_CLK_TCK") for n in ticks]
    return sum(seconds), sum(seconds) - seconds[3] - seconds[4], own


def others(before, after):
    """Return the share of the machine that other processes used during a job."""
    if before is None:
        return None
    had, worked, own = (b - a for a, b in zip(before, after, strict=True))
    return round(max(worked - own, 0.0) / had, 3)


def write(path, results):
    """Write results completely or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    part.replace(path)


def commit():
    """Return the commit that was measured, with a plus if there are uncommitted changes."""
    git = ["git", "-C", str(HERE.parent)]
    head = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    changed = subprocess.run([*git, "diff", "--quiet", "HEAD", "--", "keraswrap"]).returncode
    return head.stdout.strip() + ("+" if changed else "")


def read(path, sizes, fresh):
    """Read what an earlier run measured, or start over."""
    # The path of the data is specific to this machine.
    sizes = {name: value for name, value in sizes.items() if name != "data"}
    here = {"machine": machine(), "settings": sizes, "measurements": []}
    if fresh or not path.exists():
        return here
    known = json.loads(path.read_text("utf-8"))
    if known["machine"] != here["machine"]:
        raise SystemExit(
            f"Expected {path.name} to hold figures of this machine, {here['machine']}, got those "
            f"of {known['machine']}. Measure all of it anew with --fresh."
        )
    return {**known, "settings": sizes}


def figures(results, key, **what):
    """Collect a figure of every measurement of that kind."""
    fits = [m for m in results["measurements"] if what.items() <= m["what"].items()]
    return [dig(m, key) for m in fits]


def dig(entry, key):
    for part in key.split("."):
        entry = entry[part]
    return entry


def median(results, key, **what):
    """Return the median of a figure, or None if nothing was measured."""
    found = figures(results, key, **what)
    return statistics.median(found) if found else None


def ratio(above, below):
    """Format a ratio, or a dash if one side is missing."""
    if not above or not below:
        return "–"
    return f"{above / below:.1f}x" if above > 0.95 * below else f"{above / below:.2f}x"


def where(results):
    """Describe where and with which versions the figures were measured."""
    seen = results["machine"]
    found = {}
    for entry in results["measurements"]:
        found |= entry["versions"]
    names = {"tensorflow": "TensorFlow", "keras": "Keras", "torch": "PyTorch"}
    names |= {"scikit-learn": "scikit-learn"}
    listed = [f"{title} {found[name]}" for name, title in names.items() if name in found]
    taken = [entry["others"] or 0 for entry in results["measurements"]] or [0]
    return (
        f"{seen['processor']} with {seen['cores']} cores, {', '.join(listed)}; other processes "
        f"used {statistics.median(taken):.0%} of the machine (median; at most {max(taken):.0%})."
    )


def options(bench):
    parser = argparse.ArgumentParser(description=bench.__doc__)
    parser.add_argument("--quick", action="store_true", help="tiny sizes; keeps nothing")
    parser.add_argument("--fresh", action="store_true", help="begin anew, not where it stopped")
    parser.add_argument("--table", action="store_true", help="measure nothing")
    parser.add_argument("--sides", nargs="+", help="measure these alone")
    for name, value in bench.SIZES.items():
        many = {"nargs": "+"} if isinstance(value, list) else {}
        kind = type(value[0] if many else value)
        parser.add_argument(f"--{name.replace('_', '-')}", type=kind, **many)
    return parser.parse_args()


def main(bench):
    """Measure, print the table, and put it into the page."""
    told = options(bench)
    sizes = {
        name: value if getattr(told, name) is None else getattr(told, name)
        for name, value in (bench.SIZES | (bench.QUICK if told.quick else {})).items()
    }
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "quick.json" if told.quick else bench.RESULTS
        results = read(path, sizes, told.fresh)
        jobs = [] if told.table else bench.plan(sizes, results["measurements"])
        wanted = (job for job in jobs if not told.sides or job.side in told.sides)
        failed = measure(wanted, results, path)
    print(bench.table(results))
    if not told.quick:
        fill(bench.MARKS, bench.table(results), PAGE)
        if hasattr(bench, "GUIDE"):
            fill(bench.MARKS, bench.brief(results), bench.GUIDE)
    if failed:
        raise SystemExit(f"{len(failed)} of the jobs failed; run again to try those alone.")
