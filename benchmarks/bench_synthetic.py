"""Measure what texts by a small language model add to a classifier that has 5 rows of a class.

In each draw, one class is cut to 5 rows and up to nine others to 20; the language model is
shown the 5 rows, and writes until there are 20 or its attempts end. The same classifier, of
words or of MiniLM's vectors, is then trained on the real rows, with copies, with the texts,
and with the texts instead of the 5 rows, and tested on real rows that nothing has seen.
Results are written to ``benchmarks/synthetic.json`` as they come in, and a run resumes where
an earlier one stopped; ``--fresh`` starts over, ``--table`` only writes the tables. Messages
and reviews are read from the folder that ``--data`` names.
"""

from __future__ import annotations

import time
from collections import Counter

import numpy as np
import pandas as pd
import sampled
from common import HERE, paired

RESULTS = HERE / "synthetic.json"
MARKS = (
    "<!-- synthetic: figures from benchmarks/synthetic.json -->\n",
    "<!-- end synthetic -->",
)
FEW, OTHERS, CLASSES, TESTED, DRAWS = 5, 20, 10, 1000, 4
SETS = {
    "bank messages": 'Messages of customers to a bank about "{label}", one in each line:',
    "magazine reviews": 'Short reviews of magazines by customers who are "{label}":',
}
STARS = {1: "very dissatisfied", 5: "very satisfied"}
MAKER = {"chat": False, "temperature": 0.8, "top_p": 0.9, "max_tries": 2, "max_tokens": 60}
MAKER["progress"] = False
FEATURES = ("words", "vectors")
WAYS = ("real", "oversampled", "both", "synthetic")


def classifier(of):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    from keraswrap.text import TextEmbedder

    words = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2))
    features = words if of == "words" else TextEmbedder()
    return make_pipeline(features, LogisticRegression(C=10, max_iter=500))


def read_messages(folder):
    paths = [folder / f"banking77_{part}.csv" for part in ("train", "test")]
    if not all(path.exists() for path in paths):
        return None
    train, test = (pd.read_csv(path).rename(columns={"category": "label"}) for path in paths)
    return train, test[~test["text"].isin(train["text"])]


