"""What a measurement of speed depends on, read without loading anything."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

_FLAGS = {"avx2", "avx512f", "avx512_bf16", "amx_bf16"}


def describe_processor() -> dict[str, str]:
    """Read what Linux reports about the first core; elsewhere, only the processor's name.

    Examples
    --------
    >>> "model name" in describe_processor() or "flags" in describe_processor()
    True
    """
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {"model name": platform.processor()}
    lines = dict(re.findall(r"^([\w ]+?)\s*: (.*)$", text.partition("\n\n")[0], re.MULTILINE))
    flags = " ".join(sorted(_FLAGS & set(lines.get("flags", "").split())))
    known = {name: lines[name] for name in ("model name", "cpu family", "model") if name in lines}
    return {**known, "flags": flags}


def has_bfloat16() -> bool:
    """Return whether the processor multiplies matrices in bfloat16; False if unknown."""
    return bool({"avx512_bf16", "amx_bf16"} & set(describe_processor().get("flags", "").split()))


def allowed_threads() -> int | None:
    """Return the number of threads that ``OMP_NUM_THREADS`` allows; None if it says nothing.

    Joblib, Dask and Ray set it in each of their workers, so that all workers of a machine
    together use each core once.
    """
    told = os.environ.get("OMP_NUM_THREADS", "")
    return int(told) or None if told.isdecimal() else None
