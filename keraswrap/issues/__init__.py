"""Label issues: from probabilities to what one does about them."""

from keraswrap.issues.annotators._consensus import Consensus, find_consensus
from keraswrap.issues.labels._clean_classifier import CleanClassifier
from keraswrap.issues.corrections._apply import Corrected, apply_corrections
from keraswrap.issues.corrections._decisions import read_decisions, write_decisions
from keraswrap.issues.labels._estimates import NoiseEstimates, estimate_noise
from keraswrap.issues.labels._find import find_label_issues
from keraswrap.issues.rows._findings import Finding, RowIssues
from keraswrap.issues.corrections._hashing import hash_data
from keraswrap.issues.labels._refit import compare_refit
from keraswrap.issues.rows._find import find_row_issues
from keraswrap.issues.labels._scores import SCORES, score_labels
from keraswrap.issues.labels._strategies import STRATEGIES, Action, act
from keraswrap.issues.labels._label_issues import LabelIssues
from keraswrap.issues.corrections._variants import merge_variants

__all__ = [
    "SCORES",
    "STRATEGIES",
    "Action",
    "CleanClassifier",
    "Consensus",
    "Corrected",
    "Finding",
    "LabelIssues",
    "NoiseEstimates",
    "RowIssues",
    "act",
    "apply_corrections",
    "compare_refit",
    "estimate_noise",
    "find_consensus",
    "find_label_issues",
    "find_row_issues",
    "hash_data",
    "merge_variants",
    "read_decisions",
    "score_labels",
    "write_decisions",
]
