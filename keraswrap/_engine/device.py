"""Measure once which precision and compile mode are fastest here, and keep that on disk.

The first measurement on a machine, for a set of versions, holds for every later
process: results with the same seed must not depend on timing noise.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
import os
import platform
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import keras

from keraswrap import _processor
from keraswrap._download import cache_home
from keraswrap._versions import find_version

_log = logging.getLogger("keraswrap")
_lock = threading.Lock()

MIXED = "mixed_bfloat16"
# Increase this if `step_benchmark` measures something else.
_FORMAT = 1
# The speedup at which bfloat16 is worth its rounding, and the one at which XLA is worth the
# seconds that it compiles for every batch length.
_WORTH, _JIT_WORTH = 1.2, 1.5


def choose_precision(seconds: Mapping[str, float]) -> str:
    """Choose a precision by the seconds that :func:`timings` returns.

    Examples
    --------
    >>> choose_precision({"float32": 0.06, "mixed_bfloat16": 0.04})
    'mixed_bfloat16'
    >>> choose_precision({"float32": 0.06, "mixed_bfloat16": 0.055})
    'float32'
    """
    quickest = {name: _quickest(seconds, name) for name in ("float32", MIXED)}
    # If nothing could be measured, stay with float32.
    return MIXED if _WORTH * quickest[MIXED] <= quickest["float32"] < math.inf else "float32"


def _quickest(seconds: Mapping[str, float], precision: str) -> float:
    jit = choose_jit(seconds, precision)
    return seconds.get(f"{precision} jit" if jit else precision, math.inf)


def choose_jit(seconds: Mapping[str, float], precision: str) -> bool:
    """Choose whether XLA compiles a net in a precision.

    Examples
    --------
    >>> choose_jit({"float32": 0.06, "float32 jit": 0.1}, "float32")
    False
    """
    plain, compiled = seconds.get(precision), seconds.get(f"{precision} jit", math.inf)
    return plain is not None and plain >= _JIT_WORTH * compiled


def timings() -> Mapping[str, float]:
    """Return the seconds of a training step on this device, measured now or earlier.

    Returns
    -------
    mapping of str to float
        As :func:`keraswrap._engine.step_benchmark.time_steps` returns it; empty if the
        backend is not TensorFlow, as nothing is measured then.
    """
    if keras.backend.backend() != "tensorflow":
        return {}
    with _lock:
        return _timings()


@lru_cache(maxsize=1)
def _timings() -> Mapping[str, float]:
    device = describe_device()
    digest = hashlib.sha256(json.dumps(device, sort_keys=True).encode()).hexdigest()
    path = cache_home() / f"device-{digest[:12]}.json"
    found = _read(path, device)
    if found is not None:
        return found
    measured = _measure()
    # Another process may have been first; its measurement then holds.
    return _keep(path, {"device": device, "seconds": measured}) or measured


def _measure() -> dict[str, float]:
    from keraswrap._engine.step_benchmark import time_steps

    _log.info("Measuring precision and compile mode of this device, once.")
    precisions = ["float32", MIXED] if has_bfloat16() else ["float32"]
    # On a GPU, Keras's own choice is kept.
    return time_steps(precisions, jit=not gpus())


def describe_device() -> dict[str, object]:
    """Return what a measurement depends on: processor, GPUs and versions."""
    packages = ("keras", "tensorflow")
    return {
        "format": _FORMAT,
        "machine": platform.machine(),
        "processor": sorted(_processor.describe_processor().items()),
        "cores": os.cpu_count(),
        "gpus": gpus(),
        "versions": {package: find_version(package) for package in packages},
    }


def gpus() -> list[str]:
    """Name the GPUs that TensorFlow sees, each with its compute capability."""
    import tensorflow as tf

    details = tf.config.experimental.get_device_details
    found = [details(gpu) for gpu in tf.config.list_physical_devices("GPU")]
    return [f"{d.get('device_name')} {d.get('compute_capability')}" for d in found]


def has_bfloat16() -> bool:
    """Return whether the device computes in bfloat16; False if unknown."""
    import tensorflow as tf

    devices = tf.config.list_physical_devices("GPU")
    if devices:
        details = tf.config.experimental.get_device_details
        return all(details(gpu).get("compute_capability", (0,))[0] >= 8 for gpu in devices)
    return _processor.has_bfloat16()


def _read(path: Path, device: Mapping[str, object]) -> dict[str, float] | None:
    """Read an earlier measurement of this device; None if there is no valid one."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        seconds = {str(name): float(value) for name, value in data["seconds"].items()}
        sound = data["device"] == json.loads(json.dumps(device)) and "float32" in seconds
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return seconds if sound and all(0 < s < math.inf for s in seconds.values()) else None


def _keep(path: Path, content: Mapping[str, Mapping[str, object]]) -> dict[str, float] | None:
    """Write a measurement unless there is a valid one, and return the one that holds."""
    device = content["device"]
    draft = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", dir=path.parent, prefix=".device-", delete=False, encoding="utf-8"
        ) as file:
            draft = file.name
            json.dump(content, file, indent=1)
        _publish(draft, path, device)
    except OSError as error:
        _log.warning("Measured again in each process: %s cannot be written (%s).", path, error)
    finally:
        if draft is not None:
            with suppress(OSError):
                os.unlink(draft)
    return _read(path, device)


def _publish(draft: str, path: Path, device: Mapping[str, object]) -> None:
    try:
        os.link(draft, path)  # fails if another process was first
    except OSError:
        if _read(path, device) is None:
            os.replace(draft, path)
