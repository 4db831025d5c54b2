"""A ranking with known wrong labels, as a model of two classes gives it."""

import numpy as np

from keraswrap.issues import find_label_issues


def ranked(shares, n=400, seed=0):
    """Return issues whose row i ranks i-th, and which labels are wrong: by share of each part."""
    own = np.linspace(0.02, 0.98, n)
    shares = np.repeat(shares, -(-n // len(shares)))[:n]
    wrong = np.random.default_rng(seed).random(n) < shares
    issues = find_label_issues(
        np.column_stack([own, 1 - own]), y=np.zeros(n, int), classes=[0, 1], out_of_sample=True,
        score="loss",
    )  # fmt: skip
    return issues, wrong
