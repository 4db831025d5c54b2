"""How well messages are routed, on rows that nothing was fitted on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from keraswrap._wording import counted
from keraswrap.exceptions import InputError, InSampleWarning, ParameterError, warn_user
from keraswrap.routing._decisions import Decision

__all__ = ["RoutingReport", "exact_interval", "report_on"]

OUT_OF_SCOPE = "(out of scope)"
FALLBACKS = ("(out of scope)", "(unsure)")
_COLUMNS = ["n", "precision", "precision_low", "precision_high", "recall", "recall_low"]
_COLUMNS += ["recall_high", "fallback"]


@dataclass(frozen=True, eq=False)
class RoutingReport:
    """How well messages were routed.

    Made by `MessageRouter.evaluate`; handlers are not called.

    Parameters
    ----------
    confusion : DataFrame of int
        A row for each right route and one for "(out of scope)"; a column for each route
        taken and for "(out of scope)" and "(unsure)", which get the fallback.
    level : float
        Confidence level of the intervals.
    n_seen : int
        Messages that were left out because they were in `fit`.
    checked : bool
        Whether it is known which messages were in `fit`. It is not for a classifier that
        was fitted elsewhere.

    Notes
    -----
    Intervals are exact binomial ones (Clopper and Pearson, 1934), each for itself.
    """

    confusion: pd.DataFrame
    level: float
    n_seen: int
    checked: bool

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each route, and one for messages out of scope.

        Returns
        -------
        DataFrame
            ``n`` messages; ``precision`` and ``recall`` with the ends of their
            intervals, NaN without messages; ``fallback``, the share of messages that
            get the fallback. For messages out of scope either kind of fallback is
            right, so that recall is the share of these which no handler answered, and
            precision the share of fallbacks that were right.
        """
        rows = {name: self._describe(name) for name in self.confusion.index}
        return pd.DataFrame.from_dict(rows, orient="index", columns=_COLUMNS)

    @property
    def accuracy(self) -> float:
        """Share of messages that took the right route; the fallback is, out of scope."""
        hits = sum(self._hits(name) for name in self.confusion.index)
        return float(hits / self.n_messages)

    @property
    def error(self) -> float:
        """Share of the answered messages that took a wrong route; NaN if none was."""
        answered = self.confusion.drop(columns=list(FALLBACKS))
        right = sum(self._hits(name) for name in answered.columns)
        total = answered.to_numpy().sum()
        return float((total - right) / total) if total else float("nan")

    @property
    def answered(self) -> float:
        """Share of all messages that took a route."""
        return float(
            self.confusion.drop(columns=list(FALLBACKS)).to_numpy().sum() / self.n_messages
        )

    @property
    def n_messages(self) -> int:
        """Number of messages that were counted."""
        return int(self.confusion.to_numpy().sum())

    def __str__(self) -> str:
        frame = self.to_frame()
        width = max(map(len, frame.index))
        lines = [
            f"{counted(self.n_messages, 'message')}: {self.answered:.1%} answered, "
            f"{self.error:.1%} of these by a wrong route",
            f"{'route':<{width}}  {'n':>5}  {'precision':>20}  {'recall':>20}  fallback",
        ]
        for name, row in frame.iterrows():
            precision = _shown(row, "precision")
            lines.append(
                f"{name!s:<{width}}  {int(row['n']):>5}  {precision:>20}  "
                f"{_shown(row, 'recall'):>20}  {_percent(row['fallback']):>8}"
            )
        lines.append(f"Intervals: {self.level:.0%}, exact, each for itself.")
        if self.n_seen:
            lines.append(f"Left out since fit has seen them: {counted(self.n_seen, 'message')}.")
        if not self.checked:
            lines.append("Whether the classifier was fitted on these messages is not known.")
        return "\n".join(lines)

    def _hits(self, name: str) -> int:
        row = self.confusion.loc[name]
        return int(row[list(FALLBACKS)].sum() if name == OUT_OF_SCOPE else row[name])

    def _describe(self, name: str) -> list[float]:
        row, hits = self.confusion.loc[name], self._hits(name)
        columns = list(FALLBACKS) if name == OUT_OF_SCOPE else [name]
        taken, n = int(self.confusion[columns].to_numpy().sum()), int(row.sum())
        precision = (_share(hits, taken), *exact_interval(hits, taken, self.level))
        recall = (_share(hits, n), *exact_interval(hits, n, self.level))
        return [n, *precision, *recall, _share(int(row[list(FALLBACKS)].sum()), n)]


def report_on(
    route: Callable[[Sequence[str]], list[Decision]],
    texts: Sequence[str],
    truth: Sequence[str | None],
    seen: np.ndarray,
    routes: Sequence[str],
    level: float,
    checked: bool,
) -> RoutingReport:
    """Route the messages that were not seen, and count."""
    if not isinstance(level, float) or not 0 < level < 1:
        raise ParameterError(f"Expected level between 0 and 1, got {level!r:.60}.")
    rows = np.flatnonzero(~seen).tolist()
    if not rows:
        raise InputError(
            f"Expected messages that fit has not seen, got {counted(len(texts), 'message')}, all "
            "of which it has: figures would say how well they are remembered. Hold some out."
        )
    if seen.any():
        warn_user(
            f"{int(seen.sum())} of {counted(len(texts), 'message')} were in fit and are left out.",
            InSampleWarning,
        )
    decisions = route([texts[row] for row in rows])
    kept = [truth[row] for row in rows]
    return RoutingReport(_count(decisions, kept, routes), level, int(seen.sum()), checked)


def _count(
    decisions: Sequence[Decision], truth: Sequence[str | None], routes: Sequence[str]
) -> pd.DataFrame:
    index, columns = [*routes, OUT_OF_SCOPE], [*routes, *FALLBACKS]
    table = pd.DataFrame(0, index=index, columns=columns)
    for decision, right in zip(decisions, truth, strict=True):
        table.loc[right or OUT_OF_SCOPE, decision.route or f"({decision.reason})"] += 1
    return table


def exact_interval(hits: int, n: int, level: float) -> tuple[float, float]:
    """Return the exact binomial interval of a share; NaN without trials.

    Examples
    --------
    >>> low, high = exact_interval(10, 10, 0.95)
    >>> round(low, 3), high
    (0.692, 1.0)
    """
    if not n:
        return float("nan"), float("nan")
    found = stats.binomtest(hits, n).proportion_ci(level, method="exact")
    return float(found.low), float(found.high)


def _share(hits: int, n: int) -> float:
    return hits / n if n else float("nan")


def _shown(row: pd.Series, name: str) -> str:
    if np.isnan(row[name]):
        return "–"
    low, high = _percent(row[f"{name}_low"]), _percent(row[f"{name}_high"])
    return f"{_percent(row[name])} ({low} to {high})"


def _percent(share: float) -> str:
    return "–" if np.isnan(share) else f"{share:.0%}"
