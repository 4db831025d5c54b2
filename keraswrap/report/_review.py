"""Describe the rows to judge first, the three lists, and how many labels are wrong. Pure."""

from __future__ import annotations

import numpy as np

from keraswrap._wording import counted
from keraswrap.issues import LabelIssues, NoiseEstimates, ReviewEstimate, ReviewPlan, triage
from keraswrap.issues.review import LISTS
from keraswrap.report._types import Summary


def list_rows(
    issues: LabelIssues, noise: NoiseEstimates, known: ReviewEstimate | None
) -> np.ndarray:
    """Return which list each row is on: 0 for fine, 1 to look at, 2 to fix.

    Parameters
    ----------
    issues : LabelIssues
    noise : NoiseEstimates
    known : ReviewEstimate or None
        What judged rows imply, if there are any.
    """
    lists = triage(issues, known if known is not None and known.judged else noise)
    return np.select([lists == "fix", lists == "look"], [2, 1], 0)


def count_lists(lists: np.ndarray) -> dict[str, int]:
    """Count the rows of each list.

    Examples
    --------
    >>> count_lists(np.array([0, 0, 1]))
    {'fix': 0, 'look': 1, 'fine': 2}
    """
    counts = np.bincount(lists, minlength=len(LISTS))[::-1].tolist()
    return dict(zip(LISTS, counts, strict=True))


def describe_review(
    plan: ReviewPlan, known: ReviewEstimate | None, noise: NoiseEstimates, shown: np.ndarray
) -> dict[str, object]:
    """Describe a plan, with what the page needs to compute estimates by itself.

    Parameters
    ----------
    plan : ReviewPlan
    known : ReviewEstimate or None
    noise : NoiseEstimates
    shown : ndarray of int
        Positions of the rows of the page: the worst ones, then others of the plan.

    Returns
    -------
    dict
        ``edges``, ``rates`` and ``level`` of the plan; ``rows``, the places of its rows;
        ``ranks`` of the last rows shown, which do not follow the others; ``reason`` and
        ``by_class`` of the noise; ``figures``, what judged rows imply, or None.
    """
    places = {int(position): place for place, position in enumerate(shown.tolist())}
    ranks = np.argsort(plan.issues.ranking())[shown]
    head = int(np.argmax(np.append(ranks != np.arange(len(ranks)), True)))
    return {
        "edges": plan.edges.tolist(),
        "rates": plan.rates.tolist(),
        "level": plan.level,
        "rows": [places[int(position)] for position in plan.rows],
        "ranks": ranks[head:].tolist(),
        "reason": noise.reason,
        "by_class": noise.by_class,
        "figures": None if known is None or not known.judged else _figures(known),
    }


def _figures(known: ReviewEstimate) -> dict[str, object]:
    share = [None if np.isnan(value) else float(value) for value in known.precision_next]
    return {
        "judged": known.judged,
        "errors": list(known.n_errors),
        "next_rows": known.next_rows,
        "next_share": share,
        "stop": list(known.stop_after),
        "falling": known.falling,
    }


def say_review(summary: Summary) -> str:
    """Say how many labels are wrong, as far as it is known.

    Examples
    --------
    >>> review = {"figures": None, "by_class": False, "reason": "Nobody looked.", "rows": [0, 1]}
    >>> errors = {"estimate": 3.0, "low": 0.0, "high": 9.0}
    >>> print(say_review({"review": review, "noise": {"errors": errors}}))
    Not known until some rows are judged: 0 to 9 labels wrong. Nobody looked. Judge 2 rows first.
    """
    review, errors = summary["review"], summary["noise"]["errors"]
    if review["figures"] is not None:
        return _say_figures(review["figures"])
    if review["by_class"]:
        return (
            f"About {counted(round(errors['estimate']), 'label')} wrong ({errors['low']:,.0f} to "
            f"{errors['high']:,.0f}). {review['reason']}"
        )
    most, rows = counted(round(errors["high"]), "label"), counted(len(review["rows"]), "row")
    return (
        f"Not known until some rows are judged: {errors['low']:,.0f} to {most} wrong. "
        f"{review['reason']} Judge {rows} first."
    )


def _say_figures(figures: Summary) -> str:
    guess, low, high = figures["errors"]
    said = [
        f"After {counted(figures['judged'], 'judged row')}: about "
        f"{counted(round(guess), 'label')} wrong "
        f"({np.floor(low):,.0f} to {np.ceil(high):,.0f})"
    ]
    share, least, most = figures["next_share"]
    if share is not None:
        said.append(
            f"{share:.0%} of the next {counted(figures['next_rows'], 'row')} ({least:.0%} to "
            f"{most:.0%})"
        )
    stop, first, last = figures["stop"]
    said.append(
        f"after {stop:,} of the worst rows ({first:,} to {last:,}) fewer than 1 in 10 of the next "
        "are wrong"
    )
    refuted = "" if figures["falling"] else (
        " The judged rows show that wrong labels do not get rarer down the ranking: the model "
        "says little about them."
    )  # fmt: skip
    return "; ".join(said) + "." + refuted
