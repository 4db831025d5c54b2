"""What asking each stage of a cascade costs: as given, or by prices of language models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import _num_samples

from keraswrap._data import items_of
from keraswrap.exceptions import ParameterError

# Rows whose prompts are counted for the price of one.
_PRICED = 50


def check_costs(costs: object, names: Sequence[str]) -> np.ndarray | None:
    """Return the cost of each stage; None where none are given.

    Examples
    --------
    >>> check_costs({"llm": 3, "words": 0.1}, ["words", "llm"]).tolist()
    [0.1, 3.0]
    """
    if costs is None:
        return None
    if isinstance(costs, pd.Series) and costs.index.inferred_type == "string":
        costs = costs.to_dict()
    elif isinstance(costs, pd.Series) and _is_shuffled(costs.index.tolist()):
        raise ParameterError(
            f"Expected costs by the names of the stages {list(names)}, got a Series with the index "
            f"{costs.index.tolist()!r:.100}. Use the names, or pass a list in their order."
        )
    if isinstance(costs, Mapping):
        if set(costs) != set(names):
            raise ParameterError(
                f"Expected a cost for each of the stages {list(names)}, got costs of "
                f"{list(costs)!r:.100}. Use the names of the stages."
            )
        costs = [costs[name] for name in names]
    return read_costs(costs, len(names))


def _is_shuffled(index: Sequence[object]) -> bool:
    """Return whether an index numbers the stages, in another order."""
    return list(index) != list(range(len(index))) and set(index) == set(range(len(index)))


def read_costs(costs: object, n_stages: int) -> np.ndarray:
    """Return costs in the order of the stages, or raise ParameterError.

    Examples
    --------
    >>> read_costs(pd.Series([1, 20]), 2).tolist()
    [1.0, 20.0]
    """
    values = items_of(costs)
    if values is None or len(values) != n_stages or not all(_is_cost(value) for value in values):
        raise ParameterError(
            f"Expected a finite cost ≥ 0 per row for each of {n_stages} stages, got "
            f"{costs!r:.100}. Pass a list in the order of the stages, or a dict by name."
        )
    return np.array(values, dtype=np.float64)


def _is_cost(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        return False
    return 0 <= float(value) < np.inf


def find_prices(stages: Sequence[tuple[str, BaseEstimator]], X: Any) -> np.ndarray | None:
    """Return what asking each fitted stage costs per row by its prices; None if none has any.

    Parameters
    ----------
    stages : list of (name, fitted classifier)
    X : rows
        A few of them are counted, as if no answer were known; nothing is asked.
    """
    prices = np.array([_price(estimator, X) for _, estimator in stages])
    return prices if prices.any() else None


def _price(estimator: BaseEstimator, X: Any) -> float:
    estimator = getattr(estimator, "estimator", estimator)  # a frozen one shows what it holds
    asked = getattr(estimator, "model", None)
    if not hasattr(estimator, "estimate") or not any(getattr(asked, "prices", ())):
        return 0.0
    n = min(_num_samples(X), _PRICED)
    alike = object.__new__(type(estimator))  # a copy with the same live model
    alike.__dict__.update(estimator.__dict__, use_caching=False, cache=None)
    return float(alike.estimate(X[:n]).cost) / n
