"""Make views that suit most texts and tables of numbers."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator

from keraswrap._settings import near
from keraswrap.exceptions import ParameterError, warn_user
from keraswrap.issues.labels._views._view import View

__all__ = ["SETS", "check_names", "make_views"]

# In ascending order of cost.
SETS: Mapping[str, tuple[str, ...]] = {
    "fast": ("words", "characters"),
    "auto": ("words", "characters", "vectors", "neighbors"),
    "thorough": (
        *("words", "characters", "vectors", "neighbors"),
        *("fine-tuned", "language model"),
    ),
}
# The same for tables of numbers.
NUMBERS: Mapping[str, tuple[str, ...]] = {
    "fast": ("linear", "near rows"),
    "auto": ("linear", "near rows", "trees"),
}


def make_views(
    kind: str = "auto",
    *,
    reads: str = "texts",
    labels: ArrayLike | None = None,
    encoder: str | os.PathLike[str] | None = None,
    max_length: int = 128,
    random_state: int = 0,
) -> list[View]:
    """Make a ready-made set of views, to be changed or extended.

    Parameters
    ----------
    kind : {"fast", "auto", "thorough"}, default="auto"
        For texts, ``"fast"`` has ``words`` and ``characters``: TF-IDF of words and pairs
        of words, and of 2 to 5 characters within words. ``"auto"`` adds ``vectors``,
        those of a frozen encoder with a logistic regression, and ``neighbors``, the
        labels of the 50 nearest vectors. ``"thorough"`` adds ``fine-tuned``, the encoder
        trained on the labels, and ``language model``, SmolLM2, asked without examples.
        For numbers, ``"fast"`` has ``linear`` and ``near rows``, and ``"auto"`` adds
        ``trees``.
    reads : {"texts", "numbers"}, default="texts"
        What the rows are.
    labels : array-like, optional
        The labels. If they are not words, the language model is left out with a
        warning: it has to understand them.
    encoder : str or path, optional
        As for `keraswrap.text.TextEmbedder`; by default all-MiniLM-L6-v2.
    max_length : int, default=128
        Maximum number of tokens that the encoder reads of a text.
    random_state : int, default=0
        Seed of the fits.

    Returns
    -------
    list of View

    Raises
    ------
    ParameterError
        If there is no such set.
    DownloadError
        If a checkpoint of ``"thorough"`` can neither be downloaded nor found.

    Examples
    --------
    >>> [view.name for view in make_views("fast")]
    ['words', 'characters']
    """
    names = _names(kind, reads)
    if "language model" in names and labels is not None and not _are_words(labels):
        warn_user(
            "The view 'language model' is left out: it has to understand the labels, and these are "
            "not words. Replace them by words, such as 'positive' and 'negative'."
        )
        names = tuple(name for name in names if name != "language model")
    return named_views(names, encoder, max_length, random_state)


def _are_words(labels: ArrayLike) -> bool:
    return all(
        isinstance(label, str) and any(map(str.isalpha, label))
        for label in np.unique(np.asarray(labels)).tolist()
    )


def named_views(
    names: tuple[str, ...],
    encoder: str | os.PathLike[str] | None = None,
    max_length: int = 128,
    random_state: int = 0,
) -> list[View]:
    """Make ready-made views by their names; they share features."""
    parts = _Parts(encoder, max_length, random_state)
    return [_MAKERS[name](parts) for name in names]


def _names(kind: str, reads: str) -> tuple[str, ...]:
    known = {"texts": SETS, "numbers": NUMBERS}.get(reads)
    if known is None:
        raise ParameterError(f"Expected reads to be 'texts' or 'numbers', got {reads!r}.")
    if kind not in known:
        also = " Numbers have no encoder to train." if kind in SETS else ""
        raise ParameterError(
            f"Expected views of {reads} to be one of {', '.join(known)}, got {kind!r}.{also}"
        )
    return known[kind]


def check_names(names: list[str]) -> None:
    """Raise ParameterError if a name is not that of a ready-made view."""
    for name in names:
        if name not in _MAKERS:
            raise ParameterError(
                f"Expected views to be 'fast', 'auto', 'thorough', or a list of views, "
                f"estimators, probabilities and names, got the name {name!r}. "
                f"{near(name, list(_MAKERS))}"
            )


@dataclass
class _Parts:
    """Parts that views share, and the settings that they are made with."""

    encoder: str | os.PathLike[str] | None
    max_length: int
    seed: int

    @cached_property
    def embedder(self) -> BaseEstimator:
        from keraswrap.text import TextEmbedder

        return TextEmbedder(self.encoder, max_length=self.max_length, empty="allow")

    @cached_property
    def scaler(self) -> BaseEstimator:
        from sklearn.impute import SimpleImputer
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        return make_pipeline(SimpleImputer(keep_empty_features=True), StandardScaler())


def _words(parts: _Parts) -> View:
    from sklearn.feature_extraction.text import TfidfVectorizer

    # One-letter words too: "I" and "a" carry meaning, and some scripts write words as one letter.
    features = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)\b\w+\b")
    return View("words", _sparse(parts.seed), features, reads="texts")


def _characters(parts: _Parts) -> View:
    from sklearn.feature_extraction.text import TfidfVectorizer

    features = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    return View("characters", _sparse(parts.seed), features, reads="texts")


def _sparse(seed: int) -> BaseEstimator:
    from keraswrap.issues.labels._views._softmax import SoftmaxRegression

    return SoftmaxRegression(random_state=seed)


def _vectors(parts: _Parts) -> View:
    from sklearn.linear_model import LogisticRegression

    return View("vectors", LogisticRegression(max_iter=1000), parts.embedder, reads="texts")


def _neighbors(parts: _Parts) -> View:
    from keraswrap.issues.labels._views._neighbors import NeighborShares

    return View("neighbors", NeighborShares(50), parts.embedder, reads="texts")


def _fine_tuned(parts: _Parts) -> View:
    from keraswrap.text import TransformerClassifier
    from keraswrap.text._static_encoder import split_static

    encoder, _ = split_static(parts.encoder)  # of which only a head could be trained
    net = TransformerClassifier(
        encoder, max_length=parts.max_length, empty="allow", random_state=parts.seed
    )
    return View("fine-tuned", net, reads="texts")


def _language_model(parts: _Parts) -> View:
    from keraswrap.datasets import fetch_smollm
    from keraswrap.llm._zero_shot import ZeroShotClassifier
    from keraswrap.llm.local._keras_hub import KerasHubLM

    asked = ZeroShotClassifier(model=KerasHubLM(fetch_smollm()), calibration="batch")
    return View("language model", asked, reads="texts", trained=False)


def _linear(parts: _Parts) -> View:
    from sklearn.linear_model import LogisticRegression

    return View("linear", LogisticRegression(max_iter=1000), parts.scaler, reads="numbers")


def _near_rows(parts: _Parts) -> View:
    from keraswrap.issues.labels._views._neighbors import NeighborShares

    return View("near rows", NeighborShares(50), parts.scaler, reads="numbers")


def _trees(parts: _Parts) -> View:
    from sklearn.ensemble import HistGradientBoostingClassifier

    trees = HistGradientBoostingClassifier(random_state=parts.seed)
    return View("trees", trees, reads="numbers")


_MAKERS: Mapping[str, Callable[[_Parts], View]] = {
    "words": _words,
    "characters": _characters,
    "vectors": _vectors,
    "neighbors": _neighbors,
    "fine-tuned": _fine_tuned,
    "language model": _language_model,
    "linear": _linear,
    "near rows": _near_rows,
    "trees": _trees,
}
