"""Define one way to look at rows: by an estimator, or by given probabilities."""

from __future__ import annotations

from dataclasses import dataclass

from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator

from keraswrap.exceptions import InputTypeError, ParameterError

__all__ = ["View"]

_READS = ("rows", "texts", "numbers")


@dataclass(frozen=True, eq=False)
class View:
    """One way to look at rows, which `find_label_issues` weighs against others.

    Errors that a model of words overlooks are often plain to one of sentence vectors,
    and the other way round.

    Parameters
    ----------
    name : str
        Name of the view in the result.
    estimator : classifier with predict_proba, optional
        Cloned for each fit.
    features : transformer, optional
        What turns rows into the features of `estimator`. It is fitted on all rows
        once, without labels; views that share one transformer share its features.
    proba : array-like of shape (n, k), optional
        Probabilities at hand, in place of an estimator. They must be out-of-sample.
    trained : bool, default=True
        Whether the estimator learns from the labels of single rows. A language model
        that is only asked does not: it is fitted once, and asked about each row once.
    reads : {"rows", "texts", "numbers"}, default="rows"
        What the view gets: the rows as they were passed, their texts as an array of
        shape (n,), or an array of numbers of shape (n, d).

    Raises
    ------
    ParameterError
        If there is not exactly one of `estimator` and `proba`, or a value is invalid.
    InputTypeError
        If the estimator has no ``fit``.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> View("linear", LogisticRegression()).trained
    True
    """

    name: str
    estimator: BaseEstimator | None = None
    features: BaseEstimator | None = None
    proba: ArrayLike | None = None
    trained: bool = True
    reads: str = "rows"

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name:
            raise ParameterError(f"Expected the name of a view, got {self.name!r}.")
        if (self.estimator is None) == (self.proba is None):
            raise ParameterError(
                f"Expected an estimator or probabilities as view {self.name!r}, got "
                f"{'neither' if self.proba is None else 'both'}. Pass one of them."
            )
        if self.estimator is not None and not hasattr(self.estimator, "fit"):
            raise InputTypeError(
                f"Expected a classifier as view {self.name!r}, got "
                f"{type(self.estimator).__name__}. Pass probabilities as proba=."
            )
        if self.reads not in _READS:
            raise ParameterError(
                f"Expected reads to be one of {', '.join(_READS)}, got {self.reads!r}."
            )
        if self.features is not None and self.estimator is None:
            raise ParameterError(
                f"Expected features with an estimator, got view {self.name!r} with probabilities."
            )
