"""Labels by several annotators."""

import numpy as np

NAN = np.nan


def crowd(n=60, m=5, k=3, gaps=0.4, seed=0):
    """Labels of annotators who are right four times in five, and probabilities as good."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(k, size=n)
    table = np.where(rng.random((n, m)) < 0.8, truth[:, None], rng.integers(k, size=(n, m)))
    table = np.where(rng.random((n, m)) < gaps, NAN, table)
    table[np.isnan(table).all(axis=1), 0] = 0
    proba = rng.dirichlet(np.ones(k), size=n)
    proba[np.arange(n), truth] += 1
    return table, proba / 2
