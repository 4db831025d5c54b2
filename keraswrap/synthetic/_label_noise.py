"""Find which labels of texts a classifier disputes that knows held-out rows alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from keraswrap.issues import find_label_issues

__all__ = ["dispute", "why_no_labels"]

_FOLDS = 5


def why_no_labels(labels: np.ndarray | None, own: np.ndarray | None) -> str:
    """Return why labels cannot be judged, or "" if they can.

    Parameters
    ----------
    labels : ndarray of shape (m,), or None
        Of the held-out rows.
    own : ndarray of shape (n,), or None
        Of the texts.

    Examples
    --------
    >>> why_no_labels(None, None)
    'labels were not judged: pass a table of texts, and y_holdout'
    """
    if labels is None or own is None:
        return "labels were not judged: pass a table of texts, and y_holdout"
    classes, counts = np.unique(labels, return_counts=True)
    known = classes[counts > 1]
    if len(known) < 2 or not np.isin(own, known).all():
        return (
            "labels were not judged: it takes two held-out rows of each class of the texts, and "
            "of one other class"
        )
    return ""


def dispute(
    estimator: BaseEstimator,
    real: tuple[Sequence[str], np.ndarray],
    made: tuple[Sequence[str], np.ndarray],
    seed: int,
) -> tuple[np.ndarray, float]:
    """Return which labels of texts are issues, and the share of issues in held-out rows.

    Parameters
    ----------
    estimator : classifier of texts with predict_proba
    real, made : tuple of texts and labels
    seed : int
        Of the folds in which held-out rows are judged.

    Returns
    -------
    is_issue : ndarray of shape (n,), bool
    real_share : float
    """
    texts, labels = real
    classes, counts = np.unique(labels, return_counts=True)
    kept = np.isin(labels, classes[counts > 1])
    X, y = np.array(texts, dtype=object)[kept], labels[kept]
    folds = StratifiedKFold(
        min(_FOLDS, int(counts[counts > 1].min())), shuffle=True, random_state=seed
    )
    own = cross_val_predict(estimator, X, y, cv=folds, method="predict_proba")
    fitted = clone(estimator).fit(X, y)
    proba = np.concatenate([own, fitted.predict_proba(np.array(made[0], dtype=object))])
    found = find_label_issues(
        proba, y=np.concatenate([y, made[1]]), classes=fitted.classes_, out_of_sample=True
    )
    return found.is_issue[len(y) :], float(found.is_issue[: len(y)].mean())
