"""Describe where benchmarks ran, and fill the pages that show them."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
GUIDES = HERE.parent / "docs"


def machine():
    """Describe the machine that the figures were measured on."""
    model = platform.processor()
    if os.path.exists("/proc/cpuinfo"):
        found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
        model = found.group(1) if found else model
    return {"processor": model, "cores": os.cpu_count(), "system": platform.system()}


def versions():
    """Return the versions of the packages that affect the figures."""
    from keraswrap.demo._folder import versions as installed

    return installed()


def paired(difference):
    """Format the mean of paired differences with the half-width of Student's 95% interval."""
    from keraswrap._paired import paired_interval

    difference = np.asarray(difference, float)
    ends = paired_interval(difference)
    half = "" if ends is None else f" ± {(ends[1] - ends[0]) / 2:.3f}"
    return f"{difference.mean():+.3f}{half}"


def fill(marks, table, page):
    """Put a table between two marks in a page."""
    text = page.read_text("utf-8")
    before, rest = text.split(marks[0])
    after = rest.split(marks[1], 1)[1]
    page.write_text(f"{before}{marks[0]}{table}{marks[1]}{after}", "utf-8")
