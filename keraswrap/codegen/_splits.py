"""Which rows are set aside, and which folds score candidates. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from sklearn.model_selection import KFold, StratifiedKFold, check_cv, train_test_split

from keraswrap.codegen._data import Target, smallest_class
from keraswrap.exceptions import InputError, ParameterError

__all__ = ["make_folds", "scored_share", "set_aside"]

Fold = tuple[np.ndarray, np.ndarray]


def set_aside(target: Target, holdout: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows to choose a pipeline by, and those that are set aside, in their order.

    Parameters
    ----------
    target : Target
    holdout : float in [0, 1)
        Share of rows; classes keep their shares.
    seed : int

    Returns
    -------
    rest, aside : ndarray of int

    Raises
    ------
    InputError
        If there are too few rows.
    """
    rows = np.arange(len(target.values))
    if not holdout:
        return rows, rows[:0]
    labels = target.values if target.classes is not None else None
    try:
        rest, aside = train_test_split(rows, test_size=holdout, random_state=seed, stratify=labels)
    except ValueError as error:
        raise InputError(
            f"Expected enough rows to set aside holdout={holdout:g} of {len(rows)}, got: {error} "
            "Pass more rows, or holdout=0."
        ) from error
    return np.sort(rest), np.sort(aside)


def make_folds(target: Target, rows: np.ndarray, cv: object, seed: int) -> list[Fold]:
    """Return the folds, as indices of the whole table.

    Parameters
    ----------
    target : Target
    rows : ndarray of int
        What is split.
    cv : int, splitter or iterable of splits
        An int shuffles, and keeps the shares of classes. Others split `rows`.
    seed : int

    Returns
    -------
    list of (ndarray, ndarray)

    Raises
    ------
    InputError, ParameterError
        If there are too few rows, or `cv` does not split.
    """
    labels = target.values[rows]
    if isinstance(cv, int | np.integer) and not isinstance(cv, bool):
        _check_enough(target, rows, int(cv))
        kind = KFold if target.classes is None else StratifiedKFold
        cv = kind(int(cv), shuffle=True, random_state=seed)
    try:
        splitter = check_cv(cv, labels, classifier=target.classes is not None)
        found = [(rows[train], rows[test]) for train, test in splitter.split(rows, labels)]
    except (TypeError, ValueError, IndexError) as error:
        raise ParameterError(
            f"Expected cv as a number of folds, a splitter or splits of {len(rows)} rows, got "
            f"{cv!r:.80}: {error!s:.200}"
        ) from error
    if not found and isinstance(cv, Iterator):
        raise ParameterError(
            f"Expected folds, got {cv!r:.80}, which has none left: an iterator gives them once. "
            "Pass a list of them."
        )
    if not found or any(not len(train) or not len(test) for train, test in found):
        raise ParameterError(f"Expected folds with rows to fit on and to score, got {cv!r:.80}.")
    return found


def _check_enough(target: Target, rows: np.ndarray, cv: int) -> None:
    if cv < 2:
        raise ParameterError(f"Expected cv of at least 2 folds, got {cv}.")
    if len(rows) < cv:
        raise InputError(f"Expected at least a row for each of cv={cv} folds, got {len(rows)}.")
    if target.classes is None:
        return
    name, n = next(smallest_class(target, rows))
    if n < cv:
        fewer = ", or use fewer folds" if n > 1 else ""
        raise InputError(
            f"Expected at least cv={cv} rows of each class besides those set aside, got {n} of "
            f"{name!r:.60}. Drop or merge rare classes{fewer}."
        )


def scored_share(folds: Sequence[Fold]) -> float:
    """Return the rows that are scored in a fold, for each row that is fitted on."""
    return float(np.mean([len(test) / len(train) for train, test in folds]))
