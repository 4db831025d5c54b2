"""What is passed to a monitor, checked before any work."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from keraswrap._wording import counted
from keraswrap.drift._reference import Sketch
from keraswrap.drift._rows import Rows
from keraswrap.exceptions import InputError, InSampleWarning, ParameterError, warn_user

FEWEST = 30
_TOLERANCE = 1e-3
_NAMED = 5


def check_classifier(estimator: Any) -> np.ndarray:
    """Return the classes of a fitted classifier.

    Raises
    ------
    InputError
        If it has no predict_proba, or several heads.
    NotFittedError
        If it is not fitted.
    """
    if not hasattr(estimator, "predict_proba"):
        raise InputError(
            f"Expected a fitted classifier with predict_proba, got {type(estimator).__name__}. "
            "Drift of other models is not watched yet."
        )
    check_is_fitted(estimator)
    given = getattr(estimator, "classes_", None)
    # Of several outputs: a list of arrays, which no array holds if their lengths differ.
    several = isinstance(given, list) and any(map(np.ndim, given))
    classes = np.asarray(None if several else given)
    if classes.ndim != 1 or len(classes) < 2:
        got = "several" if several else f"classes of shape {classes.shape}"
        raise InputError(
            f"Expected a classifier of one label out of two or more, got {got}. Watch each output "
            "by itself."
        )
    return classes


def check_level(value: object, name: str) -> None:
    """Raise ParameterError unless a number is between 0 and 0.5."""
    if not isinstance(value, Real) or value is True or not 0 < float(value) <= 0.5:
        raise ParameterError(
            f"Expected {name} as a probability above 0 and at most 0.5, got {value!r:.60}. Pass "
            f"for example {name}=0.05."
        )


def check_count(value: object, name: str, least: int = 1) -> None:
    """Raise ParameterError unless a number is whole and not too small."""
    if not isinstance(value, Integral) or value is True or int(value) < least:
        raise ParameterError(
            f"Expected {name} as a whole number of at least {least}, got {value!r:.60}."
        )


def read_proba(given: ArrayLike, rows: int, classes: int) -> np.ndarray:
    """Return probabilities as an array of floats.

    Raises
    ------
    InputError
        If they are not finite, do not sum to 1 or have another shape.
    """
    proba = np.asarray(given, dtype=np.float64)
    if proba.shape != (rows, classes):
        raise InputError(
            f"Expected probabilities of shape ({rows}, {classes}), got {proba.shape}. Pass a row "
            "for each row and a column for each class."
        )
    if not np.isfinite(proba).all():
        raise InputError("Expected finite probabilities, got NaN or infinity. See the model.")
    if proba.min() < -_TOLERANCE or np.abs(proba.sum(axis=1) - 1).max() > _TOLERANCE:
        raise InputError("Expected probabilities that sum to 1 in each row, got others.")
    return proba.clip(0, 1)


def read_vectors(given: Any, rows: int, width: int | None = None) -> np.ndarray:
    """Return vectors as an array of floats.

    Raises
    ------
    InputError
        If they are not finite or have another shape.
    """
    if hasattr(given, "toarray"):
        given = given.toarray()
    vectors = np.asarray(given, dtype=np.float64)
    if vectors.ndim != 2 or len(vectors) != rows or width not in (None, vectors.shape[1]):
        wanted = f"({rows}, {'d' if width is None else width})"
        raise InputError(f"Expected vectors of shape {wanted}, got {vectors.shape}.")
    if not np.isfinite(vectors).all():
        raise InputError("Expected finite vectors, got NaN or infinity.")
    return vectors


def read_labels(y: object, rows: int, *, missing: bool) -> np.ndarray:
    """Return labels as objects, with None where one is missing.

    Raises
    ------
    InputError
        If there are not as many as rows, or one is missing that may not be.
    """
    values = y.tolist() if hasattr(y, "tolist") else list(y)  # type: ignore[call-overload]
    if len(values) != rows:
        raise InputError(
            f"Expected a label for each of {counted(rows, 'row')}, got {len(values):,}. Pass "
            "None for rows without a label." if missing else
            f"Expected a label for each of {counted(rows, 'row')}, got {len(values):,}."
        )  # fmt: skip
    labels = np.empty(rows, dtype=object)
    for row, value in enumerate(values):
        if not pd.api.types.is_scalar(value):
            raise InputError(f"Expected one label a row, got {value!r:.60} in row {row}.")
        labels[row] = None if pd.isna(value) else value
    gaps = [row for row, value in enumerate(labels) if value is None]
    if gaps and not missing:
        raise InputError(
            f"Expected a label for each reference row, got none in {counted(len(gaps), 'row')}, "
            f"the first in row {gaps[0]}. Leave those rows out."
        )
    return labels


def encode_labels(labels: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Return the column of each label, and k for those of no class.

    Raises
    ------
    InputError
        If no label at all is a class.

    Examples
    --------
    >>> encode_labels(np.array(["b", "z"], dtype=object), np.array(["a", "b"])).tolist()
    [1, 2]
    """
    known = {label: column for column, label in enumerate(classes.tolist())}
    codes = np.array([known.get(label, len(known)) for label in labels], dtype=int)
    if len(codes) and (codes == len(known)).all():
        raise InputError(
            f"Expected labels among the classes, such as {list(known)[:_NAMED]!r:.80}, got "
            f"{labels[:_NAMED].tolist()!r:.80}. Pass labels of the same kind."
        )
    return codes


def check_several(codes: np.ndarray, classes: np.ndarray) -> None:
    """Raise InputError unless labels are of two classes: one tells nothing of the others."""
    found = np.unique(codes[codes < len(classes)])
    if len(found) < 2:
        raise InputError(
            f"Expected reference rows of at least two classes, got {classes[found].tolist()!r:.80} "
            "alone. Add rows of the others."
        )


def check_like(new: Rows, old: Sketch) -> None:
    """Raise InputError unless new rows are of the reference's kind and columns."""
    if new.kind != old.kind:
        raise InputError(
            f"Expected {old.kind} as in fit, got {new.kind}. Pass rows as the model takes them."
        )
    if old.columns is None or new.columns is None:
        return
    lacking = [name for name in old.columns if name not in new.columns]
    more = [name for name in new.columns if name not in old.columns]
    if lacking or more:
        raise InputError(
            f"Expected the columns of the reference, got {len(lacking)} missing "
            f"({lacking[:_NAMED]}) and {len(more)} more ({more[:_NAMED]}). Pass the same columns."
        )


def warn_if_seen(proba: np.ndarray, codes: np.ndarray) -> None:
    """Warn where probabilities look like those of rows that the model was trained on."""
    right = proba.argmax(axis=1) == codes
    if right.mean() >= 0.99 and proba.max(axis=1).mean() >= 0.98:
        warn_user(
            "The model is right and sure on nearly every reference row, as on rows that it was "
            "trained on. Rows that it has seen make every new row look worse: pass rows that "
            "were held out.",
            InSampleWarning,
        )
