"""Answer only where errors are surely rare: thresholds with an exact bound on the error."""

from keraswrap.selective._cascade import CascadeClassifier
from keraswrap.selective._cascade_choice import CascadeThresholds
from keraswrap.selective._cascade_curve import CascadeCurve, CascadePoint, CascadeResult
from keraswrap.selective._cascade_thresholds import find_cascade_thresholds
from keraswrap.selective._classifier import SelectiveClassifier
from keraswrap.selective._curve import (
    RiskCoverageCurve,
    SelectiveReport,
    risk_coverage_curve,
    selective_report,
)
from keraswrap.selective._metrics import coverage_score, selective_accuracy_score
from keraswrap.selective._threshold import (
    SelectiveThreshold,
    find_score_threshold,
    find_threshold,
)

__all__ = [
    "CascadeClassifier",
    "CascadeCurve",
    "CascadePoint",
    "CascadeResult",
    "CascadeThresholds",
    "RiskCoverageCurve",
    "SelectiveClassifier",
    "SelectiveReport",
    "SelectiveThreshold",
    "coverage_score",
    "find_cascade_thresholds",
    "find_score_threshold",
    "find_threshold",
    "risk_coverage_curve",
    "selective_accuracy_score",
    "selective_report",
]
