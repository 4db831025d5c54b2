"""Estimate how long slow views will take, by timing a few rows beforehand."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
from sklearn.base import BaseEstimator, clone

from keraswrap.issues.labels._views._resolve import Rows
from keraswrap.issues.labels._views._view import View

__all__ = ["estimate_seconds", "say_seconds"]

# Number of texts to time, after as many to warm up.
_TRIED = 24
# Cost of a training step in forward passes: a backward pass costs about two.
_TRAINING = 3.0


def estimate_seconds(views: Sequence[View], rows: Rows, labels: np.ndarray, folds: int) -> float:
    """Estimate how long the views that take minutes will take on one worker.

    Parameters
    ----------
    views : sequence of View
    rows : Rows
    labels : ndarray of shape (n,)
    folds : int

    Returns
    -------
    float
        Seconds for fine-tuned encoders and language models that are asked; other views
        count as 0.
    """
    known = [(view, _kind_of(view)) for view in views]
    return sum(kind(view, rows, labels, folds) for view, kind in known if kind is not None)


def _kind_of(view: View) -> Callable[[View, Rows, np.ndarray, int], float] | None:
    if view.estimator is None:
        return None
    if not view.trained:
        return _asking
    return _training if hasattr(view.estimator, "trainable") else None


def _asking(view: View, rows: Rows, labels: np.ndarray, folds: int) -> float:
    texts = np.asarray(rows.read(view), dtype=object)
    asked = clone(view.estimator).fit(None, np.unique(labels))
    asked.set_params(**({"calibration": None} if "calibration" in asked.get_params() else {}))
    return _seconds_per_text(asked.predict_proba, texts) * len(texts)


def _training(view: View, rows: Rows, labels: np.ndarray, folds: int) -> float:
    from keraswrap.text import TextEmbedder
    from keraswrap.text._schedule import choose_recipe

    net: BaseEstimator = view.estimator
    texts = np.asarray(rows.read(view), dtype=object)
    told = {name: getattr(net, name) for name in ("encoder", "max_length")}
    embedder = TextEmbedder(**told, batch_size=net.batch_size, cache=False, empty="allow")
    forward = _seconds_per_text(embedder.fit(texts[:1]).transform, texts)
    seen, fits = len(texts) * (folds - 2) / folds, folds * (folds - 1) / 2
    kind = str(net.trainable).partition(":")[0]
    epochs = choose_recipe(net, kind, round(seen), embedder.n_features_out_).epochs
    # With a frozen encoder, only the head is trained, on states that are computed once.
    trained = 1.0 if kind == "head" else _TRAINING * epochs
    return fits * forward * (seen * trained + len(texts) * 2 / folds)


def _seconds_per_text(read: Callable[[np.ndarray], object], texts: np.ndarray) -> float:
    tried = texts[:: max(1, len(texts) // (2 * _TRIED))][: 2 * _TRIED]
    first, second = tried[: len(tried) // 2], tried[len(tried) // 2 :]
    if len(first):
        read(first)
    started = time.perf_counter()
    read(second)
    return (time.perf_counter() - started) / len(second)


def say_seconds(seconds: float) -> str:
    """Format a duration in words.

    Examples
    --------
    >>> say_seconds(40), say_seconds(700), say_seconds(10_000)
    ('less than a minute', 'about 12 minutes', 'about 2.8 hours')
    """
    if seconds < 60:
        return "less than a minute"
    minutes = round(seconds / 60)
    if minutes < 100:
        return f"about {minutes} minute{'s' if minutes > 1 else ''}"
    return f"about {seconds / 3600:.1f} hours"
