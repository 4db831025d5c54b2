"""Estimate how many labels are wrong: by class, in all, and among the next rows. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from keraswrap._wording import counted
from keraswrap.exceptions import ParameterError
from keraswrap.issues._chunks import find_top, in_pieces, of_labels
from keraswrap.issues.labels._evidence import shows_class_noise
from keraswrap.issues.labels._label_issues import LabelIssues, check_issues
from keraswrap.issues.labels._noise import NoiseModel, find_noise, find_truth

# Draws of the noise model, whose quantiles are the ends of the intervals.
_DRAWS = 1000
# Share by which intervals are widened: with 77 classes, the most confident rows have a tenth fewer
# errors than others.
_MORE = 0.1
# Weight of noise by class where the probabilities do not show it.
_DOUBT = 0.5
_KNOWN = (
    "The model disputes labels as often where it is sure as elsewhere: they go wrong by class, and "
    "can be counted without a look."
)
_UNKNOWN = (
    "The model disputes {}. Without a look nobody can tell how many of them are wrong, "
    "and how many are mistakes of the model on hard rows."
)

__all__ = ["NoiseEstimates", "estimate_noise"]


@dataclass(frozen=True, eq=False)
class NoiseEstimates:
    """Estimates of label noise in the data as a whole.

    Parameters
    ----------
    per_class : DataFrame
        By given label: ``n``, its number of rows; ``share_wrong``, in [0, 1], and its
        interval ``low`` to ``high``.
    joint : ndarray of shape (k, k)
        Share of the rows by given label and estimated true label.
    overlaps : DataFrame
        Pairs of confused classes: ``class_1``, ``class_2``, ``share`` of the rows, in
        descending order.
    n_errors : tuple of 3 floats
        Estimated number of wrong labels, and its interval.
    p_wrong : ndarray of shape (n,)
        Probability that each label is wrong.
    level : float
        Level of the intervals.
    order : ndarray of shape (n,), int
        Positions of the rows, those to look at first at the front.
    reason : str
        Why the intervals are as wide as they are.
    by_class : bool
        Whether the probabilities show that labels go wrong by class. Otherwise people's
        mistakes on hard rows cannot be told from the model's.
    """

    per_class: pd.DataFrame
    joint: np.ndarray
    overlaps: pd.DataFrame
    n_errors: tuple[float, float, float]
    p_wrong: np.ndarray
    level: float
    order: np.ndarray
    reason: str = ""
    by_class: bool = False

    def precision_next(self, n: int = 100, seen: int = 0) -> float:
        """Return the expected share of wrong labels among the next rows to look at.

        Parameters
        ----------
        n : int ≥ 1, default=100
        seen : int ≥ 0, default=0
            How many of the worst rows have already been looked at.

        Returns
        -------
        float
            In [0, 1]; NaN if no row is left.

        Raises
        ------
        ParameterError
            If n or seen is below its minimum.
        """
        if n < 1:
            raise ParameterError(f"Expected n ≥ 1, the rows to look at next, got {n}.")
        _check_seen(seen)
        rows = self.order[seen : seen + n]
        return float(self.p_wrong[rows].mean()) if len(rows) else float("nan")

    def errors_left(self, seen: int = 0) -> float:
        """Return how many errors are expected beyond the rows already looked at.

        Parameters
        ----------
        seen : int ≥ 0, default=0
            How many of the worst rows have been looked at.

        Returns
        -------
        float
            The sum of the remaining rows' probabilities of a wrong label.

        Raises
        ------
        ParameterError
            If seen is below 0.
        """
        _check_seen(seen)
        return float(self.p_wrong[self.order[seen:]].sum())


def estimate_noise(issues: LabelIssues, *, level: float = 0.95) -> NoiseEstimates:
    """Estimate how many labels are wrong, and which classes are confused.

    Parameters
    ----------
    issues : LabelIssues
    level : float in (0, 1), default=0.95
        Level of the intervals.

    Returns
    -------
    NoiseEstimates

    Raises
    ------
    ParameterError
        If the level is outside (0, 1).
    InputTypeError
        If issues have another type.

    Notes
    -----
    A model disputes labels because they are wrong, or because it is. If labels go wrong
    by class, independently of the row, it disputes as many where it is sure as elsewhere.
    Where the probabilities show this beyond doubt, `by_class` is True: Bayes' rule then
    says how likely each label is wrong, and the lower end of the interval comes from draws
    of the transition matrix. The upper end allows for all disputed labels.

    Otherwise the errors may be people's, on hard rows, where the model errs too. Then
    nothing is known without a look: the interval reaches from 0 to the number of disputed
    labels, or to the most that noise by class would explain, and each row's probability
    is half of what it would be under noise by class. `review_plan` draws some rows to
    judge, which tell. The intervals of single classes always reach from 0 to that.

    Examples
    --------
    >>> from keraswrap.issues import find_label_issues
    >>> proba = np.array([[0.97, 0.03]] * 100 + [[0.03, 0.97]] * 100)
    >>> given = [1] * 5 + [0] * 95 + [1] * 100
    >>> noise = estimate_noise(find_label_issues(proba, y=given, out_of_sample=True))
    >>> noise.by_class, noise.n_errors[1] <= 5 <= noise.n_errors[2]
    (False, True)
    """
    check_issues(issues)
    if not 0 < level < 1:
        raise ParameterError(f"Expected level between 0 and 1, got {level!r}. Take 0.95.")
    codes, noise = issues.codes, find_noise(issues.codes, issues.proba)
    rows = np.bincount(codes, minlength=len(issues.classes))
    p_wrong, joint = _find_wrong(codes, issues.proba, noise)
    ends, total = [(1 - level) / 2, (1 + level) / 2], float(p_wrong.sum())
    share = _divide(joint.sum(axis=1) - np.diag(joint), rows)
    disputed = np.bincount(codes[find_top(issues.proba).best != codes], minlength=len(rows))
    drawn, point = _draw(noise, joint.sum(axis=0))
    # A class may have no wrong label at all, or all of its disputed labels may be wrong.
    high = _around(share, point, np.quantile(drawn, ends, axis=0))[1]
    high = np.maximum(high, _divide(disputed, rows))
    all_low, all_high = _around(total, point @ rows, np.quantile(drawn @ rows, ends))
    known = shows_class_noise(codes, issues.proba)
    if not known:
        joint = _DOUBT * joint + (1 - _DOUBT) * np.diag(joint.sum(axis=1))
        p_wrong, share, total = _DOUBT * p_wrong, _DOUBT * share, _DOUBT * total
        all_low = np.zeros(())
    # If the model has learned an error by class, it disputes more labels than its most confident
    # predictions explain: the upper end allows for all of them.
    all_low = all_low * (1 - _MORE)
    all_high = np.maximum(all_high * (1 + _MORE * known), disputed.sum())
    columns = {"n": rows, "share_wrong": share, "low": 0.0, "high": np.minimum(high, 1)}
    return NoiseEstimates(
        pd.DataFrame(columns, index=pd.Index(issues.classes, name="class")),
        joint / joint.sum(),
        _pairs(joint / joint.sum(), issues.classes),
        (total, float(all_low), min(float(all_high), float(len(issues)))),
        p_wrong,
        level,
        issues.ranking(),
        _KNOWN if known else _UNKNOWN.format(counted(int(disputed.sum()), "label")),
        known,
    )


def by_class(issues: LabelIssues) -> np.ndarray:
    """Return how likely each label is wrong if labels go wrong by class, of shape (n,)."""
    noise = find_noise(issues.codes, issues.proba)
    return _find_wrong(issues.codes, issues.proba, noise)[0]


def _find_wrong(
    codes: np.ndarray, proba: np.ndarray, noise: NoiseModel
) -> tuple[np.ndarray, np.ndarray]:
    """Return the probability that each label is wrong, and row counts by given and true label."""
    joint = np.zeros(noise.transition.shape)

    def wrong(codes: np.ndarray, proba: np.ndarray) -> np.ndarray:
        truth = find_truth(codes, proba, noise)
        for code in range(len(joint)):
            joint[code] += truth[codes == code].sum(axis=0)
        return 1 - of_labels(codes, truth)

    return in_pieces(wrong, codes, proba), joint


def _check_seen(seen: int) -> None:
    if seen < 0:
        raise ParameterError(f"Expected seen ≥ 0, the rows that were looked at, got {seen}.")


def _draw(noise: NoiseModel, true: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return shares of wrong labels by class: draws, of shape (draws, k), and point estimates."""
    drawn = noise.draw(_DRAWS, np.random.default_rng(0))
    return _shares(drawn, true), _shares(noise.transition[None], true)[0]


def _shares(transition: np.ndarray, true: np.ndarray) -> np.ndarray:
    right = true * np.diagonal(transition, axis1=1, axis2=2)
    return 1 - _divide(right, np.einsum("i,dij->dj", true, transition), empty=1.0)


def _divide(above: np.ndarray, below: np.ndarray, empty: float = 0.0) -> np.ndarray:
    return np.divide(above, below, out=np.full(np.shape(above), empty), where=below > 0)


def _around(value: ArrayLike, point: ArrayLike, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    # Draws are of noise by class alone, so their center may differ from the sum over the rows: the
    # lower end keeps its ratio to the center, so as to stay above 0, the upper end its distance.
    low = np.asarray(value) * _divide(ends[0], np.asarray(point), empty=1.0)
    return np.minimum(low, value), np.maximum(np.asarray(value) + ends[1] - point, value)


def _pairs(joint: np.ndarray, classes: np.ndarray) -> pd.DataFrame:
    first, second = np.triu_indices(len(classes), 1)
    share = joint[first, second] + joint[second, first]
    table = {"class_1": classes[first], "class_2": classes[second], "share": share}
    frame = pd.DataFrame(table).sort_values("share", ascending=False, kind="stable")
    return frame.reset_index(drop=True)
