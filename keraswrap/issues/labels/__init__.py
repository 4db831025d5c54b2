"""Find labels that are likely to be wrong, count them, and act on them."""

from keraswrap.issues.labels._benefit import StrategyComparison, compare_strategies
from keraswrap.issues.labels._clean_classifier import CleanClassifier
from keraswrap.issues.labels._copies import find_copies
from keraswrap.issues.labels._estimates import NoiseEstimates, estimate_noise
from keraswrap.issues.labels._find import find_label_issues
from keraswrap.issues.labels._label_issues import LabelIssues
from keraswrap.issues.labels._refit import compare_refit
from keraswrap.issues.labels._scores import SCORES, score_labels
from keraswrap.issues.labels._settings import LabelIssueSettings
from keraswrap.issues.labels._strategies import STRATEGIES, Action, act
from keraswrap.issues.labels._views import View, make_views

__all__ = [
    "SCORES",
    "STRATEGIES",
    "Action",
    "CleanClassifier",
    "LabelIssueSettings",
    "LabelIssues",
    "NoiseEstimates",
    "StrategyComparison",
    "View",
    "act",
    "compare_refit",
    "compare_strategies",
    "estimate_noise",
    "find_copies",
    "find_label_issues",
    "make_views",
    "score_labels",
]
