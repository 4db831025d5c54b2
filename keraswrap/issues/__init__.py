"""Label issues: from probabilities to what one does about them."""

from keraswrap.issues.annotators import Consensus, find_consensus
from keraswrap.issues.cleaning import CleanClassifier
from keraswrap.issues.corrections import Corrected, apply_corrections
from keraswrap.issues.decisions import read_decisions, write_decisions
from keraswrap.issues.estimates import NoiseEstimates, estimate_noise
from keraswrap.issues.finding import find_label_issues
from keraswrap.issues.findings import Finding, RowIssues
from keraswrap.issues.hashing import hash_data
from keraswrap.issues.refit import compare_refit
from keraswrap.issues.rows import find_row_issues
from keraswrap.issues.scores import SCORES, score_labels
from keraswrap.issues.strategies import STRATEGIES, Action, act
from keraswrap.issues.table import LabelIssues
from keraswrap.issues.variants import merge_variants

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
