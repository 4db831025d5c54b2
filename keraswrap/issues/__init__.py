"""Label issues: from probabilities to what one does about them."""

from keraswrap.issues.cleaning import CleanClassifier
from keraswrap.issues.corrections import Corrected, apply_corrections
from keraswrap.issues.decisions import read_decisions, write_decisions
from keraswrap.issues.estimates import NoiseEstimates, estimate_noise
from keraswrap.issues.finding import find_label_issues
from keraswrap.issues.hashing import hash_data
from keraswrap.issues.scores import SCORES, score_labels
from keraswrap.issues.strategies import STRATEGIES, Action, act
from keraswrap.issues.table import LabelIssues

__all__ = [
    "SCORES",
    "STRATEGIES",
    "Action",
    "CleanClassifier",
    "Corrected",
    "LabelIssues",
    "NoiseEstimates",
    "act",
    "apply_corrections",
    "estimate_noise",
    "find_label_issues",
    "hash_data",
    "read_decisions",
    "score_labels",
    "write_decisions",
]
