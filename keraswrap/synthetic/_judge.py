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
from keraswrap.synthetic._training_rows import TrainingRows, as_column

__all__ = ["Judge", "check_judge", "default_judge", "has_others", "is_fittable"]

# Share of the real rows of a class that are as unlike it as a text that is rejected.
_UNLIKELY = 0.1


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


def has_others(rows: TrainingRows, label: object) -> bool:
    """Return whether other classes have a text that this one lacks, so that a judge knows two."""
    of_label = {normalize_text(rows.texts[row]) for row in rows.of(label)}
    others = (rows.texts[row] for row in np.flatnonzero(rows.labels != label))
    return any(text.strip() and normalize_text(text) not in of_label for text in others)


class Judge:
    """Classifiers that each leave out one fold of a class, fitted when they are first asked.

    Parameters
    ----------
    estimator : classifier or None
        Of texts; by default TF-IDF of words and a balanced logistic regression.
    rows : TrainingRows
    label : object
        The class.
    folds : list of ndarray
        Its rows, by fold.
    """

    def __init__(
        self,
        estimator: BaseEstimator | None,
        rows: TrainingRows,
        label: object,
        folds: list[np.ndarray],
    ) -> None:
        self._estimator = default_judge() if estimator is None else estimator
        self._rows, self._label, self._folds = rows, label, folds
        self._fitted: dict[int, tuple[BaseEstimator, float]] = {}

    def find_other(self, text: str, fold: int) -> object | None:
        """Return the class of a text if it is surely another one; None if it is not.

        A text is of another class if that one is likelier, by a classifier that has not
        seen a fold, and the text is less likely of its own class than a tenth of the rows
        of the fold are; with up to ten, than all of them. A classifier that knows few
        rows of a class rarely finds it likeliest, even for rows that are of it.
        """
        if fold not in self._fitted:
            self._fitted[fold] = self._fit(fold)
        judge, least = self._fitted[fold]
        column = as_column([text])
        if not hasattr(judge, "predict_proba"):
            likeliest = np.asarray(judge.predict(column)).tolist()[0]
            return None if likeliest == self._label else likeliest
        proba, own = self._probabilities(judge, column)
        likeliest = np.asarray(judge.classes_)[proba[0].argmax()].tolist()
        return None if likeliest == self._label or own[0] >= least else likeliest

    def _fit(self, fold: int) -> tuple[BaseEstimator, float]:
        keys = [normalize_text(text) for text in self._rows.texts]
        out = {"", *(keys[row] for row in self._folds[fold])}  # with copies of what is shown
        kept = [n for n, key in enumerate(keys) if key not in out]
        texts = as_column([self._rows.texts[n] for n in kept])
        judge = clone(self._estimator).fit(texts, self._rows.labels[kept])
        if not hasattr(judge, "predict_proba"):
            return judge, 0.0
        held = as_column([self._rows.texts[row] for row in self._folds[fold]])
        own = self._probabilities(judge, held)[1]
        return judge, float(np.quantile(own, _UNLIKELY, method="lower"))

    def _probabilities(
        self, judge: BaseEstimator, column: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the probabilities of all classes, and of this one."""
        proba = np.asarray(judge.predict_proba(column))
        place = np.asarray(judge.classes_).tolist().index(self._label)
        return proba, proba[:, place]
