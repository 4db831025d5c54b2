"""Measure what a language model's answers are worth as features, and what they take.

How well SmolLM2's expected sentiment ranks sentences, against the mean of 20 raters; and
CPU time for 1, 5 and 20 questions about a text, with the text run once for all of them and
once for each. Results are written to ``benchmarks/features.json`` as they come in, and a
run resumes where an earlier one stopped; ``--fresh`` starts over, ``--table`` only writes
the tables. The sentences and reviews are read from the folder that ``--data`` names.
"""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import sampled
from common import HERE

RESULTS = HERE / "features.json"
MARKS = (
    "<!-- features: figures from benchmarks/features.json -->\n",
    "<!-- end features -->",
)
ROWS, TEXTS = 300, 20
WAYS = {"once for all questions": True, "once for each question": False}
TARGETS = ["price", "delivery", "packaging", "service", "design", "photos", "topics"]
TARGETS += ["articles", "size", "paper", "printing", "website", "subscription", "editor"]
TARGETS += ["advertising", "gift", "language"]


def load():
    from keraswrap.datasets import fetch_smollm
    from keraswrap.llm import load_model

    return load_model(fetch_smollm())


def read(name, folder):
    path = folder / name
    return pd.read_csv(path) if path.exists() else None


def measure_ranking(what, folder):
    """Return the rank correlation of expected sentiment with the mean of 20 raters."""
    from scipy.stats import bootstrap, spearmanr

    from keraswrap.llm import LanguageModelFeatures, sentiment

    rows = read("amazon_sentences_20_raters.csv", folder)
    if rows is None:
        return None
    rows = rows.sample(2 * ROWS, random_state=0)
    some, rest = rows[:ROWS], rows[ROWS:]
    features = LanguageModelFeatures(
        [sentiment()], load(), calibration=what["calibration"], chat=what["chat"], progress=False
    )
    # Calibrated on other rows, as in a pipeline.
    features.fit(rest["text"])
    values = features.transform(some["text"])[:, 0]

    def correlation(x, y):
        return spearmanr(x, y).statistic

    low, high = bootstrap(
        (values, some["mean"].to_numpy()),
        correlation,
        paired=True,
        vectorized=False,
        n_resamples=2000,
        method="percentile",
        rng=np.random.default_rng(0),
    ).confidence_interval
    told = {"rho": correlation(values, some["mean"]), "low": low, "high": high}
    told |= {"mean": values.mean(), "sd": values.std(), "answered": features.answered_share_}
    return {name: _rounded(value) for name, value in told.items()}


def _rounded(value):
    return round(float(value), 4) if isinstance(value, float) else value


def questions(n):
    from keraswrap.llm import emotion, opinion_of, sentiment, urgency

    return [sentiment(), emotion(), urgency(), *map(opinion_of, TARGETS)][:n]


def apart_from(model):
    """Return the same model, which runs a text once for each question."""
    apart = type("Apart", (type(model),), {"score_families": None, "expect_families": None})
    made = object.__new__(apart)
    made.__dict__ = model.__dict__
    return made


def measure_seconds(what, folder):
    """Return CPU and wall seconds per review."""
    from keraswrap.llm import LanguageModelFeatures

    rows = read("amazon_magazine_stars.csv", folder)
    if rows is None:
        return None
    words = rows["review_text"].str.split().str.len()
    texts = rows["review_text"][words.between(30, 40)].head(2 * TEXTS).tolist()
    model = load()
    if not WAYS[what["run"]]:
        model = apart_from(model)
    features = LanguageModelFeatures(questions(what["questions"]), model, progress=False)
    features.fit(texts).transform(texts[TEXTS:])  # traced there
    started = time.process_time(), time.perf_counter()
    values = features.transform(texts[:TEXTS])
    cpu, wall = time.process_time() - started[0], time.perf_counter() - started[1]
    answered = float(np.mean(list(features.answered_share_.values())))
    return {
        "cpu": round(cpu / TEXTS, 3),
        "wall": round(wall / TEXTS, 3),
        "answered": answered,
        "checksum": round(float(np.nansum(values)), 4),
    }


def measure(what, options):
    job = measure_ranking if what["data"] == "Amazon sentences" else measure_seconds
    found = job(what, options.data)
    return None if found is None else (found, found)


def plan():
    for calibration in ("batch", "contextual", None):
        yield {"data": "Amazon sentences", "chat": True, "calibration": calibration}
    for n in (1, 5, 20):
        for way in WAYS:
            yield {"data": "magazine reviews", "questions": n, "run": way}


def tables(results):
    ranked = [entry for entry in results["runs"] if entry["what"]["data"] == "Amazon sentences"]
    timed = {
        (entry["what"]["questions"], entry["what"]["run"]): entry
        for entry in results["runs"]
        if entry["what"]["data"] != "Amazon sentences"
    }
    lines = [
        "| prompt | calibration | rank correlation with 20 raters | 95% interval | mean | sd |",
        "|---|---|---|---|---|---|",
    ]
    for entry in ranked:
        what = entry["what"]
        lines.append(
            f"| {'chat' if what['chat'] else 'plain'} | {what['calibration'] or 'none'} | "
            f"{entry['rho']:.2f} | {entry['low']:.2f} to {entry['high']:.2f} | "
            f"{entry['mean']:.2f} | {entry['sd']:.2f} |"
        )
    lines += [
        "",
        f"Expected sentiment, from -2 to 2, of {ROWS} sentences of Amazon reviews by "
        "SmolLM2-135M-Instruct; the raters' scale goes from -4 to 4. Calibrated on other rows.",
        "",
        f"| questions | {' | '.join(f'text run {way}' for way in WAYS)} | saved |",
        "|---|---|---|---|",
    ]
    for n in sorted({questions for questions, _ in timed}):
        both = [timed.get((n, way)) for way in WAYS]
        if all(both):
            once, each = both
            lines.append(
                f"| {n} | {once['cpu']:.2f} s | {each['cpu']:.2f} s | "
                f"{1 - once['cpu'] / each['cpu']:.0%} |"
            )
    at = results["machine"]
    lines += [
        "",
        f"CPU seconds per review of 30 to 40 words, SmolLM2-135M-Instruct in float32, {TEXTS} "
        f"reviews at once. {at['processor']} with {at['cores']} cores, shared with other "
        "processes.",
    ]
    return "\n".join(lines) + "\n"


def main():
    options = sampled.parser(__doc__).parse_args()
    sampled.run(RESULTS, MARKS, options, plan(), lambda what: measure(what, options), tables)


if __name__ == "__main__":
    main()
