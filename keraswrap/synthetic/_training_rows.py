"""Read the real rows that texts are made from. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from keraswrap._data import check_order
from keraswrap._targets import check_labels
from keraswrap._texts import check_texts
from keraswrap.exceptions import InputError, InputTypeError, ParameterError, warn_user

__all__ = ["TrainingRows", "as_column", "check_whole", "join_labels", "read_rows"]


@dataclass(frozen=True, eq=False)
class TrainingRows:
    """Real texts with their labels.

    Parameters
    ----------
    texts : list of str
    labels : ndarray of shape (n,)
    classes : ndarray of shape (k,)
        Sorted.
    """

    texts: list[str]
    labels: np.ndarray
    classes: np.ndarray

    def take(self, positions: np.ndarray) -> TrainingRows:
        """Return some of the rows."""
        labels = self.labels[positions]
        return TrainingRows([self.texts[n] for n in positions.tolist()], labels, np.unique(labels))

    def of(self, label: object) -> np.ndarray:
        """Return the positions of the rows of a class whose texts are not blank."""
        rows = np.flatnonzero(self.labels == label)
        return np.array([row for row in rows.tolist() if self.texts[row].strip()], dtype=int)

    def find_class(self, label: object) -> object:
        """Return a class as it is among the labels, or raise if it is none of them.

        Raises
        ------
        ParameterError
            If it is not, with the classes that there are.
        """
        found = self._find(label)
        if not found:
            raise ParameterError(
                f"Expected label as one of the classes {self.classes.tolist()!r:.200}, got "
                f"{label!r:.60}. Pass a label of y."
            )
        return found[0]

    def warn_of_others(self, name: str, labels: Iterable[object]) -> None:
        """Warn if a parameter is about labels that are no class: it is not used then."""
        others = [label for label in labels if not self._find(label)]
        if others:
            warn_user(
                f"Expected {name} of the classes {self.classes.tolist()!r:.200}, got one of "
                f"{others[0]!r:.60}, which is not used. Pass labels of y, in their type."
            )

    def _find(self, label: object) -> list[object]:
        return [one for one in self.classes.tolist() if _same(one, label)]


def _same(one: object, label: object) -> bool:
    try:
        return bool(one == label) and isinstance(one, str) == isinstance(label, str)
    except (TypeError, ValueError):  # an array, for instance
        return False


def read_rows(X: object, y: object) -> TrainingRows:
    """Read texts and their labels.

    Raises
    ------
    InputTypeError
        If X holds something else than texts.
    InputError
        If a label is missing, or labels are not as many as texts.

    Examples
    --------
    >>> read_rows(["It broke.", "Superb!"], ["bad", "good"]).classes.tolist()
    ['bad', 'good']
    """
    if y is None:
        raise InputError(
            "Expected the label of each text: it requires y to be passed, but the target y is None."
        )
    check_order({"X": X, "y": y})
    texts, labels = check_texts(X, empty="allow"), check_labels(y)
    if len(texts) != len(labels):
        raise InputError(
            f"Expected one label for each of {len(texts)} texts, got {len(labels)} labels. Pass "
            "as many of both."
        )
    return TrainingRows(texts, labels, np.unique(labels))


def as_column(texts: list[str]) -> np.ndarray:
    """Return texts as an array of objects, which all estimators of texts take.

    Examples
    --------
    >>> as_column(["good", "bad"])
    array(['good', 'bad'], dtype=object)
    """
    return np.array(texts, dtype=object)


def join_labels(real: np.ndarray, made: np.ndarray) -> np.ndarray:
    """Return labels of real rows and of texts, in the type of the real ones.

    Examples
    --------
    >>> join_labels(np.array([0, 1], dtype="uint64"), np.array([1])).dtype
    dtype('uint64')
    """
    return np.concatenate([real, made.astype(real.dtype)])


def check_whole(name: str, value: object, least: int) -> int:
    """Return a whole number, or raise if it is none or too small.

    Raises
    ------
    ParameterError

    Examples
    --------
    >>> check_whole("n", 3, 0)
    3
    """
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or value < least:  # type: ignore[operator]
        raise ParameterError(
            f"Expected {name} as a whole number from {least} on, got {value!r:.60}."
        )
    return int(value)  # type: ignore[call-overload]


def check_mapping(name: str, value: object) -> None:
    """Raise InputTypeError unless a value is a dict or None."""
    if value is not None and not isinstance(value, Mapping):
        raise InputTypeError(f"Expected {name} as a dict, got {value!r:.60}.")
