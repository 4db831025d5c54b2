"""Check parameters, each by itself: whole numbers, numbers, scorers and seeds. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.metrics import get_scorer

from keraswrap.exceptions import ParameterError

if TYPE_CHECKING:
    from keraswrap.codegen._trials import Scorer

__all__ = ["check_number", "check_whole", "is_whole", "scorer_of", "seed_of"]


def scorer_of(scoring: object) -> Scorer:
    """Return a scorer by its name, or the one that is given; or raise ParameterError."""
    if callable(scoring):
        return scoring
    try:
        return get_scorer(scoring)
    except (ValueError, TypeError) as error:
        raise ParameterError(
            f"Expected scoring as the name of a scorer of scikit-learn or a callable, got "
            f"{scoring!r:.60}. sklearn.metrics.get_scorer_names lists them."
        ) from error


def seed_of(random_state: object) -> int:
    """Return the seed that a `random_state` stands for; None draws one.

    Examples
    --------
    >>> seed_of(3), seed_of(np.random.RandomState(0)) == seed_of(np.random.RandomState(0))
    (3, True)
    """
    if random_state is None:
        return int(np.random.default_rng().integers(2**32))
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**32, dtype=np.uint32))
    if is_whole(random_state) and 0 <= random_state < 2**32:  # type: ignore[operator]
        return int(random_state)  # type: ignore[call-overload]
    raise ParameterError(
        f"Expected random_state as a whole number from 0 to 2**32 - 1, a RandomState or None, got "
        f"{random_state!r:.60}."
    )


def is_whole(value: object) -> bool:
    """Return whether a value is a whole number, and no bool."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def check_whole(name: str, value: object, least: int) -> None:
    """Raise ParameterError unless a value is a whole number of at least `least`."""
    if not is_whole(value) or value < least:  # type: ignore[operator]
        raise ParameterError(
            f"Expected {name} as a whole number of at least {least}, got {value!r:.60}."
        )


def check_seconds(name: str, value: object) -> None:
    """Raise ParameterError unless a value is a time above 0, in seconds.

    Examples
    --------
    >>> check_seconds("time_limit", 0.5)
    """
    if not _is_number(value) or not 0 < value < np.inf:  # type: ignore[operator]
        raise ParameterError(f"Expected {name} as seconds above 0, got {value!r:.60}.")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def check_number(name: str, value: object, least: float, below: float = np.inf) -> None:
    """Raise ParameterError unless a value is a number from `least` to below `below`."""
    if not _is_number(value) or not least <= value < below:  # type: ignore[operator]
        limit = "" if below == np.inf else f" and below {below:g}"
        raise ParameterError(
            f"Expected {name} as a number from {least:g} on{limit}, got {value!r:.60}."
        )
