"""Rows that are broken, copied, odd or leaked, whatever their labels."""

from keraswrap.issues.rows._find import THRESHOLDS, find_row_issues
from keraswrap.issues.rows._results import Finding, RowIssues

__all__ = ["THRESHOLDS", "Finding", "RowIssues", "find_row_issues"]
