"""Measure how often SelectiveClassifier's promise is broken, and how many rows it answers.

Beside it stands the naive threshold, the lowest one at which the errors seen are within the
target. Simulated scores have known error rates; real texts are split many times, and the
rows that a split leaves over judge both thresholds. Results are written to
``benchmarks/selective.json`` as they come in, and a run resumes where an earlier one
stopped; ``--fresh`` starts over, ``--table`` only writes the table. Data sets that no
package contains are read from the folder that ``--data`` names.
"""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import sampled
from common import HERE
from threadpoolctl import threadpool_limits

RESULTS = HERE / "selective.json"
MARKS = (
    "<!-- selective: figures from benchmarks/selective.json -->\n",
    "<!-- end selective -->",
)
# Of simulated rows, and of texts: with words alone, hardly a row is 95% sure.
TARGET, OF_TEXTS = 0.05, 0.1
CONFIDENCE = 0.9
DRAWS, SPLITS = 400, 60
# How the rate of errors depends on the rank of a row's score, from 0 to 1.
SHAPES = {
    "rises in a line": lambda rank: 0.25 * rank,
    "rises late": lambda rank: 0.01 + 0.4 * rank**2,
    "jumps": lambda rank: np.where(rank < 0.4, 0.02, 0.3),
    "is low everywhere": lambda rank: 0.01 + 0.06 * rank,
    "is the target, then high": lambda rank: np.where(rank < 0.4, 0.05, 0.4),
    "is just above the target": lambda rank: np.full(rank.shape, TARGET + 1e-6),
    "is high at the top too": lambda rank: np.select([rank < 0.05, rank < 0.5], [0.15, 0.02], 0.3),
}
SETS = ("Amazon sentences", "tweets", "magazine reviews", "Banking77")
ROWS = (100, 300, 1000)


def naive(scores, correct, target):
    """Return the lowest threshold at which the errors seen are within the target."""
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    last = np.append(ranked[1:] < ranked[:-1], True)
    good = last & (np.cumsum(~correct[order]) <= target * np.arange(1, len(scores) + 1))
    return ranked[np.flatnonzero(good)[-1]] if good.any() else np.inf


def promised(scores, correct, target):
    from keraswrap.selective import find_score_threshold

    return find_score_threshold(scores, correct, target, CONFIDENCE).threshold


RULES = {"promised": promised, "naive": naive}


def simulate(shape, n):
    """Return coverage and error of all rows at each draw's threshold, which are known."""
    grid = (np.arange(100_000) + 0.5) / 100_000
    errors = np.append(np.nan, np.cumsum(SHAPES[shape](grid)) / np.arange(1, 100_001))
    rng = np.random.default_rng([n, *shape.encode()])
    found = {name: [] for name in RULES}
    for _ in range(DRAWS):
        rank = rng.random(n)
        correct = rng.random(n) >= SHAPES[shape](rank)
        for name, rule in RULES.items():
            coverage = float(np.clip(1 - rule(1 - rank, correct, TARGET), 0, 1))
            found[name].append((coverage, errors[round(coverage * 100_000)]))
    return found


def read(name, folder):
    """Return rows and labels; None if the set's file is missing."""
    from sklearn.feature_extraction.text import HashingVectorizer

    files = {
        "Amazon sentences": ["amazon_sentences_20_raters.csv"],
        "tweets": ["tweets_20_raters.csv"],
        "magazine reviews": ["amazon_magazine_stars.csv"],
        "Banking77": ["banking77_train.csv", "banking77_test.csv"],
    }[name]
    if not all((folder / file).exists() for file in files):
        return None
    frame = pd.concat([pd.read_csv(folder / file) for file in files], ignore_index=True)
    if name == "magazine reviews":
        frame = frame.dropna(subset=["review_text"])
        texts, labels = frame["review_text"], frame["stars"] >= 4
    elif name == "Banking77":
        texts, labels = frame["text"], frame["category"]
    else:
        texts, labels = frame["text"], frame["mean"] > 0
    # Of no state, so that nothing of the rows for judging is learned.
    hashed = HashingVectorizer(n_features=2**13, alternate_sign=False)
    return hashed.transform(texts), labels.to_numpy()


def make(name):
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import MultinomialNB

    # 77 logistic regressions would take hours.
    return MultinomialNB(alpha=0.01) if name == "Banking77" else LogisticRegression(C=10)


