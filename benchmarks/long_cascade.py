"""Words, a frozen encoder, a fine-tuned one and a language model as stages of one cascade."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

STAGES = ("words", "frozen encoder", "fine-tuned encoder", "language model")
DRAWS, TIMED = 50, 200
# Number of stages, target; the language model is the fourth.
RUNS = ((4, 0.1), (4, "last"), (3, 0.1), (3, "last"))
ROWS, MARGIN = 1000, 0.01
NAMES = np.array(["negative", "positive"])
PROMPT = (
    "Is the feeling in this review negative or positive? Answer with one word, {labels}.\n\n"
    "Review: {text}\n\nAnswer: "
)


def fit(texts, labels, cheap, of_vector):
    """Fit the stages once; return what they say of the other rows, their labels, and costs.

    Parameters
    ----------
    texts, labels : ndarray of shape (n,)
    cheap : list of (str, classifier)
        Words and frozen vectors, which take row numbers.
    of_vector : float
        CPU seconds of a row's frozen vector.

    Returns
    -------
    proba : list of ndarray of shape (n - ROWS, 2)
    labels : ndarray of shape (n - ROWS,)
    costs : list of CPU seconds of a row
    """
    order = np.random.default_rng(0).permutation(len(labels))
    known, rest = order[:ROWS], order[ROWS:]
    by_row = [one.fit(known[:, None], labels[known]) for _, one in cheap]
    by_text = fit_text_stages(texts[known].tolist(), labels[known])
    asks = [
        *(lambda rows, one=one: one.predict_proba(rows[:, None]) for one in by_row),
        *(lambda rows, one=one: one.predict_proba(texts[rows].tolist()) for one in by_text),
    ]
    costs = measure_costs(asks, rest, of_vector)
    return [ask(rest) for ask in asks], labels[rest], costs


def fit_text_stages(texts, labels):
    """Fine-tune the encoder, and tell the language model of the labels."""
    from keraswrap.datasets import fetch_smollm
    from keraswrap.llm import KerasHubLM, ZeroShotClassifier
    from keraswrap.text import TransformerClassifier

    tuned = TransformerClassifier(max_length=64, empty="allow", random_state=0)
    asked = {"prompt": PROMPT, "calibration": "batch", "progress": False}
    zero_shot = ZeroShotClassifier(model=KerasHubLM(fetch_smollm()), **asked)
    return [tuned.fit(texts, labels), zero_shot.fit(texts, NAMES[labels.astype(int)])]


def measure_costs(asks, rows, of_vector):
    """Return the CPU seconds of a row, after other rows for which nets are traced."""
    for ask in asks:
        ask(rows[TIMED : 2 * TIMED])
    costs = [cpu_seconds(ask, rows[:TIMED]) / TIMED for ask in asks]
    return [cost + of_vector * (stage == 1) for stage, cost in enumerate(costs)]


def cpu_seconds(call, *given):
    started = time.process_time()
    call(*given)
    return time.process_time() - started


def draw_all(proba, labels, costs, target, confidence):
    """Find thresholds on some of the rows, and judge them on the others, several times."""
    from keraswrap.selective import find_cascade_thresholds
    from keraswrap.selective._cascade_curve import measure_alone, measure_point

    scores = np.stack([each.max(axis=1) for each in proba], axis=1)
    correct = np.stack([each.argmax(axis=1) == labels for each in proba], axis=1)
    found = []
    for draw in range(DRAWS):
        order = np.random.default_rng([1, draw]).permutation(len(labels))
        known, rest = order[:ROWS], order[ROWS:]
        asked = {"classes": [False, True], "random_state": draw, "margin": MARGIN}
        held = [each[known] for each in proba]
        learned = find_cascade_thresholds(held, labels[known], costs, target, confidence, **asked)
        point = measure_point(scores[rest], correct[rest], learned.thresholds, costs)
        alone = measure_alone(scores[rest], correct[rest], costs)
        found.append((point, [one.error for one in alone], learned.thresholds < np.inf))
    return found


def summarize(found, costs, target):
    """Return means over the draws, beside each stage alone, and how many broke the promise."""
    points, alone, used = zip(*found, strict=True)
    frame = pd.DataFrame([vars(point) for point in points])
    alone = np.array(alone)
    limit = alone[:, -1] + MARGIN if target == "last" else target
    cost, errors = 1000 * float(frame["cost"].mean()), alone.mean(axis=0)
    ms = 1000 * costs
    return {
        "draws": len(frame),
        "broken": int((frame["error"] > limit).sum()),
        "ms": round(cost, 3),
        "of last": round(cost / float(ms[-1]), 4),
        "of best": round(cost / float(ms[errors.argmin()]), 4),
        "error": round(float(frame["error"].mean()), 4),
        "coverage": round(float(frame["coverage"].mean()), 4),
        "shares": np.mean(frame["stage_shares"].tolist(), axis=0).round(3).tolist(),
        "used in": np.sum(used, axis=0).tolist(),
        "alone": {"error": errors.round(4).tolist(), "ms": ms.round(3).tolist()},
    }


def plan():
    for n_stages, target in RUNS:
        stages = {"data": "Amazon sentences", "stages": list(STAGES[:n_stages]), "target": target}
        yield {**stages, "rows": ROWS, "calibrated on": ROWS}


def measure(what, fitted, confidence):
    """Measure one of the cascades that are planned."""
    proba, labels, costs = fitted
    n, target = len(what["stages"]), what["target"]
    costs = np.array(costs[:n])
    return summarize(draw_all(proba[:n], labels, costs, target, confidence), costs, target)


def table(results):
    """Format each stage alone and the cascades of them as a Markdown table."""
    runs = [run for run in results["runs"] if "stages" in run["what"]]
    if not runs:
        return ""
    lines = [
        "| asked | promise | answered | answers wrong | CPU ms a row | of the last stage alone | "
        "of the best stage alone | broken | answered by each stage | asked in draws |",
        "|---" * 10 + "|",
    ]
    alone = max((run["alone"] for run in runs), key=lambda each: len(each["ms"]))
    for name, error, ms in zip(STAGES, alone["error"], alone["ms"], strict=False):
        lines.append(f"| {name} alone |  | 100% | {error:.1%} | {ms:.2f} |  |  |  |  |  |")
    return "\n".join(["", *lines, *map(line, runs), "", closing(results, runs)]) + "\n"


def line(run):
    target, n = run["what"]["target"], run["draws"]
    last = f"at most {MARGIN:.0%} above the last stage"
    promise = last if target == "last" else f"at most {target:.0%} wrong"
    shares = ", ".join(f"{share:.0%}" for share in run["shares"])
    used = ", ".join(f"{100 * each / n:.0f}%" for each in run["used in"])
    return (
        f"| {' → '.join(run['what']['stages'])} | {promise} | {run['coverage']:.0%} | "
        f"{run['error']:.1%} | {run['ms']:.2f} | {run['of last']:.0%} | {run['of best']:.0%} | "
        f"{run['broken'] / n:.0%} | {shares} | {used} |"
    )


def closing(results, runs):
    minutes = sum(run["cpu_seconds"] for run in runs) / 60
    where = runs[0].get("machine", results["machine"])
    return (
        f"Amazon sentences; the stages are fitted once, on {ROWS:,} of them: words as above, "
        "MiniLM's frozen vectors, MiniLM fine-tuned with the defaults, and SmolLM2-135M-Instruct "
        "without examples, with a prompt for the task and batch calibration. Each of "
        f"{runs[0]['draws']} draws calibrates on {ROWS:,} further rows and is judged on all "
        f"others. CPU time of {TIMED} rows with one thread. {minutes:.0f} CPU minutes on "
        f"{where['processor']} with {where['cores']} cores."
    )
