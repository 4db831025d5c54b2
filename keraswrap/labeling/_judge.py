"""Judge annotators by people: a label for each row, or why there is none. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from keraswrap.labeling._acceptance import Acceptance, accept
from keraswrap.labeling._people import NONE, TIED
from keraswrap.labeling._pool import cross_fit, equal_pool, fit_pool, log_views

__all__ = ["REASONS", "Said", "Verdict", "assign_folds", "judge", "weigh"]

# Why a row has no label.
REASONS = (
    "no text",
    "people disagree",
    "budget",
    "annotator failed",
    "no answer",
    "not measured",
    "not sure enough",
)
NO_TEXT, DISAGREE, BUDGET, FAILED, NO_ANSWER, NOT_MEASURED, UNSURE = REASONS
# With fewer labels by people, each family has one vote.
_FEWEST = 10
_UNASKED = "No random row was asked about in full, so there is nothing to measure by."


@dataclass(frozen=True, eq=False)
class Said:
    """What is known of each row.

    Parameters
    ----------
    proba : ndarray of shape (n, m, k)
        By annotator; NaN where there is no answer.
    asked : ndarray of shape (n, m), bool
    used : ndarray of shape (m,), bool
        Annotators whose answers count.
    families : ndarray of shape (m,), int
    truth : ndarray of shape (n,), int
        By people; -1 without a label, -2 where they disagree.
    audit : ndarray of shape (n,), bool
    there : ndarray of shape (n,), bool
        Rows that have a text.
    folds : ndarray of shape (n,), int
    missing : {"budget", "annotator failed"}
        Why some rows were not asked about.
    """

    proba: np.ndarray
    asked: np.ndarray
    used: np.ndarray
    families: np.ndarray
    truth: np.ndarray
    audit: np.ndarray
    there: np.ndarray
    folds: np.ndarray
    missing: str

    @property
    def complete(self) -> np.ndarray:
        """Whether all annotators that count were asked about each row, of shape (n,)."""
        asked = self.asked[:, self.used].all(axis=1) if self.used.any() else self.asked.any(axis=1)
        return self.there & asked

    @property
    def answered(self) -> np.ndarray:
        """Whether any annotator that counts answered, of shape (n,)."""
        return (~np.isnan(self.proba[:, self.used]).any(axis=2)).any(axis=1)


@dataclass(frozen=True, eq=False)
class Verdict:
    """What follows for each row.

    Parameters
    ----------
    class_proba : ndarray of shape (n, k)
        NaN where nobody answered. For rows that people labeled, from weights that were
        learned without their label.
    codes : ndarray of shape (n,), int
        Index of the label; -1 for open rows.
    source : ndarray of shape (n,), object
        "people", "machine" or None.
    why : ndarray of shape (n,), object
        One of `REASONS`, None for rows with a label.
    weights : ndarray of shape (m,)
    acceptance : Acceptance
    """

    class_proba: np.ndarray
    codes: np.ndarray
    source: np.ndarray
    why: np.ndarray
    weights: np.ndarray
    acceptance: Acceptance


def assign_folds(truth: np.ndarray, texts: np.ndarray, cv: int, seed: int) -> np.ndarray:
    """Return the fold of each row that has a label, -1 for others; equal texts share one.

    Examples
    --------
    >>> assign_folds(np.array([0, 0, 1, -1]), np.array(["a", "a", "b", "c"]), 2, 0).tolist()
    [0, 0, 1, -1]
    """
    known = np.flatnonzero(truth >= 0)
    _, first, same = np.unique(texts[known].astype(str), return_index=True, return_inverse=True)
    order = np.random.default_rng(seed).permutation(len(first))
    # One class after the other, so that each is spread over all folds.
    order = order[np.argsort(truth[known][first][order], kind="stable")]
    fold = np.empty(len(first), dtype=np.int64)
    fold[order] = np.arange(len(first)) % cv
    folds = np.full(len(truth), -1)
    folds[known] = fold[same]
    return folds


def judge(
    said: Said,
    weighed: tuple[np.ndarray, np.ndarray],
    asked: tuple[float, float],
    promise: str,
) -> Verdict:
    """Accept the labels that are right often enough.

    Parameters
    ----------
    said : Said
    weighed : (ndarray of shape (n, k), ndarray of shape (m,))
        Probabilities and weights, as from `weigh`.
    asked : (float, float)
        Target error and confidence.
    promise : {"accepted", "all"}
    """
    class_proba, weights = weighed
    top = np.where(np.isnan(class_proba), -1.0, class_proba).argmax(axis=1)
    scores = np.where(said.answered, np.nan_to_num(class_proba.max(axis=1)), -np.inf)
    measured = said.audit & said.complete & (said.truth != NONE)
    correct = (said.truth == top)[measured]
    found = accept(scores[measured], correct, asked, promise, int(said.complete.sum()))
    if not measured.any() and said.audit.any():
        found = replace(found, reason=_UNASKED)
    why = _explain(said, found, scores)
    accepted = np.array([reason is None for reason in why]) & (said.truth < 0)
    codes = np.where(said.truth >= 0, said.truth, np.where(accepted, top, -1))
    source = np.full(len(codes), None, dtype=object)
    source[accepted], source[said.truth >= 0] = "machine", "people"
    return Verdict(class_proba, codes, source, why, weights, found)


def weigh(said: Said) -> tuple[np.ndarray, np.ndarray]:
    """Combine annotators' answers by weights that people's labels set.

    Returns
    -------
    class_proba : ndarray of shape (n, k)
        As in `Verdict`.
    weights : ndarray of shape (m,)
        0 for annotators whose answers do not count.
    """
    views, families = log_views(said.proba[:, said.used]), said.families[said.used]
    families = np.unique(families, return_inverse=True)[1]
    known = (said.truth >= 0) & said.complete & said.answered
    folds = said.folds[known]
    weights = np.zeros(said.proba.shape[1])
    if known.sum() < _FEWEST or len(np.unique(folds)) < 2:
        pool = equal_pool(families, said.proba.shape[2])
        found = pool.combine(views)
    else:
        pool = fit_pool(views[known], said.truth[known], families)
        found = pool.combine(views)
        found[known] = cross_fit(views[known], said.truth[known], families, folds)
    weights[said.used] = pool.weights
    found[~said.answered] = np.nan
    return found, weights


def _explain(said: Said, found: Acceptance, scores: np.ndarray) -> np.ndarray:
    """Return why each row is open; None where it is not."""
    reasons = {
        UNSURE: scores < found.threshold,
        NOT_MEASURED: np.full(len(scores), not found.n_audit),
        NO_ANSWER: ~said.answered,
        said.missing: ~said.complete,
        DISAGREE: said.truth == TIED,
        NO_TEXT: ~said.there,
    }
    why = np.full(len(scores), None, dtype=object)
    for reason, holds in reasons.items():
        why[holds] = reason
    why[said.truth >= 0] = None
    return why