def split(name, form, rows, labels, n, seed):
    """Fit on n rows and judge on all that are left; return coverage and error of each rule."""
    from keraswrap.model_selection import cross_val_predict_proba

    order = np.random.default_rng(seed).permutation(len(labels))
    fitted = make(name).fit(rows[order[:n]], labels[order[:n]])
    if form == "out of fold":
        known, rest = order[:n], order[n:]
        some = cross_val_predict_proba(make(name), rows[known], labels[known], progress=False)
        classes = np.unique(labels[known])
    else:
        known, rest = order[n : 2 * n], order[2 * n :]
        some, classes = fitted.predict_proba(rows[known]), fitted.classes_
    correct = classes[some.argmax(axis=1)] == labels[known]
    proba = fitted.predict_proba(rows[rest])
    right = fitted.classes_[proba.argmax(axis=1)] == labels[rest]
    found = {}
    for rule, choose in RULES.items():
        accepted = proba.max(axis=1) >= choose(some.max(axis=1), correct, OF_TEXTS)
        error = float((~right[accepted]).mean()) if accepted.any() else np.nan
        found[rule] = (float(accepted.mean()), error)
    return found, len(rest)


def measure(what, options):
    started = time.process_time()
    if what["data"] == "simulated":
        found, judged = simulate(what["shape"], what["rows"]), None
    else:
        read_set = read(what["data"], options.data)
        if read_set is None:
            return None
        made = [
            split(what["data"], what["form"], *read_set, what["rows"], seed)
            for seed in range(SPLITS)
        ]
        found = {name: [one[name] for one, _ in made] for name in RULES}
        judged = made[0][1]
    target = TARGET if what["data"] == "simulated" else OF_TEXTS
    figures = {name: summarize(values, target) for name, values in found.items()}
    seconds = round(time.process_time() - started, 1)
    return {**figures, "judged": judged, "cpu_seconds": seconds}, figures


def summarize(values, target):
    coverage, error = np.array(values).T
    answered = coverage > 0
    return {
        "draws": len(coverage),
        "broken": float((error > target + 1e-9).mean()),
        "coverage": float(coverage.mean()),
        "error": float(error[answered].mean()) if answered.any() else None,
        "silent": float((~answered).mean()),
    }


def plan():
    for shape in SHAPES:
        for rows in ROWS:
            yield {"data": "simulated", "shape": shape, "rows": rows}
    for name in SETS:
        for form in ("out of fold", "held out"):
            for rows in ROWS[1:]:
                # 77 classes need more rows than two.
                rows *= 3 if name == "Banking77" else 1
                yield {"data": name, "form": form, "rows": rows}


def table(results):
    """Format how often each rule breaks its promise, and how many rows it answers."""
    lines = [
        "| rows | gold rows | answered | broken in | mean error | none answered in | "
        "naive: answered | broken in | mean error |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for entry in results["runs"]:
        what, ours, other = entry["what"], entry["promised"], entry["naive"]
        if what["data"] == "simulated":
            name = f"simulated: the error rate {what['shape']}"
        else:
            name = f"{what['data']}, {what['form']}"
        lines.append(
            f"| {name} | {what['rows']:,} | {ours['coverage']:.0%} | {ours['broken']:.0%} | "
            f"{percent(ours['error'])} | {ours['silent']:.0%} | {other['coverage']:.0%} | "
            f"{other['broken']:.0%} | {percent(other['error'])} |"
        )
    judged = [entry["judged"] for entry in results["runs"] if entry["judged"]]
    told = (
        f"; between {min(judged):,} and {max(judged):,} further rows judge each of {SPLITS} splits "
        "of real texts"
        if judged
        else ""
    )
    lines += [
        "",
        f"Target {TARGET:.0%}, for texts {OF_TEXTS:.0%}, confidence {CONFIDENCE:.0%}: the promise "
        f"may be broken in {1 - CONFIDENCE:.0%} of draws. {DRAWS} draws of simulated rows, whose "
        f"error rates are known{told}. Logistic regression on hashed words; naive Bayes for "
        "Banking77.",
    ]
    return "\n".join(lines) + "\n"


def percent(value):
    return "–" if value is None else f"{value:.1%}"


def main():
    options = sampled.parser(__doc__).parse_args()
    threadpool_limits(1)  # fits are too small to share
    sampled.run(RESULTS, MARKS, options, plan(), lambda what: measure(what, options), table)


if __name__ == "__main__":
    main()
