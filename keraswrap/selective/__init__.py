"""Answer only where errors are surely rare: thresholds with an exact bound on the error."""

from keraswrap.selective._classifier import SelectiveClassifier
from keraswrap.selective._curve import (
    RiskCoverageCurve,
    SelectiveReport,
    risk_coverage_curve,
    selective_report,
)
from keraswrap.selective._threshold import (
    SelectiveThreshold,
    find_score_threshold,
    find_threshold,
)

__all__ = [
    "RiskCoverageCurve",
    "SelectiveClassifier",
    "SelectiveReport",
    "SelectiveThreshold",
    "find_score_threshold",
    "find_threshold",
    "risk_coverage_curve",
    "selective_report",
]
