"""What a router is given, checked before any work."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.routing._answers import check_cost
from keraswrap.routing._handlers import as_handler

__all__ = ["check_handled", "check_rows", "check_settings"]


def check_settings(router: Any) -> None:
    """Raise unless every parameter of a router has a value that it can have."""
    for name, estimator, method in (
        ("classifier", router.classifier, "predict_proba"),
        ("out_of_scope", router.out_of_scope, "predict"),
    ):
        if isinstance(estimator, type) or (
            not hasattr(estimator, method) and (estimator is not None or name == "classifier")
        ):
            raise ParameterError(f"Expected {name} with {method}, got {estimator!r:.60}.")
    if not isinstance(router.handlers, Mapping) or len(router.handlers) < 2:
        raise ParameterError(
            f"Expected handlers as a dict of at least 2 routes, got {router.handlers!r:.60}."
        )
    for name, given in router.handlers.items():
        if not isinstance(name, str) or not name:
            raise ParameterError(f"Expected names of routes as strings, got {name!r:.60}.")
        as_handler(given, name)
    if as_handler(router.fallback, "fallback").fields:
        raise ParameterError("Expected a fallback without fields: nobody would be asked.")
    _check_costs(router)
    _check_numbers(router)


def _check_costs(router: Any) -> None:
    if router.costs is not None and not isinstance(router.costs, Mapping):
        raise InputTypeError(f"Expected costs as a dict by route, got {router.costs!r:.60}.")
    for name, cost in (router.costs or {}).items():
        if name not in router.handlers:
            raise ParameterError(f"Expected costs of routes, got one of {name!r:.60}.")
        check_cost(cost, f"the cost of {name!r}")


def _check_numbers(router: Any) -> None:
    seconds = router.timeout
    if seconds is not None:
        number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
        if not number or not 0 < seconds < math.inf:
            raise ParameterError(f"Expected timeout above 0 seconds or None, got {seconds!r:.60}.")
    for name in ("max_length", "max_questions"):
        value = getattr(router, name)
        if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < 1:
            raise ParameterError(
                f"Expected {name} as a whole number of at least 1, got {value!r:.60}."
            )


def check_rows(texts: list[str], labels: list[str | None], detector: object) -> list[int]:
    """Return which rows have a route."""
    if len(texts) != len(labels):
        raise InputError(f"Expected a route for each of {len(texts)} messages, got {len(labels)}.")
    inside = [row for row, label in enumerate(labels) if label is not None]
    if len(inside) < len(texts) and detector is None:
        row = next(row for row, label in enumerate(labels) if label is None)
        raise InputError(
            f"Expected a route for each message, got None in row {row}. Pass out_of_scope, "
            "which learns from such messages, or drop them."
        )
    names, counts = np.unique([str(labels[row]) for row in inside], return_counts=True)
    if len(names) < 2 or counts.min() < 2:
        raise InputError(
            "Expected at least 2 routes with at least 2 messages each, got "
            f"{dict(zip(names.tolist(), counts.tolist(), strict=True))!r:.200}."
        )
    return inside


def check_handled(routes: set[Any], handlers: Mapping[str, object]) -> None:
    """Raise unless there is a handler for each route, and a route for each handler."""
    if lacking := sorted(routes - set(handlers)):
        raise ParameterError(
            f"Expected a handler for each route, got none for {lacking[:20]}. Add it, if need "
            "be a text."
        )
    if unknown := sorted(set(handlers) - routes):
        raise ParameterError(
            f"Expected handlers of routes out of {sorted(routes)[:20]}, got some of "
            f"{unknown[:20]}, which the classifier does not know."
        )
