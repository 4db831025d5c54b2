"""The page of a drift report."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from keraswrap.drift._report import DriftReport


def write_page(report: DriftReport, path: str | os.PathLike[str] | None, overwrite: bool) -> str:
    """Return the page, and write it to `path`."""
    raise NotImplementedError("The page of a drift report is not there yet.")
