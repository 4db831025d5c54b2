"""Labels by several annotators: one label for each row, and how good each annotator is."""

from keraswrap.issues.annotators._consensus import Consensus, find_consensus

__all__ = ["Consensus", "find_consensus"]
