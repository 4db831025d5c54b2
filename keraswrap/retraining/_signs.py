"""What of a drift report calls for training."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from keraswrap.drift import DriftReport

__all__ = ["signs_of"]


def signs_of(report: DriftReport) -> list[str]:
    """Return the reason of each statement that something changed; none without a sign."""
    return [one.reason for one in report.statements if one.answer == "yes"]
