"""Measure how varied texts are, beside as many real ones. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from keraswrap.synthetic._copies import words_of

__all__ = ["Diversity", "distinct_share", "measure_diversity", "spread_of"]

# Draws of as many real rows as there are texts.
_DRAWS = 20


@dataclass(frozen=True)
class Diversity:
    """How varied texts are, and as many real rows of their classes.

    Parameters
    ----------
    distinct_1, distinct_2 : float
        Share of different words, and of different pairs of neighboring words, in [0, 1].
    spread : float
        Mean cosine distance of two texts.
    n : int
        Number of texts.
    real_distinct_1, real_distinct_2, real_spread : float
        The same of real rows, averaged over draws. NaN if there are too few.
    """

    distinct_1: float
    distinct_2: float
    spread: float
    n: int
    real_distinct_1: float
    real_distinct_2: float
    real_spread: float


def distinct_share(texts: Sequence[str], n: int) -> float:
    """Return the share of different runs of `n` words; NaN if there is none.

    Notes
    -----
    Distinct-n of Li and others (2016). It falls with the number of words, so compare as
    many texts of about the same length.

    Examples
    --------
    >>> distinct_share(["it broke", "it tore"], 1), distinct_share(["it broke", "it tore"], 2)
    (0.75, 1.0)
    """
    lists = [words_of(text) for text in texts]
    runs = [tuple(one[at : at + n]) for one in lists for at in range(len(one) - n + 1)]
    return len(set(runs)) / len(runs) if runs else float("nan")


def spread_of(vectors: np.ndarray | sparse.csr_matrix) -> float:
    """Return the mean cosine distance of two vectors of length 1; NaN for fewer than two.

    Examples
    --------
    >>> spread_of(np.eye(3)), spread_of(np.ones((2, 1)))
    (1.0, 0.0)
    """
    n = vectors.shape[0]
    if n < 2:
        return float("nan")
    total = np.asarray(vectors.sum(axis=0)).ravel()
    own = float(sparse.csr_matrix(vectors).power(2).sum())
    return 1 - (float(total @ total) - own) / (n * (n - 1))


def measure_diversity(
    texts: tuple[Sequence[str], Sequence[str]],
    vectors: tuple[np.ndarray | sparse.csr_matrix, np.ndarray | sparse.csr_matrix],
    codes: tuple[np.ndarray, np.ndarray],
    seed: int,
) -> Diversity:
    """Measure texts, and as many real rows with the same numbers by class.

    Parameters
    ----------
    texts : tuple of two sequences of str
        Texts, and real rows.
    vectors : tuple of two matrices
        Of both, with rows of length 1.
    codes : tuple of two ndarray of int
        Classes of both.
    seed : int
        Of the draws of real rows. A class with too few of them limits both sides.

    Examples
    --------
    >>> texts, same = ["it broke", "it tore"], np.zeros(2, dtype=int)
    >>> found = measure_diversity((texts, texts), (np.eye(2), np.eye(2)), (same, same), 0)
    >>> found.distinct_1, found.real_distinct_1
    (0.75, 0.75)
    """
    random = np.random.default_rng(seed)
    figures = np.array([_draw(texts, vectors, codes, random) for _ in range(_DRAWS)])
    distinct_1, distinct_2, spread, *of_real = figures.mean(axis=0).tolist()
    n = sum(_sizes(codes).values())
    return Diversity(distinct_1, distinct_2, spread, n, *of_real)


def _sizes(codes: tuple[np.ndarray, np.ndarray]) -> dict[int, int]:
    counts = [dict(zip(*np.unique(part, return_counts=True), strict=True)) for part in codes]
    return {code: int(min(n, counts[1].get(code, 0))) for code, n in counts[0].items()}


def _draw(
    texts: tuple[Sequence[str], Sequence[str]],
    vectors: tuple[np.ndarray | sparse.csr_matrix, np.ndarray | sparse.csr_matrix],
    codes: tuple[np.ndarray, np.ndarray],
    random: np.random.Generator,
) -> list[float]:
    figures: list[float] = []
    for side, matrix, own in zip(texts, vectors, codes, strict=True):
        rows = [
            random.choice(np.flatnonzero(own == code), n, replace=False)
            for code, n in _sizes(codes).items()
        ]
        some = np.concatenate([*rows, np.empty(0, dtype=int)]).astype(int)
        shown = [side[row] for row in some]
        figures += [distinct_share(shown, 1), distinct_share(shown, 2), spread_of(matrix[some])]
    return figures
