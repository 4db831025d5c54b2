"""Parameters and settings as plain values, without secrets and without addresses. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

import numpy as np

from keraswrap.tracking._secrets import redact

__all__ = ["class_name", "describe", "describe_params"]

# Longest text that stands for an object.
_LONGEST = 500
# Most values of an array or list that are told one by one.
_MOST = 50
_SECRET = re.compile(
    r"(^|_)((api|access|secret)_?key|password|passwd|secret|token|credentials?)$", re.IGNORECASE
)
_HIDDEN = "(hidden)"


def describe_params(params: Mapping[str, object]) -> dict[str, object]:
    """Describe parameters by name; those that look like secrets are hidden.

    Parameters
    ----------
    params : dict of str to object

    Returns
    -------
    dict
        Plain values.

    Examples
    --------
    >>> describe_params({"units": np.int64(8), "model": math.sqrt, "api_key": "abc"})
    {'units': 8, 'model': 'math.sqrt', 'api_key': '(hidden)'}
    """
    return {
        str(name): _HIDDEN if _is_secret(str(name), value) else describe(value)
        for name, value in params.items()
    }


def _is_secret(name: str, value: object) -> bool:
    return isinstance(value, str | bytes) and _SECRET.search(name.rpartition("__")[2]) is not None


def describe(value: object) -> object:
    """Describe a value by a plain one that is the same in every process.

    Examples
    --------
    >>> describe([1, np.float32(0.5), (len, None)])
    [1, 0.5, ['len', None]]
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, str):
        return redact(value)[:_LONGEST]
    if isinstance(value, Mapping):
        return describe_params({str(name): each for name, each in value.items()})
    if isinstance(value, np.ndarray):
        return (
            value.tolist() if value.size <= _MOST and value.dtype.kind in "biuU" else _text(value)
        )
    if isinstance(value, list | tuple) and len(value) <= _MOST:
        return [describe(each) for each in value]
    return _text(value)


def _text(value: object) -> str:
    if isinstance(value, type) or hasattr(value, "__code__") or hasattr(value, "__qualname__"):
        return _qualified(value)
    if isinstance(value, np.ndarray):
        return f"array of {value.dtype}, shape {value.shape}"
    if isinstance(value, list | tuple):
        return f"{type(value).__name__} of {len(value)} values"
    try:
        text = repr(value)
    except Exception:  # a user's own object may fail in any way
        text = class_name(value)
    return re.sub(r" at 0x[0-9a-fA-F]+", "", " ".join(redact(text).split()))[:_LONGEST]


def class_name(value: object) -> str:
    """Return the class of an object, by the module that it is imported from.

    Examples
    --------
    >>> from sklearn.svm import SVC
    >>> class_name(SVC()), class_name(3)
    ('sklearn.svm.SVC', 'int')
    """
    return _qualified(type(value))


def _qualified(value: object) -> str:
    name = str(getattr(value, "__qualname__", type(value).__qualname__))
    module = str(getattr(value, "__module__", None) or "builtins")
    if module == "builtins":
        return name
    # Private modules are no part of the name by which users know it.
    public = [part for part in module.split(".") if not part.startswith("_")]
    return ".".join([*public, name])
