"""Plan which rows to judge, estimate the wrong labels from them, and sort the rows by action."""

from keraswrap.issues.review._plan import ReviewEstimate, ReviewPlan, review_plan
from keraswrap.issues.review._triage import LISTS, triage

__all__ = ["LISTS", "ReviewEstimate", "ReviewPlan", "review_plan", "triage"]
