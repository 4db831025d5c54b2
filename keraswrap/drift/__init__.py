"""Watch a fitted classifier: have inputs or shares moved, does the model fail."""

from keraswrap.drift._facts import Fact
from keraswrap.drift._monitor import DriftMonitor
from keraswrap.drift._report import DriftReport
from keraswrap.drift._results import Accuracy, ClassShare, DriftRow, DriftTest, Statement

__all__ = [
    "Accuracy",
    "ClassShare",
    "DriftMonitor",
    "DriftReport",
    "DriftRow",
    "DriftTest",
    "Fact",
    "Statement",
]
