"""Learn which messages belong to no route, from those that do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, OutlierMixin, clone
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.utils.validation import check_is_fitted

from keraswrap._data import check_order
from keraswrap._texts import check_texts
from keraswrap.exceptions import InputError, ParameterError
from keraswrap.routing._scope_views import ScopeModel, combine, fit_scope
from keraswrap.text import TextEmbedder

__all__ = ["OutOfScopeDetector", "check_routes"]


class OutOfScopeDetector(OutlierMixin, BaseEstimator):
    """Detect messages that belong to none of the routes.

    A classifier must name one of its classes, however foreign a text is to all of them.
    The detector asks two questions instead: how sure a classifier is, and how close the
    nearest message of the training rows is. Each answer counts by its rank among
    messages in scope that were not fitted, so that the two can be averaged, and a
    message is refused if it looks more foreign than a chosen share of these. Nobody has
    to guess a similarity.

    Parameters
    ----------
    embedder : transformer of texts, optional
        By default :class:`~keraswrap.text.TextEmbedder`. A TfidfVectorizer will do too,
        but does worse.
    classifier : scikit-learn classifier, optional
        Learns routes from vectors; by default logistic regression with ``C=10``.
    accept : float between 0.5 and 1, default=0.95
        Share of the messages in scope that should be accepted. The rest is the price.
    cv : int, at least 2, default=5
        Folds in which the training rows are scored; fewer where a route has fewer rows.
        Each leaves a model, and all of them view a new message.
    random_state : int, default=0
        Seed of the folds.

    Attributes
    ----------
    offset_ : float
        Threshold of `score_samples`: what is below it is out of scope.
    n_out_of_scope_ : int
        Number of examples out of scope in the training rows.
    classes_ : ndarray of str
        The routes.

    Notes
    -----
    Messages out of scope are not needed. Where some are known, with None as their
    route, they count only where one of them is nearer to a message than any message in
    scope: they should not make foreign messages of another kind look familiar.

    The score is a conformal p-value by cross-validation (CV+; Barber et al., 2021): the
    share of training rows in scope that seem at least as foreign under the model of
    their fold, which has not seen them, as the message does under the same model. A
    threshold from out-of-fold scores for a model of all rows would accept more than was
    asked for, since that model has more to compare with. It holds for messages like
    those of the training rows: a shop whose customers change has to measure again, with
    `MessageRouter.evaluate`. The nearest training row as a score goes back to Ramaswamy
    et al. (2000), the highest probability to Hendrycks and Gimpel (2017).

    Examples
    --------
    >>> from sklearn.feature_extraction.text import TfidfVectorizer
    >>> from keraswrap.routing import OutOfScopeDetector
    >>> messages = ["where is my parcel", "parcel is late", "refund please", "money back please"]
    >>> scope = OutOfScopeDetector(TfidfVectorizer(), accept=0.75, cv=2)
    >>> scope.fit(messages, ["parcel", "parcel", "refund", "refund"]).predict(
    ...     ["my parcel is late", "sing a song"]
    ... )
    array([ 1, -1])
    """

    def __init__(
        self,
        embedder: object = None,
        classifier: object = None,
        accept: float = 0.95,
        cv: int = 5,
        random_state: int = 0,
    ) -> None:
        self.embedder = embedder
        self.classifier = classifier
        self.accept = accept
        self.cv = cv
        self.random_state = random_state

    def fit(self, X: object, y: object) -> OutOfScopeDetector:
        """Learn from messages and their routes.

        Parameters
        ----------
        X : iterable of str
        y : sequence of str or None
            Routes; None for a message out of scope.

        Returns
        -------
        OutOfScopeDetector

        Raises
        ------
        InputTypeError, InputError
            If messages or routes cannot be used: fewer than two routes, or one with a
            single message.
        ParameterError
            If a parameter has an invalid value.
        """
        self._check_params()
        check_order({"X": X, "y": y})
        messages, routes = check_texts(X, empty="allow"), check_routes(y)
        inside, outside = _split(messages, routes)
        labels = np.array([route for route in routes if route is not None])
        folds = self._folds(labels)
        self._embedder = self._fixed_embedder([*inside, *outside])
        views = self._fit_folds(inside, labels, outside, folds)
        self._reference = np.sort(np.concatenate(views), axis=0)
        self._scores = [np.sort(combine(held, self._reference)) for held in views]
        self.classes_ = np.unique(labels)
        self.n_out_of_scope_ = len(outside)
        # Half a step above the last rank that is refused.
        refused = np.floor((len(labels) + 1) * (1 - self.accept) + 1e-9)
        self.offset_ = float((refused + 0.5) / (len(labels) + 1))
        return self

    def score_samples(self, X: object) -> np.ndarray:
        """Return how much each message seems to be in scope.

        Parameters
        ----------
        X : iterable of str

        Returns
        -------
        ndarray of shape (n,)
            Between 0 and 1; the lower, the more foreign: a p-value of being in scope.
        """
        check_is_fitted(self)
        rows = self._rows(check_texts(X, empty="allow"))
        views = (combine(model.view(rows), self._reference) for model in self._models)
        below = [
            np.searchsorted(known, scores, side="right")
            for known, scores in zip(self._scores, views, strict=True)
        ]
        return (np.sum(below, axis=0) + 1) / (sum(map(len, self._scores)) + 1)

    def decision_function(self, X: object) -> np.ndarray:
        """Return the score minus `offset_`: what is negative is out of scope.

        Parameters
        ----------
        X : iterable of str

        Returns
        -------
        ndarray of shape (n,)
        """
        return self.score_samples(X) - self.offset_

    def predict(self, X: object) -> np.ndarray:
        """Return 1 for messages in scope and -1 for others, as outlier detectors do.

        Parameters
        ----------
        X : iterable of str

        Returns
        -------
        ndarray of shape (n,), int
        """
        return np.where(self.decision_function(X) >= 0, 1, -1)

    def _fit_folds(
        self,
        inside: list[str],
        labels: np.ndarray,
        outside: list[str],
        folds: list[tuple[np.ndarray, np.ndarray]],
    ) -> list[np.ndarray]:
        """Fit a model for each fold, and view the rows that it has not seen."""
        rows = self._rows([*inside, *outside])
        foreign = _take(rows, len(inside) + np.arange(len(outside)))
        self._models: list[ScopeModel] = []
        views = []
        for kept, held in folds:
            embedder = clone(self.embedder) if self._embedder is None else None
            known = (_take(rows, kept), labels[kept], foreign)
            self._models.append(fit_scope(embedder, self._head(), known))
            views.append(self._models[-1].view(_take(rows, held)))
        return views

    def _fixed_embedder(self, texts: list[str]) -> Any:
        """Return the fitted embedder if it learns nothing from the rows, else None."""
        embedder = TextEmbedder(empty="allow") if self.embedder is None else self.embedder
        if isinstance(embedder, TextEmbedder | FrozenEstimator):
            return clone(embedder).fit(texts, None)
        return None

    def _rows(self, texts: list[str]) -> Any:
        """Return what models view: vectors, made once for all folds, or the texts."""
        return texts if self._embedder is None else self._embedder.transform(texts)

    def _head(self) -> object:
        if self.classifier is None:
            return LogisticRegression(C=10, max_iter=300)
        return clone(self.classifier)

    def _folds(self, labels: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        routes, counts = np.unique(labels, return_counts=True)
        if len(routes) < 2:
            raise InputError(f"Expected messages of at least 2 routes, got {list(routes)}.")
        if counts.min() < 2:
            alone = routes[counts < 2].tolist()
            raise InputError(
                f"Expected at least 2 messages of each route, got one of {alone[:20]}. Add "
                "messages, or leave the route out."
            )
        splitter = StratifiedKFold(
            min(self.cv, int(counts.min())), shuffle=True, random_state=self.random_state
        )
        return list(splitter.split(labels, labels))

    def _check_params(self) -> None:
        accept = self.accept
        if not isinstance(accept, float | np.floating) or not 0.5 <= accept < 1:
            raise ParameterError(f"Expected accept from 0.5 to below 1, got {accept!r:.60}.")
        if not isinstance(self.cv, int | np.integer) or isinstance(self.cv, bool) or self.cv < 2:
            raise ParameterError(
                f"Expected cv as a whole number of at least 2, got {self.cv!r:.60}."
            )
        if self.classifier is not None and not hasattr(self.classifier, "predict_proba"):
            raise ParameterError(
                f"Expected a classifier with predict_proba, got {self.classifier!r:.60}."
            )
        if self.embedder is not None and not hasattr(self.embedder, "transform"):
            raise ParameterError(f"Expected an embedder with transform, got {self.embedder!r:.60}.")


def check_routes(y: object) -> list[str | None]:
    """Return routes as strings, None for messages out of scope; raise for anything else."""
    given = y.tolist() if hasattr(y, "tolist") else y
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise InputError(f"Expected a route for each message, got {y!r:.60}.")
    for row, route in enumerate(given):
        if route is not None and (not isinstance(route, str) or not route):
            raise InputError(
                f"Expected routes as strings, or None for a message out of scope, got "
                f"{route!r:.60} in row {row}."
            )
    return [None if route is None else str(route) for route in given]


def _split(messages: list[str], routes: list[str | None]) -> tuple[list[str], list[str]]:
    if len(messages) != len(routes):
        raise InputError(
            f"Expected a route for each of {len(messages)} messages, got {len(routes)}."
        )
    pairs = list(zip(messages, routes, strict=True))
    return [m for m, route in pairs if route is not None], [m for m, r in pairs if r is None]


def _take(rows: object, at: np.ndarray) -> object:
    return [rows[n] for n in at] if isinstance(rows, list) else rows[at]  # type: ignore[index]
