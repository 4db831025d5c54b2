"""Draw a few rows to judge first, and estimate from them how many labels are wrong."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import pandas as pd

from keraswrap.exceptions import InputError, ParameterError
from keraswrap.issues.corrections._apply import open_decisions
from keraswrap.issues.corrections._decisions import RELABELS
from keraswrap.issues.corrections._plan import texts_of_value
from keraswrap.issues.labels._estimates import by_class
from keraswrap.issues.labels._label_issues import LabelIssues, check_issues
from keraswrap.issues.review._figures import (
    OPEN,
    RIGHT,
    SURE,
    UNSURE,
    WRONG,
    Figures,
    count_sample,
    find_figures,
)
from keraswrap.issues.review._strata import draw_ranks, expect_rates, find_edges

__all__ = ["ReviewEstimate", "ReviewPlan", "review_plan"]

# Whether a label is wrong, by row id; None if that is not clear.
Verdicts: TypeAlias = Mapping[Hashable, bool | None]


@dataclass(frozen=True, eq=False)
class ReviewEstimate:
    """How many labels are wrong, by the rows judged so far.

    Parameters
    ----------
    n_errors : tuple of 3 floats
        Estimated number of wrong labels in all, and its interval.
    strata : DataFrame
        By part of the ranking: ``first`` and ``last``, ranks from 1; ``judged``, number
        of rows; ``share_wrong``, in [0, 1], and its interval ``low`` to ``high``.
    precision_next : tuple of 3 floats
        Share of wrong labels among the `next_rows` worst rows that are not judged yet,
        and its interval; NaN if none is left.
    next_rows : int
    stop_after : tuple of 3 ints
        After so many of the worst rows, fewer than 1 in 10 of the next are wrong.
    falling : bool
        False if the judged rows refute that wrong labels get rarer down the ranking.
        The intervals then do without that assumption.
    p_wrong : ndarray of shape (n,)
        Probability that each label is wrong: 0 or 1 for judged rows, and for others the
        estimate of their part of the ranking. It is above 0.9 only where the interval
        shows that surely more than half are wrong.
    is_judged : ndarray of shape (n,), bool
        Which rows were judged right or wrong.
    level : float
        Level of the intervals, which hold together and at any time.
    plan : ReviewPlan
    """

    n_errors: tuple[float, float, float]
    strata: pd.DataFrame
    precision_next: tuple[float, float, float]
    next_rows: int
    stop_after: tuple[int, int, int]
    falling: bool
    p_wrong: np.ndarray
    is_judged: np.ndarray
    level: float
    plan: ReviewPlan

    @property
    def judged(self) -> int:
        """Number of rows judged right or wrong."""
        return int(self.is_judged.sum())

    def __repr__(self) -> str:
        guess, low, high = self.n_errors
        return f"ReviewEstimate({guess:.0f} wrong ({low:.0f} to {high:.0f}), {self.judged} judged)"


@dataclass(frozen=True, eq=False)
class ReviewPlan:
    """Rows to judge first, drawn at random from each part of the ranking.

    Parameters
    ----------
    issues : LabelIssues
    rows : ndarray of shape (n,), int
        Positions of the rows, in the order to judge them: at random, so that a row's
        turn does not tell how suspicious it is.
    edges : ndarray of shape (h + 1,), int
        Ranks, from 0, at which the strata begin, and the number of rows.
    rates : ndarray of shape (s, h)
        Shares of wrong labels in each stratum that the model makes plausible. They
        weight the estimates, and decide how wide intervals are, but not how often they
        hold.
    seed : int
    level : float
    """

    issues: LabelIssues
    rows: np.ndarray
    edges: np.ndarray
    rates: np.ndarray
    seed: int
    level: float

    def __repr__(self) -> str:
        return f"ReviewPlan({len(self.rows)} of {len(self.issues)} rows)"

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def strata(self) -> np.ndarray:
        """The stratum of each row, of shape (n,): 0 holds the worst ones."""
        found = np.empty(len(self.issues), dtype=int)
        found[self.issues.ranking()] = np.repeat(
            np.arange(len(self.edges) - 1), np.diff(self.edges)
        )
        return found

    def to_frame(self) -> pd.DataFrame:
        """Return the rows to judge, as `LabelIssues.to_frame` does, in their order.

        Returns
        -------
        DataFrame
            With another column, ``probability``: that of a row to be in the plan.
        """
        drawn = np.bincount(self.strata[self.rows], minlength=len(self.edges) - 1)
        share = (drawn / np.diff(self.edges))[self.strata[self.rows]]
        return self.issues.to_frame().iloc[self.rows].assign(probability=share)

    def estimate(self, decisions: object = ()) -> ReviewEstimate:
        """Estimate how many labels are wrong from the rows judged so far.

        Parameters
        ----------
        decisions : path, DataFrame, list of these, or mapping, default=()
            Exports of a report, or whether the label is wrong by row id (True, False,
            or None if unclear). They may be of other rows too: those count for
            themselves only, since nobody drew them at random.

        Returns
        -------
        ReviewEstimate

        Raises
        ------
        InputError
            If decisions were made on other data, name unknown rows, or contradict each
            other.

        Notes
        -----
        ``accept``, ``relabel`` and ``drop`` mean that the label is wrong, ``keep`` that
        it is right. Rows that are ``ambiguous`` or skipped count as right in lower
        bounds and as wrong in upper ones.
        """
        outcomes = np.full(len(self.issues), OPEN)
        for position, outcome in self._read(decisions).items():
            outcomes[position] = outcome
        figures, known = self._figures(outcomes)
        return self._tell(figures, outcomes, known)

    def _figures(self, outcomes: np.ndarray) -> tuple[Figures, np.ndarray]:
        h = len(self.edges) - 1
        known = np.bincount(self.strata * 4 + outcomes, minlength=4 * h).reshape(h, 4)[:, :OPEN]
        sample = count_sample(outcomes, self.strata, self.rows, h)
        return find_figures(self.edges, self.rates, sample, known, self.level), known

    def _tell(self, found: Figures, outcomes: np.ndarray, known: np.ndarray) -> ReviewEstimate:
        share, low, high = found.shares.T
        columns = {"first": self.edges[:-1] + 1, "last": self.edges[1:]}
        columns |= {"judged": known.sum(axis=1), "share_wrong": share, "low": low, "high": high}
        p_wrong = np.where(found.sure, share, np.minimum(share, SURE))[self.strata]
        p_wrong[outcomes == RIGHT], p_wrong[outcomes == WRONG] = 0, 1
        return ReviewEstimate(
            found.errors,
            pd.DataFrame(columns),
            found.next_share,
            found.next_rows,
            found.stop,
            found.falling,
            p_wrong,
            (outcomes == RIGHT) | (outcomes == WRONG),
            self.level,
            self,
        )

    def _read(self, decisions: object) -> dict[int, int]:
        """Return outcomes by position."""
        if isinstance(decisions, Mapping):
            said = [(str(row), _outcome_of(wrong)) for row, wrong in decisions.items()]
            return _merge(self._places(said), said)
        if isinstance(decisions, list | tuple) and not decisions:
            return {}
        said = []
        for source, frame in open_decisions(decisions):
            self._check_hash(frame, source)
            told = frame[["row_id", "action", "given_label", "new_label"]].to_numpy()
            said += [(row, _outcome(*rest)) for row, *rest in told]
        return _merge(self._places(said), said)

    def _check_hash(self, frame: pd.DataFrame, source: str) -> None:
        own = self.issues.provenance.get("data_hash")
        other = set(frame["data_hash"]) - {own}
        if own and other:
            raise InputError(
                f"Expected decisions on the rows and labels of this plan, whose hash is {own}, got "
                f"{', '.join(sorted(other)):.60} ({source}). Pass those on the same data."
            )

    def _places(self, said: list[tuple[str, int]]) -> list[int]:
        places: dict[str, int] = {}
        wanted = {row for row, _ in said}
        for position, row_id in enumerate(self.issues.row_ids):
            places |= dict.fromkeys(wanted.intersection(texts_of_value(row_id)), position)
        unknown = sorted(wanted - set(places))
        if unknown:
            raise InputError(
                f"Expected ids of rows of the issues, got {unknown[:5]}. Is it the data that was "
                "judged?"
            )
        return [places[row] for row, _ in said]


def _outcome(action: str, given: str, new: str) -> int:
    if action in RELABELS:
        return RIGHT if given == new else WRONG
    return {"keep": RIGHT, "drop": WRONG}.get(action, UNSURE)


def _outcome_of(wrong: object) -> int:
    return UNSURE if wrong is None or pd.isna(wrong) else WRONG if wrong else RIGHT


def _merge(places: list[int], said: list[tuple[str, int]]) -> dict[int, int]:
    """Return one outcome per row; a clear one takes precedence over an unclear one."""
    found: dict[int, int] = {}
    for place, (row, outcome) in zip(places, said, strict=True):
        before = found.get(place, UNSURE)
        if UNSURE not in (before, outcome) and before != outcome:
            raise InputError(
                f"Expected reviewers to agree, got row_id {row} as right and as wrong. Settle it."
            )
        found[place] = min(before, outcome)
    return found


def review_plan(
    issues: LabelIssues, n: int = 30, *, random_state: int = 0, level: float = 0.95
) -> ReviewPlan:
    """Draw a few rows to judge first, which tell how many labels are wrong.

    No model can tell people's mistakes on hard rows from its own. A look at some dozens
    of rows can: `ReviewPlan.estimate` says from the first judged row on how many labels
    are wrong in all, what share of the next rows, and after how many rows to stop.

    Parameters
    ----------
    issues : LabelIssues
    n : int ≥ 1, default=30
        Number of rows; 20 to 50 are a good choice. All of them if there are fewer.
    random_state : int, default=0
        Seed of the draw.
    level : float in (0, 1), default=0.95
        Level of the intervals.

    Returns
    -------
    ReviewPlan

    Raises
    ------
    ParameterError
        If n or the level is out of range.
    InputTypeError
        If issues have another type.

    Notes
    -----
    The ranking is cut into strata, each about as large as all before it together: the 50
    worst rows, the next 50, the next 100 and so on. Most rows are drawn, without
    replacement, from the first strata and from the large last one.

    The intervals are a confidence sequence: together they hold at the stated level at
    any time, however often one looks and whenever one stops. They rest on the likelihood
    ratio of a sample without replacement from a finite population against a mixture of
    scenarios (Waudby-Smith and Ramdas, 2020, "Confidence sequences for sampling without
    replacement"; Robbins, 1970), multiplied over strata, which may be drawn from in any
    order (Spertus and Stark, 2022, "Sweeter than SUITE"). The scenarios follow the
    model's probabilities, as in prediction-powered inference (Angelopoulos et al.,
    2023): a good model narrows the intervals, a bad one widens them, and both hold.

    One assumption narrows them further: that wrong labels do not get more frequent from
    one stratum to the next. It is given up if the judged rows refute it.

    Examples
    --------
    >>> from keraswrap.issues import find_label_issues
    >>> proba = np.array([[0.97, 0.03]] * 100 + [[0.03, 0.97]] * 100)
    >>> given = np.array([1] * 5 + [0] * 95 + [1] * 100)
    >>> plan = review_plan(find_label_issues(proba, y=given, out_of_sample=True))
    >>> found = plan.estimate({row: row < 5 for row in plan.rows})
    >>> found.n_errors[1] <= 5 <= found.n_errors[2]
    True
    """
    check_issues(issues)
    if n < 1:
        raise ParameterError(f"Expected n ≥ 1, the rows to judge, got {n}. Take 20 to 50.")
    if not 0 < level < 1:
        raise ParameterError(f"Expected level between 0 and 1, got {level!r}. Take 0.95.")
    order, edges = issues.ranking(), find_edges(len(issues))
    rates = expect_rates(by_class(issues)[order], edges)
    rows = order[draw_ranks(edges, n, random_state)]
    return ReviewPlan(issues, rows, edges, rates, random_state, level)
