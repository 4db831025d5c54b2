"""Candidates, their order, and how far apart they are. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from keraswrap.codegen._calls import Call
from keraswrap.codegen._space import Json
from keraswrap.codegen._trials import Outcome

__all__ = ["DEFAULTS", "MODEL", "RANDOM", "Candidate", "best_of", "gain_over", "leaderboard_of"]

MODEL, DEFAULTS, RANDOM = "language model", "defaults", "random search"
# Among equal scores, what took least to find is best.
_ORDER = (DEFAULTS, RANDOM, MODEL)


@dataclass(frozen=True)
class Candidate:
    """A pipeline that was tried.

    Parameters
    ----------
    number : int
        From 0 on.
    source : {"language model", "defaults", "random search"}
    outcome : Outcome
    specification : dict or None
        None for the defaults, and where an answer was none.
    pipeline : Call or None
    """

    number: int
    source: str
    outcome: Outcome
    specification: Mapping[str, Json] | None = None
    pipeline: Call | None = None

    @property
    def score(self) -> float:
        """Mean score; NaN if it failed."""
        return float(np.mean(self.outcome.scores)) if self.outcome.scores else float("nan")


@dataclass(frozen=True)
class Gain:
    """By how much one candidate's score exceeds another's.

    Parameters
    ----------
    gain : float
        Mean of the differences in the same folds.
    low, high : float
        95% interval.
    """

    gain: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """What the interval says: "gain", "loss" or "no difference shown"."""
        return "gain" if self.low > 0 else "loss" if self.high < 0 else "no difference shown"

    def __str__(self) -> str:
        return f"{self.gain:+.4f} (95% {self.low:+.4f} to {self.high:+.4f})"


def gain_over(one: Sequence[float], other: Sequence[float], test_share: float) -> Gain:
    """Return the gain of one candidate over another, in the same folds.

    Parameters
    ----------
    one, other : sequence of float
        Scores in each fold.
    test_share : float
        Rows that are scored in a fold, for each row that is fitted on.

    Returns
    -------
    Gain

    Notes
    -----
    Folds share most of the rows that they fit on, so their scores vary less than those of
    independent sets would. Student's interval is widened for that with the corrected
    variance of Nadeau and Bengio (2003), "Inference for the generalization error", Machine
    Learning 52: ``s² (1/k + n_test/n_train)``.

    Examples
    --------
    >>> print(gain_over([0.9, 0.8, 0.85], [0.8, 0.8, 0.8], test_share=0.5))
    +0.0500 (95% -0.1464 to +0.2464)
    """
    difference = np.subtract(one, other)
    k, mean = len(difference), float(np.mean(difference))
    if k < 2:
        return Gain(mean, -np.inf, np.inf)
    spread = float(difference.var(ddof=1)) * (1 / k + test_share)
    half = float(stats.t.ppf(0.975, k - 1) * np.sqrt(spread))
    return Gain(mean, mean - half, mean + half)


def best_of(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates that have scores, the best one first."""
    ranked = [one for one in candidates if one.outcome.scores]
    return sorted(ranked, key=lambda one: (-one.score, _ORDER.index(one.source), one.number))


def leaderboard_of(candidates: Sequence[Candidate], test_share: float) -> pd.DataFrame:
    """Return a row for each candidate, the best one first and those that failed last.

    Parameters
    ----------
    candidates : sequence of Candidate
    test_share : float

    Returns
    -------
    DataFrame
        Columns candidate, source, score, std, seconds; to_best and to_defaults with their
        intervals (a candidate's score minus that of the best one, or of the defaults);
        error; and specification, in JSON.
    """
    ranked = best_of(candidates)
    failed = [one for one in candidates if not one.outcome.scores]
    defaults = next((one for one in ranked if one.source == DEFAULTS), None)
    rows = [
        {
            "candidate": one.number,
            "source": one.source,
            "score": one.score,
            "std": float(np.std(one.outcome.scores)) if one.outcome.scores else np.nan,
            **_compared("to_best", one, ranked[0] if ranked else None, test_share),
            **_compared("to_defaults", one, defaults, test_share),
            "seconds": one.outcome.seconds,
            "error": one.outcome.error,
            "specification": None if one.specification is None else json.dumps(one.specification),
        }
        for one in [*ranked, *failed]
    ]
    return pd.DataFrame(rows)


def _compared(
    name: str, one: Candidate, other: Candidate | None, test_share: float
) -> dict[str, float]:
    if other is None or not one.outcome.scores:
        return {name: np.nan, f"{name}_low": np.nan, f"{name}_high": np.nan}
    found = gain_over(one.outcome.scores, other.outcome.scores, test_share)
    return {name: found.gain, f"{name}_low": found.low, f"{name}_high": found.high}
