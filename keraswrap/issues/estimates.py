"""How much is wrong: by class, in all, and among the rows that come next. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import expit, logit
from scipy.stats import norm

from keraswrap.exceptions import ParameterError
from keraswrap.issues.table import LabelIssues

__all__ = ["NoiseEstimates", "estimate_noise"]


@dataclass(frozen=True, eq=False)
class NoiseEstimates:
    """What probabilities say of the labels as a whole.

    Parameters
    ----------
    per_class : DataFrame
        By given label: ``n``, its rows; ``share_wrong``, in [0, 1], and its
        interval ``low`` to ``high``.
    joint : ndarray of shape (k, k)
        Share of the rows by given label and by what they are thought to be.
    overlaps : DataFrame
        Pairs of classes taken for each other: ``class_1``, ``class_2``,
        ``share`` of the rows, in descending order.
    n_errors : tuple of 3 floats
        Wrong labels in all, and the interval.
    p_wrong : ndarray of shape (n,)
        How likely each label is wrong.
    level : float
        Of the intervals.
    order : ndarray of shape (n,), int
        Rows, those to look at first at the front.
    """

    per_class: pd.DataFrame
    joint: np.ndarray
    overlaps: pd.DataFrame
    n_errors: tuple[float, float, float]
    p_wrong: np.ndarray
    level: float
    order: np.ndarray

    def precision_next(self, n: int = 100, seen: int = 0) -> float:
        """Say what share of the next rows to look at is expected to be wrong.

        Parameters
        ----------
        n : int, default=100
        seen : int, default=0
            How many, from the worst on, have been looked at.

        Returns
        -------
        float
            In [0, 1]; NaN where no row is left.
        """
        rows = self.order[seen : seen + n]
        return float(self.p_wrong[rows].mean()) if len(rows) else float("nan")

    def errors_left(self, seen: int = 0) -> float:
        """Say how many errors are expected beyond the first rows.

        Parameters
        ----------
        seen : int, default=0
        """
        return float(self.p_wrong[self.order[seen:]].sum())


def estimate_noise(issues: LabelIssues, *, level: float = 0.95) -> NoiseEstimates:
    """Estimate how many labels are wrong, and which for which.

    Parameters
    ----------
    issues : LabelIssues
    level : float in (0, 1), default=0.95
        Of the intervals.

    Returns
    -------
    NoiseEstimates

    Raises
    ------
    ParameterError
        If the level is another.

    Notes
    -----
    The joint of given and true labels is cleanlab's confident joint (Northcutt
    et al., 2021). Intervals say how far the rows that were counted may mislead:
    Wilson's (1927) for each class, put together by the method of variance
    estimates recovery (Zou and Donner, 2008). They do not say how far the
    model's own mistakes do, which are counted as errors too. A row's
    probability of being wrong is that of its label under the model, shifted
    alike for all, on the scale of the logit, to add up to the errors estimated.

    Examples
    --------
    >>> from keraswrap.issues import find_label_issues
    >>> proba = np.array([[0.9, 0.1]] * 45 + [[0.1, 0.9]] * 55)
    >>> found = find_label_issues(proba, y=[0] * 50 + [1] * 50, out_of_sample=True)
    >>> noise = estimate_noise(found)
    >>> noise.per_class.share_wrong.tolist()
    [0.1, 0.0]
    """
    if not 0 < level < 1:
        raise ParameterError(f"Expected level between 0 and 1, got {level!r}. Take 0.95.")
    counts, joint = count_confident(issues)
    rows = np.bincount(issues.codes, minlength=len(issues.classes))
    share = _off_diagonal(joint)
    low, high = wilson(_off_diagonal(counts), counts.sum(axis=1), level)
    # Calibration may move the share past the interval of what was counted.
    low, high = np.minimum(low, share), np.maximum(high, share)
    per_class = pd.DataFrame(
        {"n": rows, "share_wrong": share, "low": low, "high": high},
        index=pd.Index(issues.classes, name="class"),
    )
    total = _total(rows, share, low, high)
    p_wrong = _shift(1 - _own(issues), total[0])
    whole = joint / joint.sum()
    pairs = _pairs(whole, issues.classes)
    return NoiseEstimates(per_class, whole, pairs, total, p_wrong, level, issues.ranking())


def count_confident(issues: LabelIssues) -> tuple[np.ndarray, np.ndarray]:
    """Count rows by given label and by the class that they confidently are of.

    Returns
    -------
    counts : ndarray of shape (k, k)
        Rows that are confidently of some class.
    joint : ndarray of shape (k, k)
        The same, scaled to all rows of each label.
    """
    from cleanlab.count import calibrate_confident_joint, compute_confident_joint

    proba = np.asarray(issues.proba)
    counts = compute_confident_joint(issues.codes, proba, calibrate=False)
    return counts, np.asarray(calibrate_confident_joint(counts, issues.codes), dtype=np.float64)


def _off_diagonal(counts: np.ndarray) -> np.ndarray:
    rows = counts.sum(axis=1)
    others = np.asarray(rows - np.diag(counts), dtype=np.float64)
    return np.divide(others, rows, out=np.zeros(len(rows)), where=rows > 0)


def wilson(share: np.ndarray, n: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Give Wilson's interval of a share.

    Parameters
    ----------
    share : ndarray of shape (k,)
        In [0, 1].
    n : ndarray of shape (k,)
        Of how many; nothing is known where it is 0.
    level : float in (0, 1)

    Returns
    -------
    low, high : ndarray of shape (k,)

    Examples
    --------
    >>> [round(float(end[0]), 3) for end in wilson(np.array([0.1]), np.array([100]), 0.95)]
    [0.055, 0.174]
    """
    z = norm.ppf((1 + level) / 2)
    n = np.asarray(n, dtype=np.float64)
    weight = np.divide(1, n, out=np.full(len(n), np.inf), where=n > 0)
    with np.errstate(invalid="ignore"):
        middle = (share + z**2 * weight / 2) / (1 + z**2 * weight)
        half = z * np.sqrt(share * (1 - share) * weight + (z * weight) ** 2 / 4)
        half = half / (1 + z**2 * weight)
    low, high = np.maximum(middle - half, 0), np.minimum(middle + half, 1)
    return np.where(n > 0, low, 0.0), np.where(n > 0, high, 1.0)


