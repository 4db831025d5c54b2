"""Format what bench_review.py measured: means over samples and simulated reviews."""

from __future__ import annotations

import numpy as np

NAMES = {"tf-idf": "TF-IDF", "vectors": "frozen MiniLM"}
FIGURES = ("errors", "worst", "next", "stop")


def tables(results):
    """Format the estimates before and after judging rows as Markdown tables."""
    cells = groups(results["runs"])
    return "\n\n".join([before(cells), after(cells), closing(results, cells)]) + "\n"


def groups(runs):
    found = {}
    for run in runs:
        what = run["what"]
        found.setdefault(tuple(what[k] for k in ("data", "noise", "rate", "encoder")), []).append(
            run
        )
    return found


def title(key):
    data, noise, rate, encoder = key
    share = "" if rate is None else f" {rate:.0%}"
    return f"| {data} | {noise}{share} | {NAMES[encoder]} |"


def mean(runs, read):
    return float(np.mean([read(run) for run in runs]))


def before(cells):
    lines = [
        "| labels | noise | classifier | wrong | estimated without a look | interval | covered | "
        "of classes | noise by class shown | >90% sure | of these wrong |",
        "|---" * 11 + "|",
    ]
    for key, runs in cells.items():
        inside = sum(run["errors"][1] <= run["wrong"] <= run["errors"][2] for run in runs)
        ends = [mean(runs, lambda run, k=k: run["errors"][k]) for k in range(3)]
        sure, hits = np.sum([run["sure"] for run in runs], axis=0)
        told = [f"{mean(runs, lambda run: run['wrong']):.0f}", f"{ends[0]:.0f}"]
        told += [f"{ends[1]:.0f} to {ends[2]:.0f}", f"{inside} of {len(runs)}"]
        told += [f"{mean(runs, lambda run: run['classes_held']):.0%}"]
        told += [f"{sum(run['by_class'] for run in runs)} of {len(runs)}"]
        told += [f"{sure}", f"{hits / sure:.0%}" if sure else "–"]
        lines.append(f"{title(key)} {' | '.join(told)} |")
    return "\n".join(lines)


def after(cells):
    lines = [
        "| labels | noise | classifier | wrong | after 30 rows | interval | covered | 50 worst, "
        "interval | covered | next rows, covered | stopping point, covered | all of these after "
        "10 and 30 rows | >90% sure | of these wrong |",
        "|---" * 14 + "|",
    ]
    for key, runs in cells.items():
        last = [run["reviews"]["looks"]["30"] for run in runs]
        errors, worst = of(last, "errors"), of(last, "worst")
        sure, hits = np.sum([look["sure"] for look in last], axis=0)
        told = [f"{errors['truth']:.0f}", f"{errors['estimate']:.0f}"]
        told += [f"{errors['low']:.0f} to {errors['high']:.0f}", f"{errors['covered']:.1%}"]
        told += [f"{worst['low']:.0%} to {worst['high']:.0%}", f"{worst['covered']:.1%}"]
        told += [f"{of(last, name)['covered']:.1%}" for name in ("next", "stop")]
        told += [f"{mean(runs, lambda run: run['reviews']['always']):.1%}"]
        told += [f"{sure}", f"{hits / sure:.0%}" if sure else "–"]
        lines.append(f"{title(key)} {' | '.join(told)} |")
    return "\n".join(lines)


def of(looks, name):
    return {key: float(np.mean([look[name][key] for look in looks])) for key in looks[0][name]}


def closing(results, cells):
    """Report the least and the mean coverage over all cells."""
    looks = [
        [run["reviews"]["looks"][at][name]["covered"] for run in runs]
        for runs in cells.values()
        for at in runs[0]["reviews"]["looks"]
        for name in FIGURES
    ]
    covered = [float(np.mean(each)) for each in looks]
    seen = results["machine"]
    return (
        f"Of {len(covered)} intervals (figure, number of rows judged, labels, classifier) the one "
        f"that holds least often does so in {min(covered):.1%} of the reviews, the mean one in "
        f"{np.mean(covered):.1%}; stated are 95%. {seen['processor']} with {seen['cores']} cores."
    )
