"""Test whether an annotator may take the place of one of several people. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

__all__ = ["AltTest", "alt_test", "by_test", "why_not"]

# People who share rows, and rows that a person shares with others: fewer say nothing.
LEAST_PEOPLE, LEAST_ROWS = 2, 30
# False discoveries among the people, of all tests together.
_RATE = 0.05


@dataclass(frozen=True)
class AltTest:
    """Whether an annotator may take the place of one of several people.

    Parameters
    ----------
    winning_rate : float in [0, 1]
        Share of people whose place it may take; it passes from 0.5.
    advantage : float in [0, 1]
        Mean probability that it agrees with the others at least as well as the person.
    p_values : ndarray of shape (p,)
        By person; NaN where too few rows are shared.
    epsilon : float
    """

    winning_rate: float
    advantage: float
    p_values: np.ndarray
    epsilon: float

    @property
    def passed(self) -> bool:
        """Whether it may take the place of most people."""
        return self.winning_rate >= 0.5


def why_not(people: np.ndarray) -> str:
    """Say why people's labels do not allow the test; empty if they do.

    Parameters
    ----------
    people : ndarray of shape (n, p), int

    Examples
    --------
    >>> why_not(np.zeros((50, 1), int))[:60]
    'The alternative annotator test needs at least 2 people who l'
    """
    shared = (people >= 0) & ((people >= 0).sum(axis=1, keepdims=True) > 1)
    if (shared.sum(axis=0) >= LEAST_ROWS).sum() >= LEAST_PEOPLE:
        return ""
    n_shared, most = int((shared.sum(axis=0) > 0).sum()), int(shared.sum(axis=0).max(initial=0))
    there = f"there are {n_shared} people with up to {most} such rows"
    return (
        f"The alternative annotator test needs at least {LEAST_PEOPLE} people who label "
        f"{LEAST_ROWS} rows that others label too; "
        f"{there if people.shape[1] > 1 else 'there is only one person'}."
    )


def alt_test(answers: np.ndarray, people: np.ndarray, epsilon: float = 0.1) -> AltTest | None:
    """Test whether an annotator agrees with people about as well as they do with each other.

    Parameters
    ----------
    answers : ndarray of shape (n,), int
        Index of the annotator's class; -1 if there is none.
    people : ndarray of shape (n, p), int
    epsilon : float ≥ 0, default=0.1
        How much worse it may be, since it costs less; the authors advise 0.1 for crowd
        workers, 0.15 for skilled annotators and 0.2 for experts.

    Returns
    -------
    AltTest or None
        None if too few people share rows with the annotator.

    Notes
    -----
    Calderon, Reichart and Dror (2025), "The Alternative Annotator Test for
    LLM-as-a-Judge", arXiv:2501.10970. Each person is left out in turn, and the annotator
    and the person are compared by the share of the others who say the same. A t test asks
    whether the person is better by less than epsilon; the p-values are judged together by
    Benjamini and Yekutieli's rule at 5%.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> truth = rng.integers(0, 2, 200)
    >>> people = np.where(rng.random((200, 3)) < 0.8, truth[:, None], 1 - truth[:, None])
    >>> alt_test(truth, people).passed, alt_test(1 - truth, people).passed
    (True, False)
    """
    found = [_compare(answers, people, person, epsilon) for person in range(people.shape[1])]
    p_values = np.array([p for p, _ in found])
    tested = ~np.isnan(p_values)
    if tested.sum() < LEAST_PEOPLE:
        return None
    rejected = by_test(p_values[tested], _RATE)
    gains = np.array([gain for _, gain in found])[tested]
    return AltTest(float(rejected.mean()), float(gains.mean()), p_values, epsilon)


def _compare(
    answers: np.ndarray, people: np.ndarray, person: int, epsilon: float
) -> tuple[float, float]:
    """Return the p-value for one person, and how often the annotator does as well."""
    own, others = people[:, person], np.delete(people, person, axis=1)
    rows = (own >= 0) & (answers >= 0) & (others >= 0).any(axis=1)
    if rows.sum() < LEAST_ROWS:
        return np.nan, np.nan
    mine = _agreement(answers[rows], others[rows])
    theirs = _agreement(own[rows], others[rows])
    gap = (theirs >= mine).astype(float) - (mine >= theirs)
    spread = gap.std(ddof=1) / np.sqrt(len(gap))
    low = gap.mean() - epsilon
    p = float(student.cdf(low / spread, len(gap) - 1)) if spread else float(low >= 0)
    return p, float((mine >= theirs).mean())


def _agreement(one: np.ndarray, others: np.ndarray) -> np.ndarray:
    there = others >= 0
    return ((one[:, None] == others) & there).sum(axis=1) / there.sum(axis=1)


def by_test(p_values: np.ndarray, rate: float) -> np.ndarray:
    """Return which hypotheses Benjamini and Yekutieli's rule rejects.

    Examples
    --------
    >>> by_test(np.array([0.001, 0.2, 0.03]), 0.05).tolist()
    [True, False, False]
    """
    m = len(p_values)
    order = np.argsort(p_values, kind="stable")
    limits = rate * np.arange(1, m + 1) / (m * (1 / np.arange(1, m + 1)).sum())
    passed = np.flatnonzero(p_values[order] <= limits)
    rejected = np.zeros(m, bool)
    rejected[order[: passed[-1] + 1 if len(passed) else 0]] = True
    return rejected
