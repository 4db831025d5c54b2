"""The description of a column that is drawn at random, and its draws. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from keraswrap.exceptions import ParameterError

__all__ = ["SyntheticColumn"]

# Standard deviations of a uniform draw from 0 to 1, by which effects are counted.
_SCALE = math.sqrt(12)
# Up to here each whole number is a float.
_MOST = 2**53


@dataclass(frozen=True)
class SyntheticColumn:
    """Description of a column to draw.

    Parameters
    ----------
    name : str
    low, high : float, optional
        Range of numbers, which are drawn evenly from it.
    whole : bool, default=False
        Whether numbers are rounded to whole ones, and `low` and `high` are whole. These two
        come less often than their neighbors, as fewer numbers are rounded to them.
    skewed : bool, default=False
        Whether their logarithm is drawn evenly; `low` is above 0 then.
    categories : sequence of str, default=()
        Instead of a range.
    shares : sequence of float, default=()
        Share of each category; equal ones by default.
    missing : float in [0, 1), default=0.0
        Share of gaps, which come at random.
    effect : float or sequence of float, default=0.0
        What the column adds to the target, in log-odds for classes: by each standard
        deviation of numbers (or of their logarithm), or by each category.

    Raises
    ------
    ParameterError
        If the description is contradictory.

    Examples
    --------
    >>> SyntheticColumn("age", low=18, high=80, whole=True, missing=0.1, effect=0.5).kind
    'number'
    >>> SyntheticColumn("city", categories=["Oslo", "Rome"], effect=[0.0, 1.0]).kind
    'category'
    """

    name: str
    low: float | None = None
    high: float | None = None
    whole: bool = False
    skewed: bool = False
    categories: Sequence[str] = ()
    shares: Sequence[float] = ()
    missing: float = 0.0
    effect: float | Sequence[float] = 0.0

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name:
            raise ParameterError(f"Expected the name of a column as a text, got {self.name!r:.60}.")
        for each in ("categories", "shares", "effect"):
            given = getattr(self, each)
            number = each == "effect" and isinstance(given, int | float | np.number)
            one = number or isinstance(given, str)
            if not one:  # an array, for instance
                object.__setattr__(self, each, _listed(each, self.name, given))
        if not _are_numbers([self.missing]) or not 0 <= self.missing < 1:
            raise ParameterError(
                f"Expected missing of {self.name!r} from 0 to below 1, got {self.missing!r:.60}."
            )
        effects = self.effect if isinstance(self.effect, Sequence) else [self.effect]
        if not _are_numbers(effects):
            raise ParameterError(
                f"Expected finite numbers as the effect of {self.name!r}, got {self.effect!r:.100}."
            )
        if self.categories:
            self._check_categories()
        else:
            self._check_range()

    @property
    def kind(self) -> str:
        """Whether it is a "category" or a "number"."""
        return "category" if self.categories else "number"

    def _check_categories(self) -> None:
        k, name = len(self.categories), self.name
        if isinstance(self.categories, str) or len(set(self.categories)) < max(k, 2):
            raise ParameterError(
                f"Expected at least two different categories of {name!r}, got {self.categories!r}."
            )
        if not all(isinstance(one, str) for one in self.categories):
            raise ParameterError(
                f"Expected categories of {name!r} as texts, got {self.categories!r:.100}."
            )
        if self.low is not None or self.high is not None or self.whole or self.skewed:
            raise ParameterError(f"Expected either categories or a range of {name!r}, got both.")
        if self.shares and not _are_shares(self.shares, k):
            raise ParameterError(
                f"Expected {k} shares of {name!r} from 0 on that add up to 1, got "
                f"{self.shares!r:.100}."
            )
        if isinstance(self.effect, Sequence) and len(self.effect) != k:
            raise ParameterError(
                f"Expected an effect for each of {k} categories of {name!r}, got "
                f"{self.effect!r:.100}."
            )
        if not isinstance(self.effect, Sequence) and self.effect:
            raise ParameterError(
                f"Expected an effect for each category of {name!r}, got {self.effect!r:.60}."
            )

    def _check_range(self) -> None:
        low, high = self.low, self.high
        if not _are_numbers([low, high]) or low is None or high is None or not low < high:
            raise ParameterError(
                f"Expected categories, or low below high, of {self.name!r}, got {low!r} and "
                f"{high!r}."
            )
        if self.skewed and low <= 0:
            raise ParameterError(f"Expected low above 0 for the skewed {self.name!r}, got {low!r}.")
        if self.whole and not all(
            float(one).is_integer() and abs(one) <= _MOST for one in (low, high)
        ):
            raise ParameterError(
                f"Expected low and high of the whole {self.name!r} as whole numbers up to 2**53, "
                f"got {low!r} and {high!r}."
            )
        if self.shares or isinstance(self.effect, Sequence):
            raise ParameterError(f"Expected one effect and no shares of the numbers {self.name!r}.")

    def draw(self, n: int, rng: np.random.Generator) -> tuple[pd.Series, np.ndarray]:
        """Draw values without gaps, and what each adds to the target.

        Parameters
        ----------
        n : int
        rng : Generator

        Returns
        -------
        Series of shape (n,), ndarray of shape (n,)
        """
        return self._draw_categories(n, rng) if self.categories else self._draw_numbers(n, rng)

    def _draw_categories(self, n: int, rng: np.random.Generator) -> tuple[pd.Series, np.ndarray]:
        codes = rng.choice(len(self.categories), size=n, p=list(self.shares) or None)
        effects = np.broadcast_to(np.asarray(self.effect, dtype=float), len(self.categories))
        return pd.Series(np.array(list(self.categories))[codes]), effects[codes]

    def _draw_numbers(self, n: int, rng: np.random.Generator) -> tuple[pd.Series, np.ndarray]:
        low, high = np.array([self.low, self.high], dtype=float)
        even = rng.random(n)
        if self.skewed:
            values = np.clip(low * (high / low) ** even, low, high)
        else:
            values = low + even * (high - low)
        added = np.asarray(self.effect, dtype=float) * (even - 0.5) * _SCALE
        return pd.Series(np.round(values) if self.whole else values), added


def _listed(what: str, name: str, values: object) -> tuple[object, ...]:
    """Return an array or another sequence as a tuple of Python's own values."""
    try:
        return tuple(np.asarray(values, dtype=object).tolist())  # of one value, that value
    except (TypeError, ValueError):
        raise ParameterError(
            f"Expected {what} of {name!r} in a list, got {values!r:.60}."
        ) from None


def _are_numbers(values: Sequence[object]) -> bool:
    return all(
        isinstance(one, int | float | np.number) and not isinstance(one, bool)
        and math.isfinite(one)
        for one in values
    )  # fmt: skip


def _are_shares(values: Sequence[float], k: int) -> bool:
    numbers = len(values) == k and _are_numbers(values) and min(values) >= 0
    return numbers and math.isclose(sum(values), 1)
