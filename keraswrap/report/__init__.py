"""Reports of label issues, to read, decide in, and export decisions from."""

import sys

from keraswrap.report._notes import RowNotes
from keraswrap.report._report import LabelReport, make_report

__all__ = ["LabelReport", "RowNotes", "make_report"]

# Pickles of 0.1 name their classes by these modules. May go in 0.3.
for _old, _new in {"notes": "_notes", "report": "_report"}.items():
    sys.modules[f"{__name__}.{_old}"] = sys.modules[f"{__name__}.{_new}"]
