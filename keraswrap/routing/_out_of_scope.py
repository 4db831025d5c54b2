"""Learn which messages belong to no route, from those that do."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.base import BaseEstimator, OutlierMixin, clone
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.utils.validation import check_is_fitted

from keraswrap._texts import check_texts
from keraswrap.exceptions import InputError, ParameterError
from keraswrap.routing._scope_views import ScopeModel, fit_scope, ranks
from keraswrap.text import TextEmbedder

__all__ = ["OutOfScopeDetector", "check_routes"]


class OutOfScopeDetector(OutlierMixin, BaseEstimator):
    """Detect messages that belong to none of the routes.

    A classifier must name one of its classes, however foreign a text is to all of them.
    The detector asks two questions instead: how sure a classifier is, and how close the
    nearest message of the training rows is. Each answer counts by its rank among
    messages that are known to be in scope and were not fitted, so that the two can be
    averaged, and the threshold is the rank that a chosen share of them exceeds. Nobody
    has to guess a similarity.

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
    random_state : int, default=0
        Seed of the folds.

    Attributes
    ----------
    offset_ : float
        Threshold of `score_samples`: what is below it is out of scope.
    accepted_ : float
        Share of the training rows in scope that are accepted, out of fold.
    n_out_of_scope_ : int
        Number of examples out of scope in the training rows.
    classes_ : ndarray of str
        The routes.

    Notes
    -----
    Messages out of scope are not needed. Where some are known, with None as their
    route, a logistic regression on the same ranks, and on the similarity to the nearest
    of these examples, takes the place of the mean.

    The threshold is the ``floor((n + 1) * (1 - accept))``-th smallest of the n
    out-of-fold scores, as in split conformal prediction (Vovk et al., 2005). It holds
    for messages like those of the training rows: a shop whose customers change has to
    measure again, with `MessageRouter.evaluate`. Ranks of the nearest training row go
    back to Ramaswamy et al. (2000), of the highest probability to Hendrycks and Gimpel
    (2017).

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
        messages, routes = check_texts(X, empty="allow"), check_routes(y)
        inside, outside = _split(messages, routes)
        labels = np.array([route for route in routes if route is not None])
        folds = self._folds(labels)
        self.classes_ = np.unique(labels)
        self.n_out_of_scope_ = len(outside)
        views, foreign = self._score_out_of_fold(inside, labels, outside, folds)
        self._reference = np.sort(views, axis=0)
        self._combine = self._learn_combination(views, foreign)
        self._model = self._fit_parts(inside, labels, outside)
        scores = self._combined(views)
        at = max(int(np.floor((len(scores) + 1) * (1 - self.accept))) - 1, 0)
        self.offset_ = float(np.sort(scores)[at])
        self.accepted_ = float(np.mean(scores >= self.offset_))
        return self

    def score_samples(self, X: object) -> np.ndarray:
        """Return how much each message seems to be in scope.

        Parameters
        ----------
        X : iterable of str

        Returns
        -------
        ndarray of shape (n,)
            Between 0 and 1; the lower, the more foreign.
        """
        check_is_fitted(self)
        return self._combined(self._model.view(check_texts(X, empty="allow")))

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

    def _combined(self, views: np.ndarray) -> np.ndarray:
        ranked = ranks(views, self._reference)
        if self._combine is None:
            return ranked[:, :2].mean(axis=1)
        return self._combine.predict_proba(ranked)[:, 1]

    def _learn_combination(
        self, views: np.ndarray, foreign: np.ndarray
    ) -> LogisticRegression | None:
        if not len(foreign):
            return None
        rows = ranks(np.concatenate([foreign, views]), self._reference)
        known = np.repeat([0, 1], [len(foreign), len(views)])
        return LogisticRegression(class_weight="balanced").fit(rows, known)

    def _score_out_of_fold(
        self,
        inside: list[str],
        labels: np.ndarray,
        outside: list[str],
        folds: list[tuple[np.ndarray, np.ndarray]],
    ) -> tuple[np.ndarray, np.ndarray]:
        """View every row by a model that has not seen it."""
        embedded = self._embed_once([*inside, *outside])
        rows: object = [*inside, *outside] if embedded is None else embedded
        own, others = np.arange(len(inside)), len(inside) + np.arange(len(outside))
        views, foreign = [], []
        shares = np.array_split(others, len(folds))
        for (kept, held), share in zip(folds, shares, strict=True):
            known = np.setdiff1d(others, share)
            model = fit_scope(
                self._transformer(embedded is not None),
                self._head(),
                (_take(rows, own[kept]), labels[kept], _take(rows, known)),
            )
            views.append(model.view(_take(rows, held)))
            if len(share):
                foreign.append(model.view(_take(rows, share)))
        order = np.argsort(np.concatenate([held for _, held in folds]))
        width = views[0].shape[1]
        return np.concatenate(views)[order], np.concatenate([np.empty((0, width)), *foreign])

    def _fit_parts(self, inside: list[str], labels: np.ndarray, outside: list[str]) -> ScopeModel:
        return fit_scope(self._transformer(False), self._head(), (inside, labels, outside))

    def _embed_once(self, texts: list[str]) -> object:
        """Return vectors of all rows if the embedder learns nothing from them, else None."""
        embedder = TextEmbedder(empty="allow") if self.embedder is None else self.embedder
        if not isinstance(embedder, TextEmbedder | FrozenEstimator):
            return None
        return clone(embedder).fit(texts).transform(texts)

    def _transformer(self, embedded: bool) -> object:
        if embedded:
            return None
        return TextEmbedder(empty="allow") if self.embedder is None else clone(self.embedder)

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
        if not isinstance(self.cv, int) or isinstance(self.cv, bool) or self.cv < 2:
            raise ParameterError(f"Expected cv of at least 2, got {self.cv!r:.60}.")
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
