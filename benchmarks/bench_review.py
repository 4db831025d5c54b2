"""Measure whether estimates of label errors hold, with and without judging some rows.

The labels have people's errors (one rater against the rest) or are flipped, and there are
two classifiers. For each, hundreds of reviews are simulated: the rows of `review_plan` are
judged in their order, and each interval is compared with the truth after 10 and after all
30 of them, and at both times together. Results are written to ``benchmarks/review.json``
as they come in, and a run resumes where an earlier one stopped; ``--fresh`` starts over,
``--table`` only writes the tables. Probabilities are kept in the folder that ``--kept``
names.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import review_samples
import review_tables
import sampled
from common import HERE

RESULTS = HERE / "review.json"
MARKS = (
    "<!-- review: figures from benchmarks/review.json -->\n",
    "<!-- end review -->",
)
SEEDS = (0, 1, 2)
SIMULATIONS, ROWS, LOOKS = 201, 30, (10, 30)
SURE, DOUBTED = 0.9, 0.1


def measure(codes, proba, wrong, simulations):
    """Compare the estimates before and after judging rows with the truth."""
    from keraswrap.issues import estimate_noise, find_label_issues, review_plan

    found = find_label_issues(proba, y=codes, out_of_sample=True)
    noise, plan = estimate_noise(found), review_plan(found, ROWS)
    sure = noise.p_wrong > SURE
    classes = noise.per_class
    share = [float(wrong[found.given == label].mean()) for label in classes.index]
    held = (classes["low"] <= share) & (share <= classes["high"])
    told = {
        "rows": len(codes),
        "wrong": int(wrong.sum()),
        "errors": list(noise.n_errors),
        "by_class": noise.by_class,
        "classes_held": float(held.mean()),
        "sure": [int(sure.sum()), int((sure & wrong).sum())],
    }
    looks = [simulate(plan, wrong, seed) for seed in range(simulations)]
    return told | {"reviews": summarize(looks)}


def simulate(plan, wrong, seed):
    """Judge a fresh draw of rows; return intervals, truths and flags after each look."""
    from dataclasses import replace

    from keraswrap.issues.review._figures import OPEN
    from keraswrap.issues.review._strata import draw_ranks

    order = plan.issues.ranking()
    plan = replace(plan, rows=order[draw_ranks(plan.edges, ROWS, seed)])
    outcomes = np.full(len(wrong), OPEN)
    looks = []
    for first, last in zip((0, *LOOKS), LOOKS, strict=False):
        rows = plan.rows[first:last]
        outcomes[rows] = wrong[rows]
        looks.append(hold(plan, outcomes, wrong))
    return looks


def hold(plan, outcomes, wrong):
    """Return estimate, ends and truth of each figure, and how sure rows fared."""
    from keraswrap.issues.review._figures import NEXT, OPEN

    found, _ = plan._figures(outcomes)
    strata, h = plan.strata, len(plan.edges) - 1
    truth = np.bincount(strata, wrong, h) / np.diff(plan.edges)
    left = outcomes == OPEN
    counts = np.bincount(strata, left, h)
    leading = (np.cumsum(counts) - counts < NEXT)[strata] & left
    stop = int(plan.edges[np.argmax(np.append(truth < DOUBTED, True))])
    figures = {
        "errors": (*found.errors, int(wrong.sum())),
        "worst": (*found.shares[0], truth[0]),
        "next": (*found.next_share, wrong[leading].mean()),
        "stop": (*found.stop, stop),
    }
    ends = zip(found.shares, truth, strict=True)
    held = [inside((*share, t)) for share, t in ends]
    sure = found.sure[strata] & left
    return figures, bool(np.all(held)), found.falling, [int(sure.sum()), int((sure & wrong).sum())]


def summarize(reviews):
    """Return coverage, mean width and mean error of each figure after each look."""
    found = {}
    for at, judged in enumerate(LOOKS):
        looks = [review[at] for review in reviews]
        told = {name: figure([look[0][name] for look in looks]) for name in looks[0][0]}
        told["strata"] = float(np.mean([look[1] for look in looks]))
        told["falling"] = float(np.mean([look[2] for look in looks]))
        told["sure"] = np.sum([look[3] for look in looks], axis=0).tolist()
        found[str(judged)] = told
    always = [
        all(inside(look[0][name]) for look in review for name in look[0]) for review in reviews
    ]
    return {"looks": found, "always": float(np.mean(always))}


def inside(told):
    _, low, high, truth = told
    return low - 1e-9 <= truth <= high + 1e-9


def figure(told):
    guess, low, high, truth = np.array(told, dtype=float).T
    return {
        "covered": float(np.mean([inside(row) for row in told])),
        "width": float(np.mean(high - low)),
        "error": float(np.mean(np.abs(guess - truth))),
        "truth": float(truth.mean()),
        "estimate": float(guess.mean()),
        "low": float(low.mean()),
        "high": float(high.mean()),
    }


def plan_runs(options):
    for encoder in review_samples.ENCODERS:
        for name in (*review_samples.PEOPLE, *review_samples.FLIPPED):
            for noise, rate in review_samples.kinds(name):
                for seed in SEEDS:
                    yield {"data": name, "noise": noise, "rate": rate} | {
                        "encoder": encoder,
                        "seed": seed,
                    }


def measure_drawn(what, options):
    """Find the probabilities of a sample and measure it; None where its data are missing."""
    options.kept.mkdir(parents=True, exist_ok=True)
    drawn = review_samples.find_proba(what, options.data, options.kept)
    if drawn is None:
        return None
    figures = measure(*drawn, SIMULATIONS // len(SEEDS))
    return figures, figures["reviews"]["always"]


def main():
    parser = sampled.parser(__doc__)
    parser.add_argument("--kept", type=Path, default=Path(tempfile.gettempdir()) / "review")
    options = parser.parse_args()
    sampled.run(
        RESULTS,
        MARKS,
        options,
        plan_runs(options),
        lambda what: measure_drawn(what, options),
        review_tables.tables,
    )


if __name__ == "__main__":
    main()
