"""Measure what a cascade saves, how many rows it answers, and how often it breaks its promise.

Beside it stands the naive cascade, whose stages each get the lowest threshold at which the
errors seen are within the target. Simulated stages have known error rates. On real texts,
words come first and MiniLM's frozen vectors second: the rows that a split leaves over judge
the cascade. Vectors are computed once; their cost is that of 200 rows computed anew, in CPU
seconds. ``long_cascade.py`` adds a fine-tuned encoder and a language model as further stages.
Results are written to ``benchmarks/cascade.json`` as they come in, and a run resumes
where an earlier one stopped; ``--fresh`` starts over, ``--table`` only writes the table. Data
sets that no package contains are read from the folder that ``--data`` names.
"""

from __future__ import annotations

import time
from functools import lru_cache

import long_cascade
import numpy as np
import pandas as pd
import sampled
from common import HERE

RESULTS = HERE / "cascade.json"
MARKS = (
    "<!-- cascade: figures from benchmarks/cascade.json -->\n",
    "<!-- end cascade -->",
)
CONFIDENCE, DRAWS, SPLITS, TIMED = 0.9, 400, 50, 200
# Simulated rows that judge a cascade: the standard error of an error rate of 5% is 0.13%.
JUDGING = 30_000
# Of simulated stages: how able, and what a row costs.
SKILLS, COSTS = (0.8, 2.0, 3.0), (0.001, 0.1, 1.0)
SIMULATED = ((0.05, 300), (0.05, 1000), ("last", 300), ("last", 1000))
MARGINS = {300: 0.03, 1000: 0.01}
# Data set, target, rows to fit on, rows to calibrate on; none where folds are used.
REAL = (
    ("Amazon sentences", 0.1, 1000, 0),
    ("Amazon sentences", "last", 1000, 0),
    ("Banking77", 0.05, 3000, 1000),
    ("Banking77", "last", 3000, 1000),
)
FILES = {
    "Amazon sentences": ["amazon_sentences_20_raters.csv"],
    "Banking77": ["banking77_train.csv", "banking77_test.csv"],
}
# Enough for 50 splits; vectors of all rows would take minutes more.
MOST_ROWS = 6000


def simulate(n, rng):
    """Draw each stage's score, and whether it is right; hard rows are hard for all stages."""
    hard = rng.normal(size=n)
    scores, correct = np.empty((n, 3)), np.empty((n, 3), dtype=bool)
    for stage, skill in enumerate(SKILLS):
        at = skill - 1.2 * hard + 0.8 * rng.normal(size=n)
        correct[:, stage] = rng.random(n) < 1 / (1 + np.exp(-1.8 * at))
        scores[:, stage] = 1 / (1 + np.exp(-at * (0.6, 1.0, 1.6)[stage]))
    return scores, correct


def as_proba(scores, correct):
    """Return probabilities of two classes for rows whose label is 1."""
    proba = 0.5 + scores / 2
    return [
        np.stack([np.where(c, 1 - p, p), np.where(c, p, 1 - p)], 1)
        for p, c in zip(proba.T, correct.T, strict=True)
    ]


def naive(scores, correct, target):
    """Give each stage in turn the lowest threshold at which the errors seen are few enough."""
    thresholds, is_open = np.full(scores.shape[1], np.inf), np.ones(len(scores), dtype=bool)
    for stage in range(scores.shape[1]):
        rows = np.flatnonzero(is_open)
        order = rows[np.argsort(-scores[rows, stage], kind="stable")]
        rate = np.cumsum(~correct[order, stage]) / np.arange(1, len(order) + 1)
        good = np.flatnonzero(rate <= target)
        if len(good):
            thresholds[stage] = scores[order[good[-1]], stage]
            is_open &= scores[:, stage] < thresholds[stage]
    return thresholds


def judge(scores, correct, thresholds, costs):
    """Return cost, error among answers and coverage, and the same of the last stage alone."""
    from keraswrap.selective._cascade_curve import measure_alone, measure_point

    point = measure_point(scores, correct, np.asarray(thresholds), np.asarray(costs))
    last = measure_alone(scores, correct, np.asarray(costs))[-1]
    return {
        **{"cost": point.cost / last.cost, "error": point.error, "coverage": point.coverage},
        **{"last": last.error, "shares": point.stage_shares.tolist()},
    }


def simulation(target, n):
    from keraswrap.selective import find_cascade_thresholds

    many = simulate(JUDGING, np.random.default_rng(2**20))
    many = (0.5 + many[0] / 2, many[1])
    found = {"promised": [], "naive": []}
    for draw in range(DRAWS):
        scores, correct = simulate(n, np.random.default_rng([n, draw]))
        asked = {"margin": MARGINS[n], "classes": [0, 1], "random_state": draw}
        learned = find_cascade_thresholds(
            as_proba(scores, correct), np.ones(n, int), COSTS, target, CONFIDENCE, **asked
        )
        found["promised"].append(judge(*many, learned.thresholds, COSTS))
        if target != "last":
            found["naive"].append(judge(*many, naive(0.5 + scores / 2, correct, target), COSTS))
    return found


