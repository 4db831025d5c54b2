"""Label issues: from probabilities to what one does about them."""

from keraswrap.issues.estimates import NoiseEstimates, estimate_noise
from keraswrap.issues.finding import find_label_issues
from keraswrap.issues.hashing import hash_data
from keraswrap.issues.scores import SCORES, score_labels
from keraswrap.issues.table import LabelIssues

__all__ = [
    "SCORES",
    "LabelIssues",
    "NoiseEstimates",
    "estimate_noise",
    "find_label_issues",
    "hash_data",
    "score_labels",
]
