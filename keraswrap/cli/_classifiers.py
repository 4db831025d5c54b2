"""The classifier of ``keraswrap issues``, chosen by the script that texts are written in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline, make_pipeline

from keraswrap.exceptions import InputError
from keraswrap.issues.labels._views._softmax import SoftmaxRegression

if TYPE_CHECKING:
    from keraswrap.text import TextEmbedder

# Texts embedded between two updates of the bar; rows whose vectors are kept in memory.
_CHUNK, _MOST = 256, 200_000
# Thai, Lao, Tibetan, Burmese, Khmer, Japanese, Bopomofo, Yi, Chinese: no spaces between words.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3100-\u312f"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uf900-\ufaff\U00020000-\U0003ffff]"
)
_SHARE = 0.3
# Share of unknown tokens above which a vocabulary does not suit the texts.
_UNREAD = 0.2
_INSTEAD = "n-grams of one to three characters are used instead."
_OTHER = "For vectors, use a multilingual checkpoint: --encoder hf://intfloat/multilingual-e5-base."


@dataclass(frozen=True)
class Chosen:
    """A classifier of texts.

    Parameters
    ----------
    estimator : classifier
    vectors : ndarray of shape (n, d), optional
        Of the texts, where there are any and they fit into memory.
    note : str
        What to know about the choice; empty for nothing.
    view : str
        Name of the view that it adds to ready-made ones; empty if they hold it.
    """

    estimator: BaseEstimator
    vectors: np.ndarray | None = None
    note: str = ""
    view: str = ""

    @property
    def embeds(self) -> bool:
        """Whether an encoder turns texts into vectors."""
        return self.estimator is not None and "textembedder" in self.estimator.named_steps


def choose(encoder: str | None, max_length: int, texts: list[str]) -> Chosen:
    """Choose a classifier.

    Parameters
    ----------
    encoder : str, optional
        A checkpoint, or ``"tfidf"``. By default all-MiniLM-L6-v2, unless texts are in
        a script that it cannot read: then runs of signs.
    max_length : int
        Tokens that a checkpoint reads.

    Raises
    ------
    InputError
        If words are requested but there are none.
    """
    unspaced = share_unspaced(texts) > _SHARE
    if encoder == "tfidf":
        return _signs() if unspaced else Chosen(_words(texts))
    if encoder is None and unspaced:
        note = (
            "These texts are in a script without spaces between words, which the default encoder, "
            f"all-MiniLM-L6-v2, hardly covers: {_INSTEAD} {_OTHER}"
        )
        return _signs(note)
    embedder = _fit(encoder, max_length, texts)
    unread = share_unread(embedder)
    if unread <= _UNREAD:
        return Chosen(*_embed(embedder, texts))
    said = f"{unread:.0%} of the tokens of these texts are unknown to the vocabulary, or one letter"
    if encoder is None:
        return _signs(f"{said}, of all-MiniLM-L6-v2: {_INSTEAD} {_OTHER}")
    note = f"{said}, of {encoder}: it can hardly tell them apart. {_OTHER}"
    return Chosen(*_embed(embedder, texts), note)


def share_unspaced(texts: Sequence[str]) -> float:
    """Return the share of letters of scripts without spaces between words.

    Examples
    --------
    >>> share_unspaced(["很好", "abcd"]), share_unspaced(["fine"]), share_unspaced([])
    (0.3333333333333333, 0.0, 0.0)
    """
    letters = sum(sum(map(str.isalpha, text)) for text in texts)
    return sum(len(_UNSPACED.findall(text)) for text in texts) / max(1, letters)


def share_unread(embedder: BaseEstimator) -> float:
    """Return the share of tokens that a fitted encoder says it cannot tell apart."""
    spelled = embedder.report_.spelled_share
    # If nearly all tokens are single characters, the vocabulary does not cover the script.
    return float(max(embedder.unknown_share_, spelled if spelled > 0.5 else 0.0))


def _signs(note: str = "") -> Chosen:
    from sklearn.feature_extraction.text import TfidfVectorizer

    signs = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True)
    return Chosen(make_pipeline(signs, SoftmaxRegression()), note=note, view="signs")


def _words(texts: list[str]) -> Pipeline:
    from sklearn.feature_extraction.text import TfidfVectorizer

    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    analyze = words.build_analyzer()
    if not any(analyze(text) for text in texts):
        raise InputError(
            "Expected words of two letters or more in the texts, got none. Check whether --text "
            "names the right column, or use an encoder that covers the script."
        )
    return make_pipeline(words, SoftmaxRegression())


def _fit(encoder: str | None, max_length: int, texts: list[str]) -> TextEmbedder:
    from keraswrap.cli._quiet import load_keras
    from keraswrap.text import TextEmbedder

    load_keras()
    return TextEmbedder(encoder, max_length=max_length, empty="allow").fit(texts)


def _embed(embedder: BaseEstimator, texts: list[str]) -> tuple[Pipeline, np.ndarray | None]:
    """Embed each text once, so that no fold waits for it; return a classifier and the vectors."""
    from sklearn.linear_model import LogisticRegression
    from tqdm.auto import tqdm

    vectors = []
    with tqdm(total=len(texts), unit=" texts", disable=None) as bar:
        for start in range(0, len(texts), _CHUNK):
            part = embedder.transform(texts[start : start + _CHUNK])
            vectors.append(part if len(texts) <= _MOST else part[:0])
            bar.update(len(part))
    # Of 2,000 reviews and as many tweets, C=3 errs least and finds the most wrong labels.
    classifier = make_pipeline(embedder, LogisticRegression(C=3, max_iter=1000))
    return classifier, np.concatenate(vectors) if len(texts) <= _MOST else None
