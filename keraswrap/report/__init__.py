"""Make reports of label issues to read, decide in, and export decisions from."""

from keraswrap.report._notes import RowNotes
from keraswrap.report._report import LabelReport, make_report
from keraswrap.report._settings import ReportSettings

__all__ = ["LabelReport", "ReportSettings", "RowNotes", "make_report"]
