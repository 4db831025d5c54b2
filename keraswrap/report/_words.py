"""Find words that are evidence for each class, from how often its texts contain them. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse

__all__ = ["find_words"]

# Pattern of a word; the page uses the same one, in templates/words.js.
_PATTERN = r"[^\W_]+"
# Minimum z, ratio of the odds, and number of texts for a word to be evidence for a class. By z
# alone, "and" and "to" would rank above "love".
_LEAST, _RATIO, _FEWEST = 2.0, 2.0, 3
# Texts of the prior: how strongly a class's rate is shrunk towards that of all texts.
_PRIOR = 10.0
# Maximum number of pairs of word and class in the page, largest z first; and classes per block.
_MOST, _BLOCK = 20_000, 50


def find_words(texts: Sequence[str], codes: np.ndarray, k: int) -> dict[str, list[int]]:
    """Find the words that are more frequent in the texts of a class than in all others.

    Parameters
    ----------
    texts : sequence of str
    codes : ndarray of shape (n,), int
        The given label of each text, which need not be right.
    k : int
        Number of classes.

    Returns
    -------
    dict of str to list of int
        For each word, in lower case: class, ten times z, class, ten times z and so on.
        Words have z ≥ 2, at least twice the odds, and at least three texts of the class;
        at most 20,000 pairs.

    Notes
    -----
    The log-odds of Monroe, Colaresi and Quinn (2008), "Fightin' Words", with an
    informative Dirichlet prior: with y of the n texts of a class that have a word, and
    its share s of all texts (a half and 1 added) as a prior of 10 texts, the odds are
    (y + 10 s) / (n + 10 - y - 10 s). z is the difference to the log-odds among all
    other texts, divided by its standard deviation, the root of 1 / (y + 10 s) summed
    over both. Texts are counted rather than words, so that one long text cannot decide
    for a class.

    Examples
    --------
    >>> texts = ["It works well"] * 9 + ["It broke"] * 9
    >>> sorted(find_words(texts, np.repeat([0, 1], 9), 2))
    ['broke', 'well', 'works']
    """
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizer = CountVectorizer(token_pattern=_PATTERN, binary=True, dtype=np.int64)
    # One more text, with a word, since scikit-learn refuses texts that have no word at all.
    counts = vectorizer.fit_transform([*texts, "word"])[:-1].tocsc()
    kept = np.flatnonzero(np.diff(counts.indptr) >= _FEWEST)
    ones = np.ones(len(codes), dtype=np.int64)
    member = sparse.csr_matrix((ones, (codes, np.arange(len(codes)))), (k, len(codes)))
    having, n = (member @ counts[:, kept]).tocsr(), np.bincount(codes, minlength=k)
    every = np.asarray(having.sum(axis=0)).ravel()
    # A block of classes at a time, since there may be thousands.
    found = []
    for start in range(0, k, _BLOCK):
        block = slice(start, start + _BLOCK)
        found.append(_speaking(having[block].toarray(), n[block], every, len(codes)))
    classes = np.concatenate([rows + at * _BLOCK for at, (rows, _, _) in enumerate(found)])
    columns, z = (np.concatenate([one[part] for one in found]) for part in (1, 2))
    return _strongest(classes, vectorizer.get_feature_names_out()[kept][columns], z)


def _speaking(
    having: np.ndarray, n: np.ndarray, every: np.ndarray, total: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return class, word and z of each pair in which the word is evidence for the class."""
    odds, z = log_odds(having, n, every, total)
    found = (having >= _FEWEST) & (odds >= np.log(_RATIO)) & (z >= _LEAST)
    rows, columns = np.nonzero(found)
    return rows, columns, z[rows, columns]


def log_odds(
    having: np.ndarray, n: np.ndarray, every: np.ndarray, total: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return how far the log-odds of each word in each class differ from the rest's, and z.

    Parameters
    ----------
    having : ndarray of shape (c, w), int
        How many texts of each class have each word.
    n : ndarray of shape (c,), int
        How many texts each class has.
    every : ndarray of shape (w,), int
        How many of all texts have each word.
    total : int
        How many texts there are.

    Returns
    -------
    tuple of two ndarray of shape (c, w)
    """
    # Without these additions, a word in no text or in all texts would have infinite log-odds.
    prior = _PRIOR * (every + 0.5) / (total + 1)
    own, other = having + prior, every - having + prior
    n = n[:, None]
    odds = np.log(own / (n + _PRIOR - own)) - np.log(other / (total - n + _PRIOR - other))
    return odds, odds / np.sqrt(1 / own + 1 / other)


def _strongest(classes: np.ndarray, words: np.ndarray, z: np.ndarray) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for at in np.sort(np.argsort(-z, kind="stable")[:_MOST]).tolist():
        found.setdefault(str(words[at]), []).extend((int(classes[at]), round(10 * float(z[at]))))
    return found