def _total(
    rows: np.ndarray, share: np.ndarray, low: np.ndarray, high: np.ndarray
) -> tuple[float, float, float]:
    total = float(rows @ share)
    below = np.sqrt(np.sum((rows * (share - low)) ** 2))
    above = np.sqrt(np.sum((rows * (high - share)) ** 2))
    return total, max(0.0, total - float(below)), min(float(rows.sum()), total + float(above))


def _own(issues: LabelIssues) -> np.ndarray:
    own = np.take_along_axis(np.asarray(issues.proba), issues.codes[:, None], axis=1)[:, 0]
    return np.asarray(own, dtype=np.float64)


def _shift(p: np.ndarray, total: float) -> np.ndarray:
    """Shift probabilities alike, by their logits, until they add up to a total."""
    scores = logit(np.clip(p, 1e-9, 1 - 1e-9))
    if not 0 < total < len(p):
        return np.full(len(p), float(total > 0))
    by = brentq(lambda shift: expit(scores + shift).sum() - total, -60, 60)
    return expit(scores + by)


def _pairs(joint: np.ndarray, classes: np.ndarray) -> pd.DataFrame:
    first, second = np.triu_indices(len(classes), 1)
    share = joint[first, second] + joint[second, first]
    table = {"class_1": classes[first], "class_2": classes[second], "share": share}
    frame = pd.DataFrame(table).sort_values("share", ascending=False, kind="stable")
    return frame.reset_index(drop=True)
