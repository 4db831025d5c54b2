"""Measure how well label issues are found, and what acting on them is worth.

Real noise, one person's label against those of twenty, is kept apart from artificial
noise: labels flipped to any other class, or each class to one other. There are several
samples of each, and every method sees the same rows. Results are written to
``benchmarks/label_issues.json`` as they come in, and a run resumes where an earlier one
stopped; ``--fresh`` starts over, ``--table`` only writes the tables, and ``--encoders``,
``--sets`` and ``--seeds`` select some. Magazine reviews and Banking77 are read from the
folder that ``--data`` names.
"""

from __future__ import annotations

import functools
import json
import time

import label_noise
import label_tables
import numpy as np
import sampled
from common import HERE

RESULTS = HERE / "label_issues.json"
MARKS = (
    "<!-- label issues: figures from benchmarks/label_issues.json -->\n",
    "<!-- end label issues -->",
)
SEEDS = (0, 1, 2, 3, 4)
ENCODERS = ("tf-idf", "vectors", "fine-tuned")
# The first is the default, which the table shows.
FILTERS = ("posterior", "prune_by_noise_rate")
CHOSEN = FILTERS[0]
# With these a fit takes seconds, so the other filter is tried, too.
CHEAP = ("tf-idf", "vectors")
FOLDS, LENGTH = 3, 64


def make(encoder, seed):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    if encoder == "tf-idf":
        words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
        return make_pipeline(words, LogisticRegression(C=10, max_iter=300))
    if encoder == "vectors":
        return LogisticRegression(C=3, max_iter=300)
    from keraswrap.text import TransformerClassifier

    return TransformerClassifier(max_length=LENGTH, random_state=seed)


@functools.cache
def embedder():
    from keraswrap.text import TextEmbedder

    return TextEmbedder(max_length=LENGTH)


def rows_for(encoder, texts):
    if encoder != "vectors":
        return np.asarray(texts, dtype=object)
    return vectors(tuple(texts))


@functools.lru_cache(maxsize=64)
def vectors(texts):
    """Return the vectors of texts; every kind of noise is measured on the same ones."""
    return embedder().fit(texts).transform(texts)


# -- one sample ------------------------------------------------------------------


def measure(sample, encoder, seed):
    """Find issues on one sample, act on them in every way, and compare both with the truth."""
    train, test = rows_for(encoder, sample.texts), rows_for(encoder, sample.test_texts)
    fit = functools.partial(accuracy, encoder, seed, train, test, sample.test_truth)
    found, told = ours(encoder, seed, train, sample)
    return {
        "rows": [len(sample.given), len(sample.test_truth)],
        "wrong": int(sample.wrong.sum()),
        **told,
        "cleanlab": cleanlab(encoder, seed, train, sample, test),
        "accuracy": accuracies(fit, found, sample, seed, FILTERS[: 1 + (encoder in CHEAP)]),
    }


def ours(encoder, seed, train, sample):
    """Find issues with keraswrap, and compare every score and estimate with the truth."""
    from keraswrap.issues import estimate_noise, find_label_issues

    started = time.process_time()
    clf = make(encoder, seed)
    found = find_label_issues(clf, train, sample.given, cv=FOLDS, random_state=seed)
    seconds, noise = time.process_time() - started, estimate_noise(found)
    order = np.argsort(noise.p_wrong)[::-1][:100]
    ranks = {name: ranking(sample.wrong, -score) for name, score in found.scores.items()}
    expected = [float(noise.p_wrong[order].mean()), float(sample.wrong[order].mean())]
    return found, {
        "scores": ranks,
        "default": found.provenance["score"],
        "fits": found.provenance["fits"],
        "seconds": round(seconds, 2),
        "estimate": list(noise.n_errors),
        "precision_next": expected,
    }


