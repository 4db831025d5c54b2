"""A report of label issues: read, decide, and give the decisions back."""

from keraswrap.report._notes import RowNotes
from keraswrap.report._report import LabelReport, make_report

__all__ = ["LabelReport", "RowNotes", "make_report"]
