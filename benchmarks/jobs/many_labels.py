"""Find label issues from probabilities in a file that is memory-mapped or read whole."""

from __future__ import annotations

import hashlib
import threading
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from job import main, timed

MADE = Path(__file__).parents[2] / ".peers"


@contextmanager
def watched(memory):
    """Record the peak increase in the process's own memory, in MB."""
    before, done = own_memory(), threading.Event()
    memory["own_mb"] = 0.0

    def look():
        while not done.wait(0.02):
            memory["own_mb"] = round(max(memory["own_mb"], own_memory() - before), 1)

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    yield
    done.set()
    watcher.join()


def own_memory():
    with open("/proc/self/status", encoding="ascii") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1e3


def run(side, rows, classes):
    labels = np.load(MADE / f"labels-{rows}-{classes}.npy")
    mode = None if side == "ours in memory" else "r"
    proba = np.load(MADE / f"proba-{rows}-{classes}.npy", mmap_mode=mode)
    seconds, memory = {}, {}
    if side == "cleanlab":
        from cleanlab.experimental.label_issues_batched import find_label_issues_batched

        with watched(memory), timed(seconds, "find"):
            rows = find_label_issues_batched(labels, proba, n_jobs=1, verbose=False)
    else:
        from keraswrap.issues import find_label_issues

        with watched(memory), timed(seconds, "find"):
            found = find_label_issues(proba, y=labels, out_of_sample=True)
            # Ranked for review, as cleanlab's are.
            rows = np.flatnonzero(found.is_issue)
            rows = rows[np.argsort(found.quality[rows], kind="stable")]
    mark = hashlib.blake2b(np.sort(rows).astype(np.int64).tobytes(), digest_size=8).hexdigest()
    return {"seconds": seconds, **memory, "issues": len(rows), "mark": mark}


if __name__ == "__main__":
    main(run)