def read_reviews(folder):
    """Return short reviews with 1 or 5 stars; no magazine is on both sides."""
    path = folder / "amazon_magazine_stars.csv"
    if not path.exists():
        return None
    rows = pd.read_csv(path).rename(columns={"review_text": "text"})
    rows = rows[rows["stars"].isin(STARS) & rows["text"].str.split().str.len().between(5, 40)]
    rows = rows.drop_duplicates("text").assign(label=rows["stars"].map(STARS))
    magazines = np.random.default_rng(0).permutation(rows["asin"].unique())
    known = rows["asin"].isin(magazines[: len(magazines) // 2])
    return rows[known], rows[~known]


def draw(train, test, seed):
    """Return rows, splits of positions, and the class that has few rows."""
    random = np.random.default_rng(seed)
    labels = np.unique(train["label"].to_numpy(dtype=str))
    kept = random.choice(labels, min(len(labels), CLASSES), replace=False)
    train, test = (part[part["label"].isin(kept)] for part in (train, test))
    scarce = str(kept[0])
    parts = [
        rows.sample(min(len(rows), FEW if label == scarce else OTHERS), random_state=seed)
        for label, rows in train.groupby("label")
    ]
    some = pd.concat(parts)
    held = test.sample(min(len(test), TESTED), random_state=seed)
    both = pd.concat([some, held])
    return both, (np.arange(len(some)), np.arange(len(some), len(both))), scarce


def load(known={}):  # noqa: B006
    from keraswrap.datasets import fetch_smollm
    from keraswrap.llm import load_model

    if not known:
        known["model"] = load_model(fetch_smollm())
    return known["model"]


def measure(what, options):
    read = read_messages if what["data"] == "bank messages" else read_reviews
    found = read(options.data)
    if found is None:
        return None
    from keraswrap.synthetic import CHECKS, TextSynthesizer, compare_synthetic

    rows, split, scarce = draw(*found, what["seed"])
    texts, labels = rows["text"].tolist(), rows["label"].to_numpy(dtype=str)
    checks = [name for name in CHECKS if what["labels"] or name != "label"]
    chosen = {"instruction": SETS[what["data"]], "random_state": what["seed"], "checks": checks}
    maker = TextSynthesizer(load(), **chosen, **MAKER)
    figures = {"class": scarce}
    tables = []
    for of in FEATURES:  # texts are written once, for both
        started = time.process_time()
        compared = compare_synthetic(classifier(of), maker, texts, labels, cv=[split])
        figures.setdefault("cpu", round(time.process_time() - started, 1))
        figures[of] = {
            "f1": {s.way: round(s.f1, 4) for s in compared.scores if s.label == scarce},
            "macro_f1": {s.way: round(s.f1, 4) for s in compared.scores if s.label is None},
        }
        tables += compared.made
    made = tables[0]
    figures |= {
        "asked": sum(made.asked.values()),
        "accepted": len(made),
        "reasons": made.reasons(),
        "tokens": made.provenance["tokens"],
        "settings": made.provenance["settings"],
        "checked": check(made, texts, labels, split),
    }
    return figures, (len(made), *(figures[of]["f1"] for of in FEATURES))


def check(made, texts, labels, split):
    from keraswrap.synthetic import check_synthetic

    if not len(made):
        return None
    (train, y_train), (held, y_held) = (
        ([texts[row] for row in part], labels[part]) for part in split
    )
    found = check_synthetic(made, train, held, y_train, y_held)
    return {name: found.to_dict()[name] for name in ("copying", "nearest", "diversity", "labels")}


def plan():
    # With labels checked, in fewer draws.
    for labels, draws in ((False, DRAWS), (True, 1)):
        for seed in range(draws):
            for name in SETS:
                yield {"data": name, "labels": labels, "seed": seed}


def tables(results):
    runs = {}
    for run in results["runs"]:
        checked = ", labels checked" if run["what"]["labels"] else ""
        runs.setdefault(run["what"]["data"] + checked, []).append(run)
    lines = [
        "| rows | features | draws | real rows alone | copies | with texts | "
        "texts instead | with texts - alone | with texts - copies |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, some in runs.items():
        for of in FEATURES:
            scores = {way: np.array([run[of]["f1"][way] for run in some]) for way in WAYS}
            cells = [f"{scores[way].mean():.3f}" for way in WAYS]
            gains = [paired(scores["both"] - scores[way]) for way in ("real", "oversampled")]
            lines.append(f"| {name} | {of} | {len(some)} | {' | '.join([*cells, *gains])} |")
    lines += [
        "",
        f"F1 of a class that has {FEW} real rows, where up to {CLASSES - 1} others have {OTHERS}; "
        "means over draws of classes and rows, with 95% intervals of the paired differences.",
        "",
        "| rows | accepted | rejected | most frequent reasons | "
        "nearest row is one of the 5 | disputed labels | CPU seconds for each accepted text |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, some in runs.items():
        reasons = sum((Counter(run["reasons"]) for run in some), Counter())
        told = "; ".join(f"{reason} {n}" for reason, n in reasons.most_common(3))
        accepted = sum(run["accepted"] for run in some)
        checked = [run["checked"] for run in some if run["checked"]]
        near, disputed = (_pooled(checked, part) for part in ("nearest", "labels"))
        cpu = sum(run["cpu"] for run in some) / max(1, accepted)
        lines.append(
            f"| {name} | {accepted} of {sum(run['asked'] for run in some)} | "
            f"{sum(reasons.values())} | {told} | {near} | {disputed} | {cpu:.1f} |"
        )
    at = results["machine"]
    lines += [
        "",
        "SmolLM2-135M-Instruct in float32, prompts without a chat. Of the texts that are "
        "compared with as many held-out rows, half would be nearest to one of the 5 if nothing "
        "were taken from them. CPU seconds include the fits of words. "
        f"{at['processor']} with {at['cores']} cores, shared with other processes.",
    ]
    return "\n".join(lines) + "\n"


def _pooled(checked, part):
    parts = [one[part] for one in checked if one[part] and one[part]["n"]]
    n = sum(one["n"] for one in parts)
    return f"{sum(one['share'] * one['n'] for one in parts) / n:.0%}" if n else "–"


def main():
    options = sampled.parser(__doc__).parse_args()
    sampled.run(RESULTS, MARKS, options, plan(), lambda what: measure(what, options), tables)


if __name__ == "__main__":
    main()
