"""Answer only where errors are surely rare: thresholds with an exact bound on the error."""

from keraswrap.selective._threshold import (
    SelectiveThreshold,
    find_score_threshold,
    find_threshold,
)

__all__ = [
    "SelectiveThreshold",
    "find_score_threshold",
    "find_threshold",
]
