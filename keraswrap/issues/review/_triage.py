"""Sort rows by what to do with them: correct, look at, or leave. Pure."""

from __future__ import annotations

import numpy as np

from keraswrap.exceptions import InputTypeError, ParameterError
from keraswrap.issues.labels._estimates import NoiseEstimates
from keraswrap.issues.labels._label_issues import LabelIssues, check_issues
from keraswrap.issues.review._plan import ReviewEstimate

__all__ = ["LISTS", "triage"]

LISTS = ("fix", "look", "fine")
# A row is listed for correction if its label is wrong with a higher probability than the first
# number; the others limit how many rows to look at by default.
_SURE, _LOOK, _FEW = 0.9, 50, 10


def triage(
    issues: LabelIssues, known: NoiseEstimates | ReviewEstimate, *, look: int | None = None
) -> np.ndarray:
    """Sort rows into those to fix, those to look at, and those that are probably fine.

    Parameters
    ----------
    issues : LabelIssues
    known : NoiseEstimates or ReviewEstimate
        What `estimate_noise` says, or better `ReviewPlan.estimate`.
    look : int ≥ 0, optional
        Budget: how many rows to look at. By default up to 50 of the disputed ones, but
        no more than a tenth of all or 10, and all suspected ones; once rows were judged,
        up to the rank after which fewer than 1 in 10 are wrong.

    Returns
    -------
    ndarray of shape (n,), str
        ``"fix"``: judged wrong, or more than 90% likely to be wrong. It is empty where
        nothing is known without a look. ``"look"``: the worst of the other rows that
        nobody has judged. ``"fine"``: the rest.

    Raises
    ------
    ParameterError
        If look is below 0.
    InputTypeError
        If an argument has another type.

    Examples
    --------
    >>> from keraswrap.issues import find_label_issues, review_plan
    >>> proba = np.array([[0.9, 0.1]] * 100)
    >>> issues = find_label_issues(proba, y=[1] + [0] * 99, classes=[0, 1], out_of_sample=True)
    >>> triage(issues, review_plan(issues).estimate({0: True}), look=1)[:3].tolist()
    ['fix', 'look', 'fine']
    """
    check_issues(issues)
    if not isinstance(known, NoiseEstimates | ReviewEstimate):
        raise InputTypeError(
            f"Expected what estimate_noise or ReviewPlan.estimate returns, got "
            f"{type(known).__name__}."
        )
    if look is not None and look < 0:
        raise ParameterError(f"Expected look ≥ 0, the rows to look at, got {look}.")
    order, judged = issues.ranking(), np.zeros(len(issues), dtype=bool)
    sure = known.p_wrong > _SURE
    if isinstance(known, ReviewEstimate):
        judged = known.is_judged
    lists = np.full(len(issues), "fine", dtype="<U4")
    lists[sure] = "fix"
    open_rows = order[~(sure | judged)[order]]
    least = min(_LOOK, max(_FEW, len(issues) // 10))
    if look is None and isinstance(known, ReviewEstimate):
        look = _budget(known, order, open_rows, least)
    elif look is None:
        lists[issues.is_issue & ~sure] = "look"
        open_rows, look = open_rows[(issues.suggested != issues.given)[open_rows]], least
    lists[open_rows[:look]] = "look"
    return lists


def _budget(known: ReviewEstimate, order: np.ndarray, open_rows: np.ndarray, least: int) -> int:
    """Count open rows up to the stopping point, at least `least` unless that is surely too far."""
    guess, _, last = known.stop_after
    before_guess, before_last = (np.isin(open_rows, order[:rank]).sum() for rank in (guess, last))
    return int(min(max(least, before_guess), before_last))
