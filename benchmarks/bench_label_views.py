"""Measure how well wrong labels are ranked, by one classifier and by several views of the rows.

The labels have people's own errors, one rater against many, or are flipped. Every side
sees the same rows: cleanlab with frozen MiniLM, the probability of the label from the same
vectors, their posterior in three folds, which used to be the default, and the present
default score with that classifier and with the views ``"fast"`` and ``"auto"``. Vectors are
computed once, and their time is not counted. Results are written to
``benchmarks/label_views.json`` as they come in, and a run resumes where an earlier one
stopped; ``--fresh`` starts over, ``--table`` only writes the tables, and ``--sets``,
``--seeds`` and ``--rates`` select some. The views ``"thorough"``, which train an encoder and
ask a language model, are measured on smaller samples of people's errors, and only with
``--thorough``, for a sample takes minutes. Magazine reviews and Banking77 are read from the
folder that ``--data`` names.
"""

from __future__ import annotations

import time
from dataclasses import replace

import label_noise
import numpy as np
import sampled
from common import HERE, paired

RESULTS = HERE / "label_views.json"
MARKS = (
    "<!-- label views: figures from benchmarks/label_views.json -->\n",
    "<!-- end label views -->",
)
SEEDS = (0, 1, 2, 3, 4)
# Folds: cleanlab's default, our former default, and those of views.
CLEANLAB, BEFORE, FOLDS, LENGTH = 5, 3, 5, 64
SIDES = ("cleanlab", "loss", "before", "one view", "fast", "auto")
# Rows of a sample that is judged thoroughly, and its sides.
FEWER, DEEP = 1000, ("cleanlab", "auto", "thorough")
WORDS = ("negative", "positive")


def vectors_of(texts):
    from keraswrap.text import TextEmbedder

    return TextEmbedder(max_length=LENGTH, empty="allow").fit_transform(texts)


def classifier():
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=3, max_iter=300)


def measure(sample, seed):
    """Rank one sample by every side, and compare each with the truth."""
    texts, vectors = list(sample.texts), vectors_of(sample.texts)
    told = {"cleanlab": cleanlab(vectors, sample, seed)}
    three = {"cv": BEFORE, "random_state": seed}
    five = {"cv": FOLDS, "random_state": seed}
    told["loss"] = ours(classifier(), vectors, sample, score="loss", **five)
    told["before"] = ours(classifier(), vectors, sample, score="posterior", **three)
    told["one view"] = ours(classifier(), vectors, sample, **five)
    told["fast"] = ours(None, texts, sample, views="fast", **five)
    told["auto"] = ours(None, texts, sample, views="auto", **five)
    return told


def measure_deep(sample, seed):
    """Rank one sample by the views that take seconds, and by those that take minutes."""
    texts, settings = list(sample.texts), {"cv": FOLDS, "random_state": seed}
    told = {"cleanlab": cleanlab(vectors_of(sample.texts), sample, seed)}
    # A language model is asked only about labels that are words.
    words = np.array(WORDS)
    sample = replace(sample, given=words[sample.given], truth=words[sample.truth])
    for views in DEEP[1:]:
        told[views] = ours(None, texts, sample, views=views, **settings)
    return told


def ours(estimator, rows, sample, **settings):
    from keraswrap.issues import find_label_issues

    started = time.process_time()
    found = find_label_issues(estimator, rows, sample.given, **settings)
    seconds = round(time.process_time() - started, 2)
    told = {**ranking(sample.wrong, -found.quality), "seconds": seconds}
    for name in ("fits", "errors_by_class", "views"):
        if name in found.provenance:
            told[name] = found.provenance[name]
    for score in ("loss", "posterior") if "views" in settings else ():
        told[score] = ranking(sample.wrong, -found.scores[score])["ap"]
    return told


def cleanlab(vectors, sample, seed):
    from cleanlab.classification import CleanLearning

    started = time.process_time()
    codes = np.unique(sample.given, return_inverse=True)[1]
    cleaner = CleanLearning(classifier(), cv_n_folds=CLEANLAB, seed=seed)
    quality = cleaner.find_label_issues(vectors, codes)["label_quality"].to_numpy()
    seconds = round(time.process_time() - started, 2)
    return {**ranking(sample.wrong, -quality), "seconds": seconds, "fits": CLEANLAB}


def ranking(wrong, doubt):
    from sklearn.metrics import average_precision_score

    order = np.argsort(-doubt, kind="stable")
    precise = float(wrong[order[:100]].mean())
    return {"ap": float(average_precision_score(wrong, doubt)), "p100": precise}


def plan(options):
    for seed in options.seeds:
        for name in options.sets:
            for noise, rate in label_noise.kinds(name):
                if rate is None or rate in options.rates:
                    yield {"data": name, "noise": noise, "rate": rate, "seed": seed}


def plan_deep(options):
    chosen = [name for name in label_noise.PEOPLE if name in options.sets]
    for seed in options.seeds if options.thorough else ():
        for name in chosen:
            what = {"data": name, "noise": "one rater", "seed": seed, "rows": FEWER}
            yield {**what, "labels": "words"}