# -- real texts ------------------------------------------------------------------


@lru_cache
def read(name, folder):
    """Return texts, vectors, labels, and the CPU seconds of a row's vector; None without file."""
    from keraswrap.text import TextEmbedder

    if not all((folder / file).exists() for file in FILES[name]):
        return None
    frame = pd.concat([pd.read_csv(folder / file) for file in FILES[name]], ignore_index=True)
    frame = frame.sample(min(len(frame), MOST_ROWS), random_state=0)
    labels = frame["category"] if name == "Banking77" else frame["mean"] > 0
    texts = frame["text"].tolist()
    fresh = TextEmbedder(max_length=64, empty="allow", cache=False)
    fresh.fit_transform(texts[:TIMED])  # loads and traces
    seconds = cpu_seconds(fresh.transform, texts[TIMED : 2 * TIMED]) / TIMED
    vectors = TextEmbedder(max_length=64, empty="allow").fit_transform(texts)
    return np.array(texts, dtype=object), vectors, labels.to_numpy(), seconds


def cpu_seconds(call, *given):
    started = time.process_time()
    call(*given)
    return time.process_time() - started


def stages(texts, vectors):
    """Return words and vectors as stages that take row numbers."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.preprocessing import FunctionTransformer

    look_up = FunctionTransformer(lambda rows: texts[np.ravel(rows)])
    vector_of = FunctionTransformer(lambda rows: vectors[np.ravel(rows)])
    words = LogisticRegression(C=30, max_iter=200)
    encoder = LogisticRegression(C=10, max_iter=60)
    tfidf = make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2),
    )
    return [
        ("words", make_pipeline(look_up, tfidf, words)),
        ("encoder", make_pipeline(vector_of, encoder)),
    ]


def splits(name, target, n_fit, n_calibrate, folder):
    """Fit, calibrate and judge on rows that are left over; None where the data are missing."""
    found = read(name, folder)
    if found is None:
        return None
    texts, vectors, labels, of_vector = found
    made, fitted = {"promised": [], "naive": []}, {}
    for seed in range(SPLITS):
        # Fitted ones serve ten draws of rows for calibration.
        order = np.random.default_rng([seed // 10 if n_calibrate else seed]).permutation(
            len(labels)
        )
        known, rest = order[:n_fit], order[n_fit:]
        if n_calibrate and seed // 10 not in fitted:
            fitted[seed // 10] = [
                (name_, one.fit(known[:, None], labels[known]))
                for name_, one in stages(texts, vectors)
            ]
        given = fitted.get(seed // 10) or stages(texts, vectors)
        if n_calibrate:
            rest = np.random.default_rng([seed, 1]).permutation(rest)
            known, rest = rest[:n_calibrate], rest[n_calibrate:]
        each = one_split(given, (known, rest), labels, target, of_vector, bool(n_calibrate))
        for side, figures in each.items():
            made[side].append(figures)
    return made


def one_split(given, rows, labels, target, of_vector, prefit):
    from keraswrap.selective import CascadeClassifier

    known, rest = (part[:, None] for part in rows)
    timed = [one if prefit else one.fit(known, labels[rows[0]]) for _, one in given]
    costs = [cpu_seconds(one.predict_proba, rest[:1000]) / len(rest[:1000]) for one in timed]
    costs[1] += of_vector
    asked = {"target_error": target, "confidence": CONFIDENCE, "costs": costs, "margin": 0.01}
    cascade = CascadeClassifier(given, cv="prefit" if prefit else None, **asked)
    cascade.fit(known, labels[rows[0]])
    scores, correct = ask(cascade, rest, labels[rows[1]])
    told = {"promised": judge(scores, correct, cascade.thresholds_, costs)}
    told["promised"]["seconds"] = costs
    if target == "last":
        told["promised"]["equal"] = cost_at_equal_error(cascade.curve(rest, labels[rows[1]]))
    if target != "last" and prefit:
        seen = ask(cascade, known, labels[rows[0]])
        told["naive"] = judge(scores, correct, naive(*seen, target), costs)
    return told


def cost_at_equal_error(curve):
    """Return the least cost on the curve at which no more rows are wrong than by the last stage."""
    last = curve.alone[-1]
    as_good = curve.cost[(curve.error <= last.error) & (curve.coverage >= last.coverage)]
    return float(as_good.min() / last.cost) if len(as_good) else 1.0


def ask(cascade, rows, labels):
    """Return each stage's score for each row, and whether it is right."""
    proba = [stage.predict_proba(rows) for _, stage in cascade.stages_]
    right = [cascade.classes_[each.argmax(axis=1)] == labels for each in proba]
    return np.stack([each.max(axis=1) for each in proba], 1), np.stack(right, 1)


