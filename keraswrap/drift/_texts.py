"""Plain facts of texts, and their words as numbers: nothing of a text itself is kept."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np
from scipy import sparse
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import HashingVectorizer

# Words are told apart by their hash, so that no vocabulary is kept.
N_WORDS = 2**18
_DIMENSIONS = 100
_CUT = 100_000

# Frequent words that hardly occur in the other languages listed.
_FREQUENT = {
    "English": "the and is was of that this it with you have not are but what",
    "German": "der die und das ist nicht ich mit ein eine auf auch sich den wir",
    "French": "le les est une des pas que dans pour je vous avec sur mais ce",
    "Spanish": "el los que por una con para como pero muy más esta lo yo es",
    "Italian": "il che di una per sono con non della gli questo anche ho ma più",
    "Portuguese": "os que não uma com para mais mas você isso muito foi eu ao em",
    "Dutch": "de het een van niet ik dat op zijn voor met maar ook je wat",
}
_LANGUAGES = {name: set(words.split()) for name, words in _FREQUENT.items()}
_SCRIPTS = {
    "Cyrillic": "\u0400-\u052f",
    "Greek": "\u0370-\u03ff",
    "Arabic": "\u0600-\u06ff\u0750-\u077f",
    "Hebrew": "\u0590-\u05ff",
    "Indic": "\u0900-\u0dff",
    "Thai": "\u0e00-\u0e7f",
    "Chinese or Japanese": "\u3040-\u30ff\u3400-\u9fff",
    "Korean": "\uac00-\ud7af\u1100-\u11ff",
    "emoji": "\u2600-\u27bf\U0001f300-\U0001faff",
}
_WORD = re.compile(r"\w+")
_KINDS = {
    "digits": re.compile(r"\d"),
    "punctuation": re.compile(r"[^\w\s]"),
    "capital letters": re.compile(r"[A-Z\u00c0-\u00de]"),
    "links and mentions": re.compile(r"https?://|www\.|[@#]\w"),
}
_KINDS |= {name: re.compile(f"[{span}]") for name, span in _SCRIPTS.items()}
FACTS = (
    *("characters", "words", "word length", "empty"),
    *_KINDS,
    *_LANGUAGES,
    "no known language",
)


def text_facts(texts: Sequence[str]) -> np.ndarray:
    """Return the facts of each text, shape (n, len(FACTS)).

    Lengths are counts; empty and languages 0 or 1; the others shares of the characters,
    where links and mentions are per word.

    Examples
    --------
    >>> dict(zip(FACTS, text_facts(["It is 5 pm and the shop is shut"])[0].tolist()))["English"]
    1.0
    >>> text_facts([""]).shape == (1, len(FACTS))
    True
    """
    return np.array([_facts(text[:_CUT]) for text in texts], np.float64).reshape(-1, len(FACTS))


def _facts(text: str) -> list[float]:
    words = _WORD.findall(text.lower())
    size, count = max(1, len(text)), max(1, len(words))
    shares = [
        len(kind.findall(text)) / (count if name == "links and mentions" else size)
        for name, kind in _KINDS.items()
    ]
    spoken = {name: sum(word in known for word in words) for name, known in _LANGUAGES.items()}
    best = max(spoken, key=spoken.__getitem__)
    sure = spoken[best] > 0
    languages = [float(sure and name == best) for name in _LANGUAGES]
    lengths = [len(text), len(words), sum(map(len, words)) / count, float(not text.strip())]
    return [*lengths, *shares, *languages, float(not sure and bool(words))]


def word_counts(texts: Sequence[str]) -> sparse.csr_matrix:
    """Return how often each text has each word, by the words' hashes, shape (n, N_WORDS).

    Examples
    --------
    >>> word_counts(["a good, good day"]).sum()
    np.float64(4.0)
    """
    hashed = HashingVectorizer(
        n_features=N_WORDS, alternate_sign=False, norm=None, token_pattern=r"(?u)\w+"
    )
    return sparse.csr_matrix(hashed.transform([text[:_CUT] for text in texts]))


def word_vectors(counts: sparse.csr_matrix, seed: int) -> np.ndarray:
    """Return dense vectors of texts by their words: TF-IDF, reduced.

    Made of old and new rows together, so that neither is treated differently.

    Parameters
    ----------
    counts : sparse matrix of shape (n, N_WORDS)
    seed : int

    Returns
    -------
    ndarray of shape (n, d), d at most 100
    """
    counts = counts[:, np.unique(counts.indices)]
    seen = np.bincount(counts.indices, minlength=counts.shape[1])
    counts = counts[:, seen >= 2].astype(np.float64)
    if counts.shape[1] < 2 or counts.shape[0] < 3:
        return counts.toarray()
    inverse = np.log((1 + counts.shape[0]) / (1 + seen[seen >= 2])) + 1
    counts.data = 1 + np.log(counts.data)
    weighted = counts @ sparse.diags(inverse)
    lengths = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    weighted = sparse.diags(1 / np.maximum(lengths, 1e-12)) @ weighted
    size = min(_DIMENSIONS, min(weighted.shape) - 1)
    if size < 2:
        return np.asarray(weighted.toarray())
    return np.asarray(TruncatedSVD(size, random_state=seed).fit_transform(weighted))


def unseen_share(counts: sparse.csr_matrix, known: np.ndarray) -> np.ndarray:
    """Return the share of each text's words that are not known.

    Parameters
    ----------
    counts : sparse matrix of shape (n, N_WORDS)
    known : ndarray of bool of shape (N_WORDS,)

    Examples
    --------
    >>> known = np.zeros(N_WORDS, bool)
    >>> known[word_counts(["a good day"]).indices] = True
    >>> unseen_share(word_counts(["a good film", ""]), known).round(2).tolist()
    [0.33, 0.0]
    """
    total = np.asarray(counts.sum(axis=1)).ravel()
    unknown = np.asarray(counts @ (~known).astype(np.float64)).ravel()
    return np.divide(unknown, total, out=np.zeros(len(total)), where=total > 0)


def text_hashes(texts: Sequence[str]) -> np.ndarray:
    """Return 64 bits that are equal for texts that differ only in case and blanks.

    Examples
    --------
    >>> len(set(text_hashes(["Good  day", "good day", "bad day"]).tolist()))
    2
    """
    plain = (" ".join(text.lower().split()).encode("utf-8", "surrogatepass") for text in texts)
    digests = b"".join(hashlib.blake2b(each, digest_size=8).digest() for each in plain)
    return np.frombuffer(digests, "<u8").astype(np.uint64)


def copies(hashes: np.ndarray) -> np.ndarray:
    """Return 1 for each row of which there is another copy, else 0.

    Examples
    --------
    >>> copies(np.array([3, 5, 3])).tolist()
    [1.0, 0.0, 1.0]
    """
    _, where, counts = np.unique(hashes, return_inverse=True, return_counts=True)
    return (counts[where] > 1).astype(np.float64)
