"""Annotators whose mistakes are known: some share a wrong reading, others err alone."""

import numpy as np
from ruled_texts import numbered

from keraswrap.labeling import label_texts
from keraswrap.labeling._families import find_families, shared_errors
from keraswrap.labeling._judge import Said, assign_folds

LETTERS = np.array(["a", "b", "c"])


def trapped(seed, n=2000, k=3):
    """Three models that share one wrong reading of a quarter of the rows, and a person."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, k, n)
    read = np.where(rng.random(n) < 0.25, (truth + 1) % k, truth)
    other = (read[:, None] + rng.integers(1, k, (n, 3))) % k
    models = np.where(rng.random((n, 3)) < 0.06, other, read[:, None])
    person = np.where(rng.random(n) < 0.95, truth, (truth + rng.integers(1, k, n)) % k)
    asked = rng.random(n) < 0.15
    return LETTERS[truth], LETTERS[models], np.where(asked, LETTERS[person], None)


def dawid_skene(codes, k, rounds=50):
    """Run the plain EM algorithm, for comparison: -1 stands for no label."""
    n, m = codes.shape
    there = codes >= 0
    votes = np.stack([(codes == c).sum(axis=1) for c in range(k)], axis=1)
    belief = votes / votes.sum(axis=1, keepdims=True)
    for _ in range(rounds):
        logs = np.log(belief.mean(axis=0) + 1e-9) * np.ones((n, 1))
        for j in range(m):
            rows = there[:, j]
            table = np.zeros((k, k))
            np.add.at(table.T, codes[rows, j], belief[rows])
            table = (table + 0.01) / (table + 0.01).sum(axis=1, keepdims=True)
            logs[rows] += np.log(table[:, codes[rows, j]].T)
        belief = np.exp(logs - logs.max(axis=1, keepdims=True))
        belief /= belief.sum(axis=1, keepdims=True)
    return belief


def families(rng, n=6000, audit=300, k=3):
    """Draw rows of which some are harder: a family of three that err together, and two alone."""
    truth, hard = rng.integers(0, k, n), rng.random(n)
    trap = rng.random(n) < 0.3 * hard
    proba, codes = [], []
    for member in range(5):
        base = np.where(trap & (member < 3), (truth + 1) % k, truth)
        slip = rng.random(n) < (0.06 if member < 3 else 0.05 + 0.35 * hard)
        said = np.where(slip, (base + rng.integers(1, k, n)) % k, base)
        sure = np.clip(0.95 - 0.3 * hard + 0.1 * rng.normal(size=n), 0.4, 0.99)
        each = np.repeat(((1 - sure) / (k - 1))[:, None], k, axis=1)
        each[np.arange(n), said] = sure
        proba.append(each)
        codes.append(said)
    random = np.zeros(n, bool)
    random[rng.permutation(n)[:audit]] = True
    known = np.where(random, truth, -1)
    shares = shared_errors(np.stack(codes, axis=1)[random], truth[random])
    told = (np.ones((n, 5), bool), np.ones(5, bool), find_families(range(5), shares), known)
    folds = assign_folds(known, np.arange(n), 3, 0)
    return Said(np.stack(proba, axis=1), *told, random, np.ones(n, bool), folds, "budget"), truth


def label_trapped(seed):
    """Label the rows of `trapped` by its models."""
    truth, models, person = trapped(seed)
    by_name = {f"model {n}": column for n, column in enumerate(models.T)}
    return label_texts(numbered(len(truth)), by_name, person)
