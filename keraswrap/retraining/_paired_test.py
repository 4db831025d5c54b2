"""Whether one of two models is better on the same rows, by an exact test. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.optimize import brentq

from keraswrap._wording import counted
from keraswrap.exceptions import InputError
from keraswrap.retraining._outcomes import NONE, RIGHT, WRONG

__all__ = ["PairedTest", "fewest_rows", "level_of", "paired_test"]


@dataclass(frozen=True)
class PairedTest:
    """A comparison of two models on the same rows.

    Parameters
    ----------
    n : int
        Number of rows.
    better, worse : int
        Rows on which the new model does better, and worse, than the old one: right is better
        than no answer, which is better than wrong.
    difference : float in [-1, 1]
        ``(better - worse) / n``; without abstention, the new accuracy minus the old.
    low, high : float
        Its 95% interval.
    p_value : float in (0, 1]
        Exact and one-sided: how probable so many rows in favor of the new model would be at
        least, were the models equally good.
    level : float in (0, 1)
        The test is won if `p_value` is at most this.
    accuracy : tuple of (float, float)
        Share of right answers among all rows, of the old and the new model.
    wrong : tuple of (float, float)
        Share of wrong answers among the answers; NaN without an answer.
    coverage : tuple of (float, float)
        Share of rows that are answered.
    """

    n: int
    better: int
    worse: int
    difference: float
    low: float
    high: float
    p_value: float
    level: float
    accuracy: tuple[float, float]
    wrong: tuple[float, float]
    coverage: tuple[float, float]

    @property
    def won(self) -> bool:
        """Whether the new model is shown to be better."""
        return self.p_value <= self.level

    def describe(self) -> str:
        """Return the figures in one sentence.

        Returns
        -------
        str

        Examples
        --------
        >>> old = np.array([1, 1, -1, -1, -1, -1, -1, -1])
        >>> print(paired_test(old, -old, 0.05).describe())
        On 8 rows the new model is better on 6 and worse on 2: +50.0 points (95% interval
        -18.1 to +85.7), p = 0.145, where at most 0.05 would show that it is better.
        """
        return (
            f"On {counted(self.n, 'row')} the new model is better on {self.better:,} and worse on "
            f"{self.worse:,}: {100 * self.difference:+.1f} points (95% interval "
            f"{100 * self.low:+.1f} to {100 * self.high:+.1f}), p = {self.p_value:.3g}, where at "
            f"most {self.level:.3g} would show that it is better."
        )


def paired_test(old: np.ndarray, new: np.ndarray, level: float) -> PairedTest:
    """Compare two models by their outcomes on the same rows.

    Parameters
    ----------
    old, new : ndarray of shape (n,), int
        As from `outcomes_of`.
    level : float in (0, 1)

    Returns
    -------
    PairedTest

    Raises
    ------
    InputError
        If there is no row, or not as many outcomes of both.

    Notes
    -----
    The sign test on rows where one model does better than the other, which is McNemar's exact
    test (1947) if neither abstains. The interval is Tango's score interval for the difference
    of paired shares (1998).

    Examples
    --------
    >>> old, new = np.array([1, 1, -1, -1, -1, 0]), np.array([1, 1, 1, 1, 1, 1])
    >>> found = paired_test(old, new, 0.05)
    >>> found.better, found.worse, found.p_value
    (4, 0, 0.0625)
    """
    if old.shape != new.shape or old.ndim != 1 or not len(old):
        raise InputError(f"Expected outcomes of the same rows, got {old.shape} and {new.shape}.")
    better, worse = int((new > old).sum()), int((new < old).sum())
    low, high = tango_interval(better, worse, len(old))
    return PairedTest(
        n=len(old),
        better=better,
        worse=worse,
        difference=(better - worse) / len(old),
        low=low,
        high=high,
        p_value=sign_p(better, worse),
        level=level,
        accuracy=(_share(old == RIGHT), _share(new == RIGHT)),
        wrong=(_share(old[old != NONE] == WRONG), _share(new[new != NONE] == WRONG)),
        coverage=(_share(old != NONE), _share(new != NONE)),
    )


def _share(mask: np.ndarray) -> float:
    return float(mask.mean()) if len(mask) else float("nan")


def sign_p(better: int, worse: int) -> float:
    """Return the probability of at least `better` heads of all rows that differ.

    Examples
    --------
    >>> sign_p(5, 0), sign_p(0, 0)
    (0.03125, 1.0)
    """
    return float(stats.binom.sf(better - 1, better + worse, 0.5))


def tango_interval(
    better: int, worse: int, n: int, confidence: float = 0.95
) -> tuple[float, float]:
    """Return Tango's score interval of ``(better - worse) / n``.

    Notes
    -----
    All differences that a score test at this level does not reject, in which the share of
    rows in favor of the old model is the likeliest one under that difference.

    Examples
    --------
    >>> [round(end, 3) for end in tango_interval(1, 7, 21)]
    [-0.517, -0.026]
    >>> [round(end, 3) for end in tango_interval(0, 0, 100)]
    [-0.037, 0.037]
    """
    z = float(stats.norm.ppf(0.5 + confidence / 2))

    def beyond(delta: float) -> float:
        gap = better - worse - n * delta
        return abs(gap) - z * np.sqrt(n * max(_likely_sum(better, worse, n, delta), 1e-300))

    middle = (better - worse) / n
    low = brentq(beyond, -1 + 1e-12, middle) if middle > -1 else -1.0
    high = brentq(beyond, middle, 1 - 1e-12) if middle < 1 else 1.0
    return float(low), float(high)


def _likely_sum(better: int, worse: int, n: int, delta: float) -> float:
    """Return the variance of one row's difference that is likeliest if the mean is delta."""
    a = 2 * n
    b = -better - worse + (2 * n - better + worse) * delta
    c = -worse * delta * (1 - delta)
    q = (np.sqrt(max(b * b - 4 * a * c, 0.0)) - b) / (2 * a)
    return float(2 * q + delta * (1 - delta))


def level_of(alpha: float, number: int) -> float:
    """Return the level of one test of a sequence, whose levels add up to at most alpha.

    Parameters
    ----------
    alpha : float in (0, 1)
    number : int
        1 for the first test.

    Notes
    -----
    ``alpha / (number · (number + 1))``. By Bonferroni's inequality, all tests together,
    however many there are and whichever rows they share, are won by a model that is no
    better with a probability of at most alpha.

    Examples
    --------
    >>> level_of(0.05, 1), round(sum(level_of(0.05, n) for n in range(1, 10_000)), 3)
    (0.025, 0.05)
    """
    return alpha / (number * (number + 1))


def fewest_rows(level: float) -> int:
    """Return how many rows must differ, all in favor of the new model, for a test to be won.

    Examples
    --------
    >>> fewest_rows(0.05), fewest_rows(0.025)
    (5, 6)
    """
    return int(np.ceil(-np.log2(level) - 1e-9))