# -- the table -------------------------------------------------------------------


def plan():
    for target, n in SIMULATED:
        yield {"data": "simulated", "target": target, "rows": n, "calibrated on": n}
    for name, target, n_fit, n_calibrate in REAL:
        yield {"data": name, "target": target, "rows": n_fit, "calibrated on": n_calibrate}
    yield from long_cascade.plan()


def measure(what, options):
    return (measure_long if "stages" in what else measure_short)(what, options)


def measure_long(what, options):
    started = time.process_time()
    fitted = fit_long(what["data"], options.data)
    if fitted is None:
        return None
    figures = long_cascade.measure(what, fitted, CONFIDENCE)
    return {**figures, "cpu_seconds": round(time.process_time() - started, 1)}, figures


@lru_cache
def fit_long(name, folder):
    found = read(name, folder)
    if found is None:
        return None
    texts, vectors, labels, of_vector = found
    return long_cascade.fit(texts, labels, stages(texts, vectors), of_vector)


def measure_short(what, options):
    started = time.process_time()
    if what["data"] == "simulated":
        found = simulation(what["target"], what["rows"])
    else:
        sizes = (what["rows"], what["calibrated on"])
        found = splits(what["data"], what["target"], *sizes, options.data)
        if found is None:
            return None
    margin = MARGINS[what["rows"]] if what["data"] == "simulated" else 0.01
    figures = {
        side: summarize(values, what["target"], margin) for side, values in found.items() if values
    }
    seconds = round(time.process_time() - started, 1)
    return {**figures, "margin": margin, "cpu_seconds": seconds}, figures


def summarize(values, target, margin):
    """Return means over the draws, and how many broke the promise."""
    frame = pd.DataFrame(values)
    limit = frame["last"] + margin if target == "last" else target
    told = {"draws": len(frame), "broken": int((frame["error"] > limit).sum())}
    means = frame[["cost", "error", "coverage", "last"]].mean()
    told |= {name: round(float(value), 4) for name, value in means.items()}
    told["shares"] = np.mean(frame["shares"].tolist(), axis=0).round(3).tolist()
    if "equal" in frame:
        told["equal"] = round(float(frame["equal"].mean()), 4)
    if "seconds" in frame and frame["seconds"].notna().all():
        told["ms"] = (1000 * np.median(frame["seconds"].tolist(), axis=0)).round(3).tolist()
    return told


def table(results):
    """Format the cascades as a Markdown table, one line each."""
    lines = [
        "| rows | promise | draws | broken, naive → promised | answered | answers wrong | last "
        "stage alone, wrong | cost of the last stage alone that is left | the same where the curve "
        "reaches the last stage's error | answered by each stage |",
        "|---" * 10 + "|",
    ]
    runs = results["runs"]
    for run in (each for each in runs if "stages" not in each["what"]):
        what, ours, other = run["what"], run["promised"], run.get("naive")
        last = f"at most {run['margin']:.0%} above the last stage"
        promise = last if what["target"] == "last" else f"at most {what['target']:.0%} wrong"
        rows = f"{what['rows']:,}"
        if what["calibrated on"] not in (0, what["rows"]):
            rows += f", calibrated on {what['calibrated on']:,} others"
        broken = f"{ours['broken'] / ours['draws']:.1%}"
        if other:
            broken = f"{other['broken'] / other['draws']:.0%} → {broken}"
        shares = ", ".join(f"{share:.0%}" for share in ours["shares"])
        equal = f"{ours['equal']:.0%}" if "equal" in ours else ""
        lines.append(
            f"| {what['data']}, {rows} | {promise} | {ours['draws']} | {broken} | "
            f"{ours['coverage']:.0%} | {ours['error']:.1%} | {ours['last']:.1%} | "
            f"{ours['cost']:.0%} | {equal} | {shares} |"
        )
    return "\n".join([*lines, "", closing(results)]) + "\n" + long_cascade.table(results)


def closing(results):
    short = [run for run in results["runs"] if "stages" not in run["what"]]
    minutes = sum(run["cpu_seconds"] for run in short) / 60
    where, version = results["machine"], results["versions"]
    return (
        f"Confidence {CONFIDENCE:.0%}. Simulated: three stages that cost 0.001, 0.1 and 1. Texts: "
        "TF-IDF of words and characters, then MiniLM's frozen vectors, at measured CPU seconds per "
        f"row. {minutes:.0f} CPU minutes on {where['processor']} with {where['cores']} cores, "
        f"scikit-learn {version['scikit-learn']}."
    )


if __name__ == "__main__":
    options = sampled.parser(__doc__).parse_args()
    sampled.run(RESULTS, MARKS, options, plan(), lambda what: measure(what, options), table)
