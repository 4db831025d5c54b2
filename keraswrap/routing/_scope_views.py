"""How sure a classifier is of a message, and how close the nearest known one. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.preprocessing import normalize

__all__ = ["ScopeModel", "combine", "fit_scope", "ranks"]

# Rows compared at once: 1,024 with 10,000 others take 80 MB.
_CHUNK = 1024


@dataclass(frozen=True)
class ScopeModel:
    """What messages are compared with.

    Parameters
    ----------
    embedder : transformer or None
        None if rows are vectors already.
    classifier : fitted classifier
    inside, outside : vectors of length 1
        Of messages in scope and of known ones out of scope.
    """

    embedder: Any
    classifier: Any
    inside: Any
    outside: Any

    def view(self, rows: Any) -> np.ndarray:
        """Return for each row the highest probability and the similarity to the nearest row.

        Returns
        -------
        ndarray of shape (n, 2), or (n, 3) with examples out of scope
            The third is how much nearer the nearest row in scope is than the nearest of
            these.
        """
        vectors = rows if self.embedder is None else self.embedder.transform(rows)
        vectors = normalize(vectors)
        sure = self.classifier.predict_proba(vectors).max(axis=1)
        views = [sure, nearest(vectors, self.inside)]
        if self.outside is not None:
            views.append(views[1] - nearest(vectors, self.outside))
        return np.stack(views, axis=1)


def fit_scope(embedder: Any, classifier: Any, known: tuple[Any, np.ndarray, Any]) -> ScopeModel:
    """Fit a model on messages, or on their vectors where there is no embedder.

    Parameters
    ----------
    embedder : transformer or None
    classifier : classifier of vectors
    known : tuple of (rows, labels, rows)
        Messages in scope, their routes, and messages out of scope.
    """
    inside, labels, outside = known
    n_outside = outside.shape[0] if hasattr(outside, "shape") else len(outside)
    if embedder is not None:
        # Learned from what is in scope: what else there is should stay foreign to it.
        embedder.fit(inside)
        inside = embedder.transform(inside)
        outside = embedder.transform(outside) if n_outside else None
    inside = normalize(inside)
    return ScopeModel(
        embedder,
        classifier.fit(inside, labels),
        inside,
        normalize(outside) if n_outside else None,
    )


def nearest(vectors: Any, known: Any) -> np.ndarray:
    """Return the cosine similarity to the nearest known row; vectors have length 1."""
    found = np.empty(vectors.shape[0])
    for start in range(0, len(found), _CHUNK):
        products = vectors[start : start + _CHUNK] @ known.T
        dense = products.toarray() if hasattr(products, "toarray") else products
        found[start : start + _CHUNK] = np.asarray(dense).max(axis=1)
    return found


def ranks(views: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Return ranks among sorted reference values, column by column, between 0 and 1.

    Examples
    --------
    >>> ranks(np.array([[0.1], [0.5]]), np.array([[0.2], [0.4], [0.6]])).ravel().tolist()
    [0.125, 0.625]
    """
    columns = zip(views.T, reference.T, strict=True)
    places = [np.searchsorted(known, column, side="right") for column, known in columns]
    return (np.stack(places, axis=1) + 0.5) / (len(reference) + 1)


def combine(views: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Return scores of being in scope: mean ranks, capped where a known foreign row is nearer.

    The cap takes no part elsewhere. A learned weight would: what is far from all known
    foreign rows would seem to be in scope, and other foreign messages are.

    Parameters
    ----------
    views : ndarray of shape (n, 2) or (n, 3)
        From :meth:`ScopeModel.view`.
    reference : ndarray of shape (m, 2) or (m, 3)
        Views of rows in scope, each column sorted.

    Returns
    -------
    ndarray of shape (n,)
    """
    ranked = ranks(views, reference)
    scores = ranked[:, :2].mean(axis=1)
    if views.shape[1] == 2:
        return scores
    return np.where(views[:, 2] < 0, np.minimum(scores, ranked[:, 2]), scores)
