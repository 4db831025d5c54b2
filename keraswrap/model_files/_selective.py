"""A selective classifier in a file: its thresholds as JSON, beside the file of its estimator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin

from keraswrap._archive import read_member
from keraswrap.exceptions import InputTypeError, KeraswrapError, SavedFileError
from keraswrap.model_files._nested import open_nested, pack_nested
from keraswrap.selective import SelectiveClassifier, SelectiveThreshold

__all__ = ["ABOUT", "pack_selective", "unpack_selective"]

ABOUT, _ESTIMATOR = "selective.json", "estimator.keraswrap"
_PARAMS = ("target_error", "confidence", "rank_by", "per_class", "abstain_label")


def pack_selective(selective: SelectiveClassifier, inner: bytes) -> bytes:
    """Return the bytes of a file; `inner` is that of the fitted estimator.

    Raises
    ------
    InputTypeError
        If rows are ranked by a function, which a file without code cannot hold.
    """
    return pack_nested(ABOUT, selective, _describe(selective), {_ESTIMATOR: inner})


def _describe(selective: SelectiveClassifier) -> dict[str, object]:
    if callable(selective.rank_by):
        raise InputTypeError(
            f"Expected rank_by by name, got {selective.rank_by!r:.60}: a file without code holds "
            "no function. Use 'max_proba', 'margin' or 'entropy'."
        )
    calibration = selective.calibration_
    found = calibration if isinstance(calibration, tuple) else (calibration,)
    params = {name: _plain(getattr(selective, name)) for name in _PARAMS}
    return {
        "params": params,
        "calibration": [asdict(one) for one in found],
        "n_calibration": selective.n_calibration_,
    }


def _plain(value: object) -> object:
    return value.item() if isinstance(value, np.generic) else value


def unpack_selective(
    content: bytes, origin: str, load: Callable[[bytes], ClassifierMixin]
) -> SelectiveClassifier:
    """Make a selective classifier; `load` makes its estimator from the bytes of a file.

    Its `fit` finds a new threshold for the loaded estimator, and does not train it.

    Raises
    ------
    SavedFileError
        If the file is corrupt, or from a later version.
    """
    with open_nested(content, origin, ABOUT) as (about, archive):
        return _rebuild(about, load(read_member(archive, _ESTIMATOR)))


def _rebuild(about: Mapping[str, Any], inner: ClassifierMixin) -> SelectiveClassifier:
    params = {name: about["params"][name] for name in _PARAMS}
    made = SelectiveClassifier(inner, cv="prefit", **params)
    try:
        made._check_parameters()
    except KeraswrapError as error:
        raise SavedFileError(f"{error} The file is corrupt.") from error
    found = tuple(_threshold(told) for told in about["calibration"])
    if len(found) != (len(inner.classes_) if made.per_class else 1):
        raise SavedFileError(
            f"Expected one threshold, or one a class, got {len(found)}. The file is corrupt."
        )
    made._take(found, inner, inner.classes_, _count(about["n_calibration"]))
    return made


def _count(told: object) -> int:
    if not isinstance(told, int) or isinstance(told, bool) or told < 1:
        raise SavedFileError(
            f"Expected n_calibration as a number of rows, 1 or more, got {told!r:.60}. The file "
            "is corrupt."
        )
    return told


def _threshold(told: object) -> SelectiveThreshold:
    names = [field.name for field in fields(SelectiveThreshold)]
    if not isinstance(told, dict) or sorted(told) != sorted(names):
        raise SavedFileError(f"Expected a threshold, got {told!r:.80}. The file is corrupt.")
    numbers = all(
        isinstance(value, int | float) and not isinstance(value, bool)
        for name, value in told.items()
        if name != "rows_needed"
    )
    if not numbers or np.isnan(told["threshold"]) or told["n"] < told["n_accepted"]:
        raise SavedFileError(f"Expected a threshold, got {told!r:.80}. The file is corrupt.")
    return SelectiveThreshold(**told)
