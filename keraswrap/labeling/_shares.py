"""Estimate the shares of classes: predictions for all rows, corrected by people's random rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import norm

from keraswrap.exceptions import InputError
from keraswrap.labeling._annotators import TRAINED
from keraswrap.labeling._table import LabelTable, check_table
from keraswrap.selective._bounds import check_share

__all__ = ["correct_share", "estimate_share"]


def estimate_share(table: LabelTable, confidence: float = 0.9) -> pd.DataFrame:
    """Estimate the share of each class among the rows, with intervals.

    Counting a model's labels is biased, however many there are. People's random rows reveal
    the bias, and the model's probabilities for all rows narrow the interval.

    Parameters
    ----------
    table : LabelTable
        With at least 10 audit rows.
    confidence : float in (0, 1), default=0.9
        Confidence of each interval by itself.

    Returns
    -------
    DataFrame
        One row per class: ``share``, ``low`` and ``high``, in [0, 1]; ``counted``, the share
        among the suggested labels; ``audit``, that among the audit rows alone.

    Raises
    ------
    InputError
        If the audit has fewer than 10 rows.
    InputTypeError
        If `table` is not from `label_texts`.
    ParameterError
        If `confidence` is out of range.

    Notes
    -----
    Prediction-powered inference with power tuning (Angelopoulos, Duchi and Zrnic 2023,
    PPI++, arXiv:2311.01453), for a finite number of rows: the audit is a sample of them
    without replacement. Two residuals of size 1 are added to the variance, as Agresti and
    Coull add successes and failures, so that intervals of rare classes hold, too. Each audit
    row is predicted without its own label. If a budget or a failure left rows unasked, only
    the audit rows count. Rows on which people disagree belong to no class, and lower the
    shares.

    Examples
    --------
    >>> from keraswrap.labeling import estimate_share, label_texts
    >>> rule = lambda texts: ["good" if "fine" in text else "bad" for text in texts]
    >>> people = ["good", "bad", "bad"] * 20 + [None] * 240
    >>> table = label_texts(["fine", "broke", "bad"] * 100, [rule], people)
    >>> estimate_share(table)[["share", "low", "high"]].round(2).values.tolist()
    [[0.66, 0.63, 0.7], [0.34, 0.3, 0.37]]
    """
    confidence = check_share(confidence, "confidence")
    there = check_table(table)._job.rows.there
    audit = table.audit
    if audit.sum() < 10:
        raise InputError(
            f"Expected at least 10 random rows that people labeled, got {int(audit.sum())}. Have "
            "people label some: ask_people(table, 50, audit=1.0)."
        )
    truth = table._job.people.truth(table.classes)
    k = len(table.classes)
    # Rows without an answer stay: annotators that abstain on one class would hide it.
    unknown = np.isnan(table.class_proba) | (not _is_whole(table))
    proba = np.where(unknown, 1 / k, table.class_proba)
    found = [
        correct_share(truth[audit] == code, proba[audit, code], proba[there, code], confidence)
        for code in range(k)
    ]
    frame = pd.DataFrame(found, columns=["share", "low", "high"])
    frame["counted"] = [
        (table.suggested[there] == label).mean() for label in table.classes.tolist()
    ]
    frame["audit"] = [(truth[audit] == code).mean() for code in range(k)]
    return frame.set_axis(pd.Index(table.classes, name="class"), axis=0)


def _is_whole(table: LabelTable) -> bool:
    """Return whether annotators were asked about all rows; if not, people's rows came first."""
    job = table._job
    told = [n for n, who in enumerate(job.annotators) if who.kind != TRAINED]
    sound = [n for n in told if job.annotators[n].name not in job.answers.problems] or told
    return bool(job.answers.asked[job.rows.there][:, sound].all())


def correct_share(
    truth: np.ndarray, seen: np.ndarray, everywhere: np.ndarray, confidence: float
) -> tuple[float, float, float]:
    """Return a share and its interval.

    Parameters
    ----------
    truth : ndarray of shape (a,), bool
        Whether each row of the sample is of the class.
    seen : ndarray of shape (a,)
        Its probability by the model.
    everywhere : ndarray of shape (n,)
        The probability of all rows, those of the sample included.
    confidence : float

    Examples
    --------
    >>> truth = np.arange(100) < 30
    >>> tuple(round(x, 2) for x in correct_share(truth, np.full(100, 0.5), np.full(900, 0.5), 0.9))
    (0.3, 0.23, 0.37)
    """
    n, spread = len(truth), seen.var()
    weight = float(np.clip(np.cov(truth, seen, ddof=0)[0, 1] / spread, 0, 1)) if spread else 0.0
    residuals = truth - weight * seen
    share = float(weight * everywhere.mean() + residuals.mean())
    gaps = residuals - residuals.mean()
    variance = float(gaps @ gaps + 2) / (n + 2)
    width = norm.isf((1 - confidence) / 2) * np.sqrt(
        variance / n * max(1 - n / len(everywhere), 0.0)
    )
    return share, max(share - float(width), 0.0), min(share + float(width), 1.0)
