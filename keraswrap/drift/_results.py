"""The parts of a drift report, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Accuracy", "ClassShare", "DriftRow", "DriftTest", "Statement"]

YES, NO_SIGN = "yes", "no sign"
OPEN, TOO_FEW = "cannot be told without labels", "too few rows"


@dataclass(frozen=True)
class Statement:
    """One of the three things that a report states.

    Parameters
    ----------
    name : {"inputs_moved", "shares_moved", "model_fails"}
    answer : str
        ``"yes"``, ``"no sign"``, ``"cannot be told without labels"`` or ``"too few rows"``,
        which is said of fewer than 30 new rows that are not clearly different.
    reason : str
        Why, in plain English.
    p_value : float
        Corrected for the tests of this statement.
    adjusted_p : float
        Corrected for the three statements too: at most the level if something was found.
    """

    name: str
    answer: str
    reason: str
    p_value: float
    adjusted_p: float


@dataclass(frozen=True)
class DriftTest:
    """A test of old against new rows.

    Parameters
    ----------
    name : str
        ``"vectors"``, ``"columns"``, ``"facts"``, ``"unseen words"`` or ``"outputs"`` of the
        inputs; ``"mean outputs"`` or ``"labels"`` of the shares; ``"expected accuracy"`` or
        ``"real accuracy"`` of the model.
    statement : str
        What it speaks for.
    auc, low, high : float or None
        How well new rows are told from old ones, with its 95% interval, if that is tested.
    p_value : float
        Of this test alone.
    adjusted_p : float
        Corrected for all tests of the report.
    """

    name: str
    statement: str
    auc: float | None
    low: float | None
    high: float | None
    p_value: float
    adjusted_p: float


@dataclass(frozen=True)
class ClassShare:
    """The share of one class.

    Parameters
    ----------
    label : object
    reference : float
        By the labels of the reference.
    new, low, high : float
        Re-estimated without labels, with its 95% interval, which is never narrower than if
        the labels of as many rows had been counted.
    labeled : float or None
        By the labels of new rows, where there are any.
    """

    label: object
    reference: float
    new: float
    low: float
    high: float
    labeled: float | None


@dataclass(frozen=True)
class Accuracy:
    """Accuracy on old and new rows; intervals are of 95%.

    Parameters
    ----------
    reference, reference_low, reference_high : float
        On the reference.
    expected, expected_low, expected_high : float or None
        On the new rows, by calibrated probabilities under the new shares: right only if
        labels mean what they meant. None for fewer than 30 rows.
    real, real_low, real_high : float or None
        On the new rows that have a label.
    n_labeled : int
    detectable_drop : float or None
        The drop of accuracy that so many labels show with a probability of 80%; None
        without labels, or if they show none.
    """

    reference: float
    reference_low: float
    reference_high: float
    expected: float | None
    expected_low: float | None
    expected_high: float | None
    real: float | None
    real_low: float | None
    real_high: float | None
    n_labeled: int
    detectable_drop: float | None


@dataclass(frozen=True)
class DriftRow:
    """A new row to look at.

    Parameters
    ----------
    row : int
        Its position among the new rows.
    text : str
        The text, or the columns of the row.
    predicted : object
        The most probable class.
    confidence : float
        Its probability, as the model gives it.
    newness : float
        Share of the reference's rows that look less new, out of fold.
    """

    row: int
    text: str
    predicted: object
    confidence: float
    newness: float
