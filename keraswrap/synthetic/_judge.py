"""Predict the class of a text by classifiers that have not seen the rows that it is made from."""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from keraswrap.exceptions import InputTypeError
from keraswrap.issues.rows._groups import normalize_text
from keraswrap.synthetic._copies import words_of
from keraswrap.synthetic._training_rows import TrainingRows

__all__ = ["Judge", "check_judge", "default_judge", "is_fittable"]

# Share of the classes that count as likely: knowing a few rows of a rare class, a classifier
# rarely puts it first among many, even where the text is right.
_LIKELY = 0.1


def default_judge() -> BaseEstimator:
    """Return words in a balanced logistic regression: quick, and fair to rare classes."""
    head = LogisticRegression(C=10, class_weight="balanced", max_iter=300)
    return make_pipeline(
        TfidfVectorizer(sublinear_tf=True, tokenizer=_tokens, token_pattern=None), head
    )


def _tokens(text: str) -> list[str]:
    return words_of(text) or [text.strip()]  # a text without words is a word


def is_fittable(estimator: object) -> bool:
    """Return whether something is a classifier, and no class of them.

    Examples
    --------
    >>> is_fittable(default_judge()), is_fittable(LogisticRegression)
    (True, False)
    """
    fits = hasattr(estimator, "fit") and not isinstance(estimator, type)
    return fits and is_classifier(estimator)


def check_judge(judge: object) -> None:
    """Raise InputTypeError unless it is a classifier of texts, or None."""
    if judge is not None and not is_fittable(judge):
        raise InputTypeError(f"Expected judge as a classifier of texts, got {judge!r:.60}.")


class Judge:
    """Classifiers that each leave out one fold of a class, fitted when they are first asked.

    Parameters
    ----------
    estimator : classifier or None
        Of texts; by default TF-IDF of words and a balanced logistic regression.
    rows : TrainingRows
    folds : list of ndarray
        Rows of the class, by fold.
    """

    def __init__(
        self, estimator: BaseEstimator | None, rows: TrainingRows, folds: list[np.ndarray]
    ) -> None:
        self._estimator = default_judge() if estimator is None else estimator
        self._rows, self._folds = rows, folds
        self._fitted: dict[int, BaseEstimator] = {}

    def likely(self, text: str, fold: int) -> list[object]:
        """Return the likeliest classes of a text, by the classifier that has not seen a fold.

        Returns
        -------
        list
            The likeliest first: a tenth of the classes, and at least one. A classifier
            without probabilities has one.
        """
        if fold not in self._fitted:
            self._fitted[fold] = self._fit(fold)
        judge, column = self._fitted[fold], np.array([text], dtype=object)
        if not hasattr(judge, "predict_proba"):
            return np.asarray(judge.predict(column)).tolist()
        order = np.argsort(-np.asarray(judge.predict_proba(column))[0], kind="stable")
        most = max(1, round(_LIKELY * len(order)))
        return np.asarray(judge.classes_)[order[:most]].tolist()

    def _fit(self, fold: int) -> BaseEstimator:
        keys = [normalize_text(text) for text in self._rows.texts]
        out = {"", *(keys[row] for row in self._folds[fold])}  # with copies of what is shown
        kept = [n for n, key in enumerate(keys) if key not in out]
        texts = np.array([self._rows.texts[n] for n in kept], dtype=object)
        return clone(self._estimator).fit(texts, self._rows.labels[kept])
