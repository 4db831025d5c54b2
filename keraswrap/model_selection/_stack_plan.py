"""Which training runs are handed to a worker together, as one program may train them. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.pipeline import Pipeline

from keraswrap.model_selection._run_plan import (
    Params,
    Unit,
    fits_as_written,
    is_routed,
    trained_step,
    value_key,
)

# Fewer than these take as long together as one by one: one more program has to be traced.
FEWEST = 3
# The most runs handed out together, which end together, and the most bytes of their rows.
_MOST, MOST_BYTES = 64, 2**28
# Parameters that nets of one shape may differ in, by the last part of their names.
_MAY_DIFFER = ("learning_rate", "random_state", "class_weight")


def plan_stacks(
    units: Sequence[Unit],
    estimator: BaseEstimator,
    X: object,
    n_workers: int,
    fit_params: Params | None = None,
) -> list[tuple[Unit, ...]]:
    """Put units together whose nets seem to be of one shape; whether they are, a worker finds out.

    Parameters
    ----------
    units : sequence of Unit
    estimator : estimator
    X : rows
    n_workers : int
        How many stacks are trained at a time, so there are as many if units suffice.
    fit_params : dict, optional
        What fit is called with.

    Returns
    -------
    list of tuple of Unit
        Units that stay alone are tuples of one.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> plan_stacks([], LogisticRegression(), [[1.0]], 1)
    []
    """
    prefix, last = trained_step(estimator)
    if not hasattr(last, "_may_stack") or is_routed(estimator, fit_params or {}):
        return [(unit,) for unit in units]
    alike: dict[Hashable, list[Unit]] = defaultdict(list)
    for unit in units:
        alike[_key(unit.params, prefix)].append(unit)
    most = max(1, min(_MOST, MOST_BYTES // max(1, _nbytes(X))))
    planned: list[tuple[Unit, ...]] = []
    for some in alike.values():
        if min(most, len(some)) < FEWEST or not _may_stack(estimator, some[0].params):
            planned += [(unit,) for unit in some]
            continue
        wanted = max(-(-len(some) // most), -(-n_workers // len(alike)))
        cut = np.array_split(np.arange(len(some)), min(wanted, len(some) // FEWEST))
        planned += [tuple(some[place] for place in places) for places in cut]
    return planned


def _may_stack(estimator: BaseEstimator, params: Params) -> bool:
    try:
        made = clone(estimator).set_params(**clone(dict(params), safe=False))
        return may_stack(made)
    except Exception:  # a parameter is wrong, of which the fit itself tells
        return False


def may_stack(estimator: BaseEstimator) -> bool:
    """Return whether fits of an estimator may be trained together.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> may_stack(LogisticRegression())
    False
    """
    _, last = trained_step(estimator)
    # Others than a Pipeline may change the rows in between.
    plain = estimator is last or type(estimator) is Pipeline
    return plain and hasattr(last, "_may_stack") and fits_as_written(last) and last._may_stack()


def _key(params: Params, prefix: str) -> Hashable:
    return tuple(
        (name, value_key(params[name]))
        for name in sorted(params)
        if not (name.startswith(prefix) and name.rsplit("__", 1)[-1] in _MAY_DIFFER)
    )


def _nbytes(X: object) -> int:
    for part in (X, getattr(X, "data", None)):  # of a sparse matrix, its values
        if isinstance(size := getattr(part, "nbytes", None), int | np.integer):
            return int(size)
    memory = getattr(X, "memory_usage", None)
    return int(np.sum(memory())) if callable(memory) else 0
