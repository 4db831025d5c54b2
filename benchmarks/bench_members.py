"""Measure what an ensemble of nets costs, and how well it ranks wrong labels beside one net.

The labels are one rater's against those of many; all sides see the same MiniLM vectors, in
the same five folds. A fit of each number of members is timed on all rows, together and one
by one, after one fit of the same net, so that imports are left out. Results are written to
``benchmarks/members.json`` as they come in, and a run resumes where an earlier one stopped;
``--fresh`` starts over, ``--table`` only writes the tables.
"""

from __future__ import annotations

import time

import label_noise
import numpy as np
import sampled
from bench_label_issues import vectors
from bench_label_views import ours
from common import HERE, paired

RESULTS = HERE / "members.json"
MARKS = (
    "<!-- members: figures from benchmarks/members.json -->\n",
    "<!-- end members -->",
)
SEEDS, MEMBERS, FOLDS = (0, 1, 2, 3, 4), (1, 5, 20), 5


def net():
    import keras

    from keraswrap import KerasWrapperModel

    def build(meta):
        inputs = keras.Input((meta["n_features_in_"],))
        hidden = keras.layers.Dense(64, activation="relu")(inputs)
        hidden = keras.layers.Dropout(0.2)(hidden)
        return keras.Model(inputs, keras.layers.Dense(meta["n_classes_"])(hidden))

    told = {"optimizer": "adam", "optimizer__learning_rate": 3e-3}
    return KerasWrapperModel(build, None, told, {"epochs": 15}, random_state=0)


def ensemble(members, seed):
    from keraswrap.ensembles import DeepEnsembleClassifier

    return DeepEnsembleClassifier(net(), members, random_state=seed)


def measure(sample, seed):
    """Rank the labels of one sample by each number of members, and by a linear classifier."""
    from sklearn.linear_model import LogisticRegression

    rows = vectors(tuple(sample.texts))
    settings = {"cv": FOLDS, "random_state": seed}
    sides = {f"{k}": ours(ensemble(k, seed), rows, sample, **settings) for k in MEMBERS}
    sides["linear"] = ours(LogisticRegression(C=3, max_iter=300), rows, sample, **settings)
    timed(ensemble(1, seed), rows, sample)
    for count in MEMBERS:
        sides[f"{count}"]["together"] = timed(ensemble(count, seed), rows, sample)
        sides[f"{count}"]["alone"] = timed(ensemble(count, seed), rows, sample, alone=True)
    return sides


def timed(estimator, rows, sample, *, alone=False):
    """Fit on all rows; return wall and CPU seconds."""
    from keraswrap.model_selection import _alike_fits

    fewest = _alike_fits.FEWEST
    _alike_fits.FEWEST = 10**6 if alone else fewest
    try:
        wall, used = time.perf_counter(), time.process_time()
        estimator.fit(rows, sample.given)
        return [round(time.perf_counter() - wall, 2), round(time.process_time() - used, 2)]
    finally:
        _alike_fits.FEWEST = fewest


def plan(options):
    for seed in SEEDS:
        for name in label_noise.PEOPLE:
            yield {"data": name, "noise": "one rater", "rate": None, "seed": seed}


def measure_drawn(what, options):
    sample = label_noise.draw(what, options.data)
    sides = measure(sample, what["seed"])
    size = {"rows": len(sample.given), "wrong": int(sample.wrong.sum())}
    return {**size, "sides": sides}, {side: round(found["ap"], 3) for side, found in sides.items()}


# -- the tables ------------------------------------------------------------------


def table(results):
    """Format the average precisions and the times as Markdown tables."""
    first, *more = (str(count) for count in MEMBERS)
    several = " | ".join(f"{count} members | less one net" for count in more)
    lines = [f"| labels | samples | wrong | linear | one net | {several} |", "|---" * 9 + "|"]
    for name in label_noise.PEOPLE:
        runs = [run for run in results["runs"] if run["what"]["data"] == name]
        ap = {
            side: np.array([run["sides"][side]["ap"] for run in runs])
            for side in ("linear", first, *more)
        }
        cells = [name, len(runs), f"{np.mean([run['wrong'] / run['rows'] for run in runs]):.1%}"]
        cells += [f"{ap[side].mean():.3f}" for side in ("linear", first)]
        for count in more:
            cells += [f"{ap[count].mean():.3f}", paired(ap[count] - ap[first])]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join([*lines, "", *times(results), "", closing(results)]) + "\n"


def times(results):
    lines = [
        "| members | together: wall, CPU seconds | one by one | ratio of wall times | "
        "of one net's |",
        "|---" * 5 + "|",
    ]
    of = lambda count, way: np.array(  # noqa: E731
        [run["sides"][f"{count}"][way] for run in results["runs"]]
    )
    single = of(1, "alone")[:, 0]
    for count in MEMBERS:
        both = of(count, "together"), of(count, "alone")
        told = [", ".join(f"{value:.1f}" for value in np.median(part, axis=0)) for part in both]
        ratio = np.median(both[1][:, 0] / both[0][:, 0])
        lines.append(
            f"| {count} | {told[0]} | {told[1]} | {ratio:.1f}x | "
            f"{np.median(both[0][:, 0] / single):.1f}x |"
        )
    return lines


def closing(results):
    seen = results["machine"]
    return (
        "Average precision, means over samples of 2,000 rows; differences are paired by sample, "
        "with 95% intervals (Student). 384 numbers, 64 units, dropout of 0.2, 15 epochs; times are "
        "medians over samples, beside other work. "
        f"{seen['processor']} with {seen['cores']} cores."
    )


def main():
    options = sampled.parser(__doc__).parse_args()
    measured = lambda what: measure_drawn(what, options)  # noqa: E731
    sampled.run(RESULTS, MARKS, options, plan(options), measured, table)


if __name__ == "__main__":
    main()
