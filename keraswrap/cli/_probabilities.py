"""Probabilities in a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from keraswrap._settings import near
from keraswrap._tables import read_table
from keraswrap.exceptions import InputError


def load_proba(path: str, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """Read probabilities, and return the classes of their columns.

    Parameters
    ----------
    path : str
        A .npy file, mapped into memory, whose columns are the classes in
        ascending order; or a table whose columns bear their names.
    labels : ndarray of shape (n,)

    Returns
    -------
    proba : ndarray of shape (n, k)
    classes : ndarray of shape (k,) or None
        None where the file does not say.

    Raises
    ------
    InputError
        If the file cannot be read, or its columns are not the labels.
    """
    if Path(path).suffix.lower() == ".npy":
        return _load_array(path), None
    frame = read_table(path)
    classes = _classes([str(name) for name in frame.columns], labels, path)
    try:
        proba = frame.to_numpy(dtype=np.float64)
    except (ValueError, TypeError) as error:
        raise InputError(f"Expected numbers in {path!r}, got: {error}.") from error
    order = np.argsort(classes, kind="stable")
    return proba[:, order], classes[order]


def _load_array(path: str) -> np.ndarray:
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise InputError(
            f"Expected an array that numpy.save wrote in {path!r}, got: {error}."
        ) from error


def _classes(names: list[str], labels: np.ndarray, path: str) -> np.ndarray:
    """Return the class of each column, in the type of the labels."""
    known = {str(label): label for label in np.unique(labels).tolist()}
    missing = [name for name in known if name not in names]
    if missing:
        raise InputError(
            f"Expected a column for each label in {path!r}, got none for {missing[0]!r:.60}. "
            f"{near(missing[0], names)}"
        )
    kind = labels.dtype.type
    try:
        return np.array([known[name] if name in known else kind(name) for name in names])
    except ValueError as error:
        raise InputError(
            f"Expected nothing but labels for columns of {path!r}, got {names[:20]}: {error}. "
            "Leave other columns out."
        ) from error
