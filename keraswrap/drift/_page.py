"""The page of a drift report."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from keraswrap._tables import new_file
from keraswrap.report._drift_page import render_drift

if TYPE_CHECKING:
    from keraswrap.drift._report import DriftReport

_DROPS = (0.02, 0.05, 0.1)


def write_page(report: DriftReport, path: str | os.PathLike[str] | None, overwrite: bool) -> str:
    """Return the page, and write it to `path`."""
    needed = [(drop, report.labels_needed(drop)) for drop in _DROPS]
    of_texts = any(fact.name == "characters" for fact in report.facts)
    facts = "Facts of the texts" if of_texts else "Columns"
    page = render_drift(report.summary(), "Drift", needed, facts)
    if path is not None:
        with new_file(path, overwrite) as draft:
            draft.write_text(page, encoding="utf-8")
    return page
