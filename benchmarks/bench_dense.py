"""Time a grid search over a small dense net against SciKeras and MLPClassifier.

50 candidates (rate, batch size, width) in 5 folds: the same net, optimizer,
batches, epochs and folds on every side. SciKeras is so slow that it runs only
some of the candidates, so all are compared by time per fit.
"""

from __future__ import annotations

import harness
from common import HERE
from harness import Job, median, ratio

RESULTS = HERE / "dense.json"
MARKS = "<!-- dense: figures from benchmarks/dense.json -->\n", "<!-- end dense -->"
SIZES = {"rows": 2000, "folds": 5, "epochs": 10, "rounds": 3, "scikeras_every": 7}
QUICK = {"rows": 200, "folds": 2, "epochs": 2, "rounds": 1, "scikeras_every": 25}
SIDES = {
    "ours": "keraswrap",
    "ours alone": "keraswrap, `stack_fits=False`",
    "ours in sklearn": "keraswrap's estimator in scikit-learn's GridSearchCV",
    "mlp": "scikit-learn's MLPClassifier",
    "scikeras": "SciKeras",
}
SHORT = {
    **SIDES,
    "ours alone": "keraswrap,\none by one",
    "ours in sklearn": "keraswrap in\nsklearn's search",
    "mlp": "MLPClassifier",
}


def plan(sizes, done):
    each = {name: sizes[name] for name in ("rows", "folds", "epochs")} | {"n_jobs": 1}
    part = sizes["scikeras_every"]
    for turn in range(sizes["rounds"]):
        for side in ("ours", "mlp", "ours alone", "ours in sklearn"):
            every = part if sizes["rows"] < 500 else 1
            yield Job("dense", {**each, "every": every}, side, round=turn)
        yield Job("dense", {**each, "every": part}, "scikeras", "keras", turn)


def table(results):
    """Format the sides as a Markdown table, one line per side."""
    ours = median(results, "seconds_a_fit", side="ours")
    lines = [
        "| | fits measured | wall ms per fit | CPU ms per fit | vs keraswrap | best score |",
        "|---|---|---|---|---|---|",
    ]
    for side, name in SIDES.items():
        wall = median(results, "seconds_a_fit", side=side)
        if wall is None:
            continue
        cpu, score = (
            median(results, key, side=side) for key in ("cpu_seconds_a_fit", "best_score")
        )
        fits = sum(harness.figures(results, "fits", side=side))
        lines.append(
            f"| {name} | {fits} | {wall * 1e3:.0f} | {cpu * 1e3:.0f} | {ratio(wall, ours)} | "
            f"{score:.3f} |"
        )
    sizes = results["settings"]
    lines += [
        "",
        f"{sizes['rows']} rows of 20 numbers, 50 candidates x {sizes['folds']} folds of "
        f"{sizes['epochs']} epochs, two hidden layers of 8 to 128 units, one process; SciKeras: "
        f"every {sizes['scikeras_every']}th candidate. Medians of {sizes['rounds']} alternating "
        f"rounds. {harness.where(results)}",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    import sys

    harness.main(sys.modules[__name__])
