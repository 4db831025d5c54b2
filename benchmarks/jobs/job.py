"""Do what every job does: read settings, time the work, and print figures as JSON.

Jobs also run in the environments of the peers, so this needs only Python.
"""

from __future__ import annotations

import importlib.metadata
import json
import resource
import sys
import time
from contextlib import contextmanager

PACKAGES = (
    *("keraswrap", "tensorflow", "keras", "keras-hub", "scikit-learn", "cleanlab", "scikeras"),
    *("torch", "skorch", "transformers", "numpy", "setfit", "sentence-transformers"),
)


def main(run):
    """Run the job with the settings on the command line."""
    settings = json.loads(sys.argv[1])
    figures = run(**settings)
    figures["peak_rss_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    figures["versions"] = versions()
    print(json.dumps(figures))


def versions():
    """Return the installed versions of the packages that were loaded."""
    found = {}
    for name in PACKAGES:
        module = {"scikit-learn": "sklearn"}.get(name, name.replace("-", "_"))
        if module in sys.modules:
            try:
                found[name] = importlib.metadata.version(name)
            except importlib.metadata.PackageNotFoundError:  # on the path, but not installed
                found[name] = getattr(sys.modules[module], "__version__", "?")
    return found


@contextmanager
def timed(seconds, name):
    """Record wall seconds and CPU seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    seconds[name] = round(time.perf_counter() - wall, 3)
    seconds[f"{name}_cpu"] = round(time.process_time() - cpu, 3)
