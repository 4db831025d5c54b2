"""Validate the learned attributes in a saved file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from numbers import Real
from typing import Any, TypeGuard

import numpy as np

from keraswrap._archive import ROOM
from keraswrap.exceptions import SavedFileError


def _is_count(value: object, least: int = 1) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _are_counts(value: object) -> bool:
    return isinstance(value, list) and len(value) > 0 and all(map(_is_count, value))


def _are_indices(value: object) -> bool:
    return isinstance(value, list) and len(value) > 0 and all(_is_count(v, 0) for v in value)


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, Real) and not isinstance(value, bool)


def _are_numbers(value: object) -> bool:
    # A metric may give a number for each class.
    return _is_number(value) or (isinstance(value, list) and all(map(_are_numbers, value)))


def _is_history(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(v, list) and _are_numbers(v) for v in value.values()
    )


def _are_shares(value: object) -> bool:
    return value is None or (
        isinstance(value, dict) and all(_is_number(v) and 0 <= v <= 1 for v in value.values())
    )


_WHOLE = "a whole number, 1 or more"
# By name: what it must be, and how to tell.
_KINDS: dict[str, tuple[str, Callable[[object], bool]]] = {
    "n_features_in_": (_WHOLE, _is_count),
    "n_classes_": (_WHOLE, _is_count),
    "n_outputs_": (_WHOLE, _is_count),
    "_target_ndim": ("1 or 2", lambda value: _is_count(value) and value <= 2),
    "_several": ("true or false", lambda value: isinstance(value, bool)),
    "_kind": ("the name of a target", lambda value: isinstance(value, str)),
    "_target_shape": ("a list of whole numbers", _are_counts),
    "_order": ("a list of whole numbers, 0 or more", _are_indices),
    "_gaps": ("true or false", lambda value: isinstance(value, bool)),
    "_partly": ("true or false", lambda value: isinstance(value, bool)),
    "history_": ("lists of numbers by name", _is_history),
    "padding_share_": ("shares between 0 and 1 by name, or null", _are_shares),
    "seed_": ("a whole number, 0 or more", lambda value: _is_count(value, 0)),
}
NAMES = tuple(_KINDS)
ARRAYS = ("classes_", "feature_names_in_")
# Those that the target of the estimator takes.
TARGET_NAMES = (
    *("classes_", "n_classes_", "_several", "n_outputs_", "_target_ndim"),
    *("_kind", "_target_shape", "_order", "_gaps", "_partly", "_heads"),
)


def read_told(described: Mapping[str, Any]) -> dict[str, object]:
    """Take all that an estimator learned, and under ``_heads`` what each of its heads did.

    Examples
    --------
    >>> read_told({"learned": {"n_features_in_": 4}, "arrays": {}})
    {'n_features_in_': 4}
    """
    lists = described["arrays"]
    learned = read_learned(described["learned"])
    learned |= {name: read_list(name, lists[name]) for name in ARRAYS if name in lists}
    if "heads" in described:
        if not isinstance(described["heads"], dict) or not described["heads"]:
            raise _corrupt("heads to be what was learned of each by name", described["heads"])
        learned["_heads"] = {name: _read_head(told) for name, told in described["heads"].items()}
    return learned


def _read_head(told: Mapping[str, object]) -> dict[str, object]:
    learned = read_told({"learned": told["learned"], "arrays": told["arrays"]})
    check_together(learned, {})
    return learned


def read_learned(found: Mapping[str, object]) -> dict[str, object]:
    """Take the attributes that an estimator learns, each of its own kind.

    Examples
    --------
    >>> read_learned({"n_features_in_": 4, "predict": "x"})
    {'n_features_in_': 4}
    """
    for name in found.keys() & _KINDS.keys():
        wanted, fits = _KINDS[name]
        if not fits(found[name]):
            raise _corrupt(f"{name} to be {wanted}", repr(found[name]))
    return {name: found[name] for name in NAMES if name in found}


def read_list(name: str, data: Mapping[str, Any]) -> np.ndarray:
    """Make the array of classes or names that a file lists.

    Examples
    --------
    >>> read_list("classes_", {"dtype": "<U3", "values": ["ant", "bee"]}).tolist()
    ['ant', 'bee']
    """
    values, dtype = data["values"], np.dtype(data["dtype"])
    if not isinstance(values, list) or any(isinstance(v, list | dict) for v in values):
        raise _corrupt(f"{name} to be a list of plain values", repr(values))
    # A dtype may declare any width of text.
    if dtype.itemsize * len(values) > ROOM:
        raise _corrupt(f"{name} to take at most {ROOM} bytes", f"{len(values)} of {dtype}")
    return np.array(values, dtype=dtype)


def check_together(learned: Mapping[str, Any], sample: Mapping[str, np.ndarray]) -> None:
    """Check that what was learned agrees with itself, and with the rows that the net was built on.

    Parameters
    ----------
    learned : mapping
        Attributes by name.
    sample : mapping
        The arrays of some rows.
    """
    features, names = learned.get("n_features_in_"), learned.get("feature_names_in_")
    widths = {a.shape[1] for a in sample.values() if a.ndim > 1 and a.dtype.kind in "biuf"}
    if len(sample) == 1 and names is None and widths and {features} != widths:
        raise _corrupt(f"n_features_in_ to be {widths.pop()}, as in the file's rows", features)
    if names is not None and len(names) != features:
        raise _corrupt(f"{features} names in feature_names_in_", len(names))
    classes = learned.get("classes_")
    if classes is not None and len(classes) != learned.get("n_classes_"):
        raise _corrupt(f"n_classes_ to be {len(classes)}, as in classes_", learned["n_classes_"])


def _corrupt(wanted: str, got: object) -> SavedFileError:
    return SavedFileError(f"Expected {wanted}, got {got!s:.80}. The file is corrupt.")