def cleanlab(encoder, seed, train, sample, test):
    """Find issues and fit with CleanLearning, with its own defaults."""
    from cleanlab.classification import CleanLearning

    started = time.process_time()
    names, codes = np.unique(sample.given, return_inverse=True)
    # It accepts arrays of numbers and lists of texts, and rejects everything else.
    cleaner = CleanLearning(make(encoder, seed), seed=seed)
    cleaner.fit(np.asarray(train), codes)
    seconds = time.process_time() - started
    issues = cleaner.get_label_issues()
    right = names[np.asarray(cleaner.predict(np.asarray(test)), dtype=int)] == sample.test_truth
    quality = issues["label_quality"].to_numpy()
    return {
        **ranking(sample.wrong, -quality),
        "fits": 6,
        "seconds": round(seconds, 2),
        "accuracy": float(right.mean()),
    }


def ranking(wrong, doubt):
    from sklearn.metrics import average_precision_score, roc_auc_score

    order, n = np.argsort(-doubt, kind="stable"), int(wrong.sum())
    return {
        "ap": float(average_precision_score(wrong, doubt)),
        "auroc": float(roc_auc_score(wrong, doubt)),
        "lift": float(wrong[order[:n]].mean() / wrong.mean()),
        "p100": float(wrong[order[:100]].mean()),
    }


def accuracy(encoder, seed, train, test, truth, labels, keep=None, weights=None):
    """Fit on these labels, and score on rows whose truth is known."""
    rows = slice(None) if keep is None else np.flatnonzero(keep)
    clf = make(encoder, seed)
    name = "logisticregression__sample_weight" if encoder == "tf-idf" else "sample_weight"
    told = {} if weights is None else {name: weights[rows]}
    return float(np.mean(clf.fit(train[rows], labels[rows], **told).predict(test) == truth))


def accuracies(fit, found, sample, seed, filters):
    """Score every way to act, and for comparison the noisy and the true labels."""
    from dataclasses import replace

    from keraswrap.issues import STRATEGIES, act
    from keraswrap.issues.labels._find import choose_issues

    scored = {"noisy": fit(sample.given), "oracle": fit(sample.truth)}
    scored["review 5%"] = fit(reviewed(found, sample, 0.05))
    for name in filters:
        issues = replace(found, is_issue=choose_issues(found.codes, found.proba, name))
        for strategy in sorted(set(STRATEGIES) - {"none"}):
            done = act(issues, strategy)
            scored[f"{strategy}, {name}"] = fit(done.labels, done.keep, done.weights)
        rng = np.random.default_rng(seed)
        keep = np.ones(len(found), bool)
        keep[rng.permutation(len(found))[: issues.n_issues]] = False
        scored[f"random, {name}"] = fit(sample.given, keep)
        scored[f"issues, {name}"] = [issues.n_issues, int((issues.is_issue & sample.wrong).sum())]
    return scored


def reviewed(found, sample, share):
    """Return the labels after the worst of them were corrected by hand."""
    labels, worst = sample.given.copy(), found.ranking()[: round(share * len(found))]
    labels[worst] = sample.truth[worst]
    return labels


# -- all of them -----------------------------------------------------------------


def plan(options):
    for encoder in options.encoders:
        for name in options.sets:
            for noise, rate in label_noise.kinds(name):
                for seed in options.seeds:
                    yield {"data": name, "noise": noise, "rate": rate} | {
                        "encoder": encoder,
                        "seed": seed,
                    }


def measure_drawn(what, options):
    """Draw a sample and measure it; None where its data are missing."""
    sample = label_noise.draw(what, options.data)
    if sample is None:
        return None
    figures = measure(sample, what["encoder"], what["seed"])
    return figures, json.dumps(figures["accuracy"])


def main():
    parser = sampled.parser(__doc__)
    parser.add_argument("--encoders", nargs="+", default=ENCODERS, choices=ENCODERS)
    parser.add_argument("--sets", nargs="+", default=label_noise.SETS, choices=label_noise.SETS)
    parser.add_argument("--seeds", nargs="+", type=int, default=SEEDS)
    options = parser.parse_args()
    sampled.run(
        RESULTS,
        MARKS,
        options,
        plan(options),
        lambda what: measure_drawn(what, options),
        lambda results: label_tables.tables(results, CHOSEN),
    )


if __name__ == "__main__":
    main()
