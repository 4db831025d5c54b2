"""Label issues: from probabilities to what one does about them."""

from keraswrap.issues.hashing import hash_data
from keraswrap.issues.table import LabelIssues

__all__ = ["LabelIssues", "hash_data"]
