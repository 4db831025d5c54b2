"""Format what bench_label_issues.py measured: means over samples, paired differences."""

from __future__ import annotations

import numpy as np
from common import paired

NAMES = {"tf-idf": "TF-IDF", "vectors": "frozen MiniLM", "fine-tuned": "fine-tuned MiniLM"}
ACTIONS = ("random", "prune", "relabel", "weight")


def tables(results, chosen):
    """Format finding, counting and acting as Markdown tables."""
    parts = [finding(results), counting(results), acting(results, chosen), closing(results)]
    return "\n\n".join(parts) + "\n"


def groups(results):
    """Return every kind of run, with its samples in the order of their seeds."""
    found = {}
    for run in sorted(results["runs"], key=lambda run: run["what"]["seed"]):
        what = run["what"]
        key = (what["data"], what["noise"], what["rate"], what["encoder"])
        found.setdefault(key, []).append(run)
    order = list(NAMES)
    return sorted(found.items(), key=lambda item: (*map(str, item[0][:3]), order.index(item[0][3])))


def title(key):
    data, noise, rate, encoder = key
    return f"| {data} | {noise}{'' if rate is None else f' {rate:.0%}'} | {NAMES[encoder]} |"


def mean(runs, read):
    return float(np.mean([read(run) for run in runs]))


def differences(runs, read, base):
    return [read(run) - base(run) for run in runs]


def finding(results):
    lines = [
        "| labels | noise | classifier | wrong | average precision, cleanlab | keraswrap | "
        "difference | AUROC | lift | wrong among the worst 100 | fits | CPU seconds |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for key, runs in groups(results):
        cells = [f"{mean(runs, lambda run: run['wrong'] / run['rows'][0]):.1%}"]
        cells += [f"{mean(runs, of_cleanlab('ap')):.3f}", f"{mean(runs, ours('ap')):.3f}"]
        cells.append(paired(differences(runs, ours("ap"), of_cleanlab("ap"))))
        for name, form in (("auroc", ".3f"), ("lift", ".1f"), ("p100", ".0%")):
            both = (mean(runs, of_cleanlab(name)), mean(runs, ours(name)))
            cells.append(" → ".join(format(value, form) for value in both))
        cells.append(f"{runs[0]['cleanlab']['fits']} → {runs[0]['fits']}")
        times = (mean(runs, of_cleanlab("seconds")), mean(runs, lambda run: run["seconds"]))
        cells.append(" → ".join(f"{seconds:.1f}" for seconds in times))
        lines.append(f"{title(key)} {' | '.join(cells)} |")
    return "\n".join(lines)


def ours(name):
    return lambda run: run["scores"][run["default"]][name]


def of_cleanlab(name):
    return lambda run: run["cleanlab"][name]


def counting(results):
    lines = [
        "| labels | noise | classifier | wrong labels | estimated | interval | covered | "
        "wrong among the worst 100, expected | actual |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for key, runs in groups(results):
        inside = sum(run["estimate"][1] <= run["wrong"] <= run["estimate"][2] for run in runs)
        cells = [f"{mean(runs, lambda run: run['wrong']):.0f}"]
        cells += [f"{mean(runs, at('estimate', 0)):.0f}"]
        cells += [f"{mean(runs, at('estimate', 1)):.0f} to {mean(runs, at('estimate', 2)):.0f}"]
        cells += [f"{inside} of {len(runs)}"]
        cells += [f"{mean(runs, at('precision_next', k)):.0%}" for k in (0, 1)]
        lines.append(f"{title(key)} {' | '.join(cells)} |")
    return "\n".join(lines)


def at(name, place):
    return lambda run: run[name][place]


def acting(results, chosen):
    lines = [
        f"| labels | noise | classifier | as given | {' | '.join(ACTIONS)} | worst 5% corrected | "
        "all corrected | CleanLearning |",
        "|---" * (len(ACTIONS) + 7) + "|",
    ]
    given = accuracy("noisy")
    for key, runs in groups(results):
        cells = [f"{mean(runs, given):.3f}"]
        names = [f"{action}, {chosen}" for action in ACTIONS] + ["review 5%", "oracle"]
        cells += [paired(differences(runs, accuracy(name), given)) for name in names]
        cells.append(paired(differences(runs, of_cleanlab("accuracy"), given)))
        lines.append(f"{title(key)} {' | '.join(cells)} |")
    return "\n".join(lines)


def accuracy(name):
    return lambda run: run["accuracy"][name]


def closing(results):
    seen, counts = results["machine"], sorted(len(runs) for _, runs in groups(results))
    samples = f"{counts[0]} to {counts[-1]}" if counts[0] < counts[-1] else str(counts[0])
    return (
        f"Means over {samples} samples; differences from the first figure are paired by sample, "
        "with 95% intervals (Student). cleanlab is CleanLearning with its defaults and the same "
        f"classifier. {seen['processor']} with {seen['cores']} cores."
    )
