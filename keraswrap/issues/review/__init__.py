"""A look at some rows: which to judge, what they tell of all others, and what to do with each."""

from keraswrap.issues.review._plan import ReviewEstimate, ReviewPlan, review_plan
from keraswrap.issues.review._triage import LISTS, triage

__all__ = ["LISTS", "ReviewEstimate", "ReviewPlan", "review_plan", "triage"]