def measure_drawn(what, options):
    """Draw a sample and measure it; None where its data are missing."""
    sample = label_noise.draw(what, options.data)
    if sample is None:
        return None
    sides = (measure_deep if "rows" in what else measure)(sample, what["seed"])
    size = {"rows": len(sample.given), "wrong": int(sample.wrong.sum())}
    return {**size, "sides": sides}, {side: round(found["ap"], 3) for side, found in sides.items()}


# -- the table -------------------------------------------------------------------


def groups(results):
    found = {}
    for entry in results["runs"]:
        what = entry["what"]
        if "rows" not in what:
            found.setdefault((what["data"], what["noise"], what["rate"]), []).append(entry)
    people = [key for key in found if key[0] in label_noise.PEOPLE]
    return [(key, found[key]) for key in (*sorted(people), *sorted(set(found) - set(people)))]


def table(results):
    """Format the average precision of each side as a Markdown table."""
    lines = [
        "| labels | noise | samples | wrong | cleanlab | loss, same vectors | default before | "
        "default, same vectors | views: fast | views: auto | auto less loss | CPU seconds, "
        "cleanlab → fast → auto |",
        "|---" * 12 + "|",
    ]
    for (data, noise, rate), runs in groups(results):
        by = {side: [run["sides"][side]["ap"] for run in runs] for side in SIDES}
        cells = [f"{np.mean([run['wrong'] / run['rows'] for run in runs]):.1%}"]
        cells += [f"{np.mean(by[side]):.3f}" for side in SIDES]
        cells.append(paired(np.subtract(by["auto"], by["loss"])))
        seconds = [
            np.mean([run["sides"][side]["seconds"] for run in runs])
            for side in ("cleanlab", "fast", "auto")
        ]
        cells.append(" → ".join(f"{value:.1f}" for value in seconds))
        name = f"{noise}{'' if rate is None else f' {rate:.0%}'}"
        lines.append(f"| {data} | {name} | {len(runs)} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", closing(results), *deep_table(results)]) + "\n"


def deep_table(results):
    """Format what the thorough views find; nothing where they were not measured."""
    deep = [entry for entry in results["runs"] if "rows" in entry["what"]]
    if not deep:
        return []
    lines = [
        "",
        f'Samples of {FEWER:,} rows, one rater, with the views of `"thorough"`, which add a '
        "fine-tuned encoder and, for labels that are words, SmolLM2 without examples:",
        "",
        "| labels | given as | samples | wrong | cleanlab | views: auto | views: thorough | "
        "thorough / cleanlab | CPU seconds |",
        "|---" * 9 + "|",
    ]
    names = sorted({kind_of(entry) for entry in deep})
    return [*lines, *(deep_row(name, deep) for name in names)]


def kind_of(entry):
    return entry["what"]["data"], entry["what"].get("labels", "numbers")


def deep_row(name, deep):
    runs = [entry for entry in deep if kind_of(entry) == name]
    ap = [np.mean([run["sides"][side]["ap"] for run in runs]) for side in DEEP]
    seconds = np.mean([run["sides"]["thorough"]["seconds"] for run in runs])
    cells = [*name, len(runs), f"{np.mean([run['wrong'] / run['rows'] for run in runs]):.1%}"]
    cells += [*(f"{value:.3f}" for value in ap), f"{ap[-1] / ap[0]:.2f}x", f"{seconds:,.0f}"]
    return f"| {' | '.join(map(str, cells))} |"


def closing(results):
    people = [runs for key, runs in groups(results) if key[0] in label_noise.PEOPLE]
    ratio = {
        side: np.mean(
            [
                np.mean([run["sides"][side]["ap"] for run in runs])
                / np.mean([run["sides"]["cleanlab"]["ap"] for run in runs])
                for runs in people
            ]
        )
        for side in ("fast", "auto")
    }
    seen = results["machine"]
    return (
        "Average precision, means over samples of 2,000 rows; differences are paired by sample, "
        f"with 95% intervals (Student). On people's errors, auto has {ratio['auto']:.2f}x the "
        f"average precision of cleanlab with the same vectors, and fast {ratio['fast']:.2f}x (mean "
        f"of the ratios of {len(people)} sets). {seen['processor']} with {seen['cores']} cores, "
        "one thread."
    )


def main():
    parser = sampled.parser(__doc__)
    parser.add_argument("--sets", nargs="+", default=label_noise.SETS, choices=label_noise.SETS)
    parser.add_argument("--seeds", nargs="+", type=int, default=SEEDS)
    parser.add_argument("--rates", nargs="+", type=float, default=label_noise.RATES)
    parser.add_argument("--thorough", action="store_true", help="measure these views, for hours")
    options = parser.parse_args()
    sampled.run(
        RESULTS,
        MARKS,
        options,
        [*plan(options), *plan_deep(options)],
        lambda what: measure_drawn(what, options),
        table,
    )


if __name__ == "__main__":
    main()
