"""Tests become three statements, of which any is wrong no more often than the level. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from keraswrap.drift._permutations import permuted_p
from keraswrap.drift._results import NO_SIGN, OPEN, TOO_FEW, YES, DriftTest

__all__ = ["Found", "correct", "decide"]

STATEMENTS = ("inputs_moved", "shares_moved", "model_fails")
# Fewer new rows, or fewer labels, are not enough to see no sign.
FEWEST_ROWS, FEWEST_LABELS = 30, 10
# At which new rows no longer pass as a mixture of the reference's classes.
_MIXED = 0.01


@dataclass(frozen=True)
class Found:
    """What was found of one statement.

    Parameters
    ----------
    p_value, adjusted_p : float
    tests : tuple of DriftTest
        Of the statement, with their adjusted p-values.
    """

    p_value: float
    adjusted_p: float
    tests: tuple[DriftTest, ...]

    def seen_in(self, alpha: float) -> list[DriftTest]:
        """Return the tests that found something."""
        if self.adjusted_p > alpha:
            return []
        return [test for test in self.tests if test.adjusted_p <= alpha]


def correct(tests: Sequence[DriftTest]) -> dict[str, Found]:
    """Correct p-values for all tests: Bonferroni within a statement, Holm among the three.

    Examples
    --------
    >>> test = DriftTest("vectors", "inputs_moved", 0.6, 0.5, 0.7, 0.001, 1.0)
    >>> found = correct([test, replace(test, name="facts", p_value=0.5)])
    >>> found["inputs_moved"].p_value, found["inputs_moved"].adjusted_p
    (0.002, 0.006)
    """
    groups = {name: [test for test in tests if test.statement == name] for name in STATEMENTS}
    p_values = {
        name: min([1.0, *(len(group) * test.p_value for test in group)])
        for name, group in groups.items()
    }
    order = sorted(STATEMENTS, key=p_values.__getitem__)
    found, floor = {}, 0.0
    for place, name in enumerate(order):
        times = len(STATEMENTS) - place
        floor = max(floor, min(1.0, times * p_values[name]))
        members = len(groups[name])
        corrected = tuple(
            replace(test, adjusted_p=max(floor, min(1.0, times * members * test.p_value)))
            for test in groups[name]
        )
        found[name] = Found(p_values[name], floor, corrected)
    return found


def decide(
    found: Mapping[str, Found], alpha: float, *, n_new: int, n_labeled: int, mixed: float | None
) -> dict[str, str]:
    """Return the answer of each statement.

    Parameters
    ----------
    found : mapping
        As from `correct`.
    alpha : float
        Level of this check.
    n_new, n_labeled : int
        New rows, and those with a label.
    mixed : float or None
        P-value of new rows being a mixture of the reference's classes; None if not tested.
    """
    few = TOO_FEW if n_new < FEWEST_ROWS else NO_SIGN
    fits = passes_as_mixture(mixed)
    inputs = YES if found["inputs_moved"].adjusted_p <= alpha else few
    return {
        "inputs_moved": inputs,
        "shares_moved": _shares(found["shares_moved"], alpha, fits, few),
        "model_fails": _fails(found["model_fails"], alpha, fits, n_labeled),
    }


def passes_as_mixture(mixed: float | None) -> bool:
    """Return whether new rows may be the reference's classes in other shares.

    Examples
    --------
    >>> passes_as_mixture(0.4), passes_as_mixture(None), passes_as_mixture(0.001)
    (True, True, False)
    """
    return mixed is None or mixed > _MIXED


def _shares(found: Found, alpha: float, fits: bool, few: str) -> str:
    """Return whether shares moved; labels decide where there are any."""
    names = {test.name for test in found.tests}
    seen = {test.name for test in found.seen_in(alpha)}
    if "labels" in seen or (seen and fits):
        return YES
    return few if fits or "labels" in names else OPEN


def _fails(found: Found, alpha: float, fits: bool, n_labeled: int) -> str:
    seen = bool(found.seen_in(alpha))
    if n_labeled:
        return YES if seen else NO_SIGN if n_labeled >= FEWEST_LABELS else OPEN
    return YES if seen and fits else OPEN


def labels_p(old: np.ndarray, new: np.ndarray, rng: np.random.Generator, most: int) -> float:
    """Test whether labels of old and new rows come in equal shares, by permutation.

    Examples
    --------
    >>> labels_p(np.zeros(60), np.ones(40), np.random.default_rng(0), 999)
    0.001
    """
    _, codes = np.unique(np.r_[old, new], return_inverse=True)
    counts = np.bincount(codes)
    hits = (np.arange(len(counts)) == codes[:, None]) / np.sqrt(counts)
    expected = np.sqrt(counts) * len(new) / len(codes)

    def distance(drawn: np.ndarray) -> np.ndarray:
        return np.asarray(((hits.T @ drawn - expected[:, None]) ** 2).sum(axis=0)[:, None])

    is_new = np.arange(len(codes)) >= len(old)
    return float(permuted_p(distance, is_new, rng, most)[0])
