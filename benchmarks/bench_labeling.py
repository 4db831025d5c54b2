"""Measure what label_texts accepts, how often that is wrong, and how many labels people give.

Sentences that 20 people rated have a known label; a person of the benchmark is one of them,
drawn for each row. Annotators are a small language model with two prompts, asked about 600
Amazon sentences, and classifiers of words and of MiniLM's vectors, which learn the labels
that people have given so far. Results are written to ``benchmarks/labeling.json`` as they
come in, and a run resumes where an earlier one stopped; ``--fresh`` starts over, ``--table``
only writes the tables. The sentences are read from the folder that ``--data`` names; scores
of the language model and vectors are kept in the folder that ``--kept`` names.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import sampled
from common import HERE
from environments import interpreter
from threadpoolctl import threadpool_limits

RESULTS = HERE / "labeling.json"
MARKS = (
    "<!-- labeling: figures from benchmarks/labeling.json -->\n",
    "<!-- end labeling -->",
)
FILES = {
    "Amazon sentences": "amazon_sentences_20_raters.csv",
    "tweets": "tweets_20_raters.csv",
}
PROMPTS = {
    "question": "Is this sentence positive or negative?\n\nSentence: {text}\n\nAnswer:",
    "opinion": 'Someone wrote: "{text}"\nThe opinion of the writer is',
}
CLASSES = np.array(["negative", "positive"])
TARGET, CONFIDENCE = 0.05, 0.9
DRAWS, ASKED, AUDITS = 50, 600, (300, 600)
SIDES = ("random order", "least sure first", "Dawid-Skene", "CROWDLAB")
# Draws in which other ways are compared, and ours in rounds, which takes ten times as long.
COMPARED = 8
# Labels that people give at a time where rows are chosen, by us and by the others.
ROUND, STEP = 300, 150


class Lookup:
    """Rows of a matrix by text, as a step of a pipeline."""

    def __init__(self, places, matrix):
        self.places, self.matrix = places, matrix

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return self.matrix[[self.places[text] for text in X]]

    def get_params(self, deep=True):
        return {"places": self.places, "matrix": self.matrix}

    def set_params(self, **params):
        return self

    def __sklearn_clone__(self):
        return self

    def __sklearn_is_fitted__(self):
        return False


def read(name, folder):
    """Read the sentences on which people agree; None if the file is missing."""
    path = folder / FILES[name]
    if not path.exists():
        return None
    frame = pd.read_csv(path)
    frame = frame[frame["mean"].abs() >= 0.5]
    frame = frame[~frame["text"].str.casefold().duplicated()].reset_index(drop=True)
    ratings = [np.array([r for r in json.loads(row) if r]) for row in frame["ratings"]]
    return frame["text"].tolist(), (frame["mean"] > 0).to_numpy().astype(int), ratings


def score_by_model(name, texts, kept):
    """Return the language model's probabilities by prompt, NaN for rows not asked about."""
    if name != "Amazon sentences":  # it takes minutes
        return {}
    path = kept / f"labeling_{FILES[name]}.npz"
    if not path.exists():
        from keraswrap.datasets import fetch_smollm
        from keraswrap.llm import ZeroShotClassifier

        rows = np.random.default_rng(0).permutation(len(texts))[:ASKED]
        found = {}
        for prompt, text in PROMPTS.items():
            clf = ZeroShotClassifier(fetch_smollm(), prompt=text, calibration="batch")
            proba = np.full((len(texts), 2), np.nan)
            clf.fit(None, CLASSES)
            proba[rows] = clf.predict_proba([texts[row] for row in rows])
            found[prompt] = proba
        np.savez(path, **found)
    return dict(np.load(path))


def embed(name, texts, kept):
    path = kept / f"vectors_{FILES[name]}.npy"
    if not path.exists():
        from keraswrap.text import TextEmbedder

        np.save(path, TextEmbedder().fit_transform(texts))
    return np.load(path)


def prepare(name, options, known={}):  # noqa: B006
    """Read a set once, with all that costs time."""
    if name not in known:
        found = read(name, options.data)
        if found is None:
            return None
        from sklearn.feature_extraction.text import TfidfVectorizer

        texts, truth, ratings = found
        places = {text: row for row, text in enumerate(texts)}
        words = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), min_df=2)
        features = {
            "words": (places, words.fit_transform(texts)),
            "vectors": (places, embed(name, texts, options.kept)),
        }
        models = score_by_model(name, texts, options.kept)
        known[name] = (texts, truth, ratings, features, models)
    return known[name]


def classifier():
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=10, max_iter=300)


def measure(what, options):
    found = prepare(what["data"], options)
    if found is None:
        return None
    texts, truth, ratings, _, _ = found
    rng = np.random.default_rng(what["seed"])
    person = np.array([int(rng.choice(row) > 0) for row in ratings])
    order = rng.permutation(len(texts))
    ours = {str(n): label(found, person, order[:n]) for n in AUDITS}
    needed = compare(found, person, order, options) if what["seed"] < COMPARED else {}
    told = {
        n: [round(one["all"][each], 3) for each in ("labels", "error")] for n, one in ours.items()
    }
    return {
        "rows": len(texts),
        "person_wrong": float((person != truth).mean()),
        "ours": ours,
        "others": needed,
    }, (told, needed)


def compare(found, person, order, options):
    """Return the labels that other ways take, and ours in rounds."""
    needed = {
        "rounds": label(found, person, order[: AUDITS[0]], rounds=True),
        "random order": by_order(found, person, order, chosen=False),
        "least sure first": by_order(found, person, order, chosen=True),
    }
    return needed | consensus(found, person, order[: AUDITS[0]], options)


def label(found, person, audit, rounds=False):
    """Label by label_texts, under each promise, or in rounds under the second."""
    from sklearn.pipeline import make_pipeline

    from keraswrap.labeling import LabelingSettings, label_texts

    texts, truth, _, features, models = found
    people = np.full(len(texts), None, dtype=object)
    people[audit] = CLASSES[person[audit]]
    by_name = dict(models)
    for name, given in features.items():
        by_name[name] = make_pipeline(Lookup(*given), classifier())
    settings = LabelingSettings(promise="all" if rounds else "accepted")
    table = label_texts(texts, by_name, people, TARGET, CONFIDENCE, settings=settings)
    if rounds:
        return outcome(in_rounds(table, person), person, truth)
    results = {
        promise: outcome(decided(table, promise), person, truth, table.audit)
        for promise in ("accepted", "all")
    }
    results["accuracy"] = float((table.suggested == CLASSES[truth]).mean())
    return results


def decided(table, promise):
    """Accept labels of a table under either promise, without fitting everything again."""
    from keraswrap.labeling._acceptance import accept

    audit, top = table.audit, table.class_proba.argmax(axis=1)
    right = CLASSES[top[audit]] == table.label[audit]
    found = accept(table.proba[audit], right, (TARGET, CONFIDENCE), promise, len(table))
    return np.where(~audit & (table.proba >= found.threshold), top, -1)


def in_rounds(table, person):
    """Have a person label the least sure open rows, some at a time, until none is open."""
    from keraswrap.labeling import add_people

    while table.open.any():
        rows = np.flatnonzero(table.open)
        rows = rows[np.argsort(table.proba[rows], kind="stable")][:ROUND]
        more = np.full(len(table), None, dtype=object)
        more[rows] = CLASSES[person[rows]]
        table = add_people(table, more)
    return np.where(table.source == "machine", table.codes, -1)


def outcome(accepted, person, truth, audit=None):
    """Return what is right if the person labels all rows that are open."""
    machine = accepted >= 0
    final = np.where(machine, accepted, person)
    wrong, apart = final != truth, final != person
    some = machine.any()
    return {
        "coverage": float(machine.mean() if audit is None else machine[~audit].mean()),
        "machine_error": float(wrong[machine].mean()) if some else None,
        "machine_against_people": float(apart[machine].mean()) if some else None,
        "error": float(wrong.mean()),
        "against_people": float(apart.mean()),
        "labels": float(1 - machine.mean()),
    }


def pooled(features, known, person):
    """Return probabilities by both classifiers together."""
    logs = 0
    for _, matrix in features.values():
        fitted = classifier().fit(matrix[known], person[known])
        logs = logs + np.log(fitted.predict_proba(matrix) + 1e-9)
    proba = np.exp(logs)
    return proba / proba.sum(axis=1, keepdims=True)


def by_order(found, person, order, chosen):
    """Return the share of rows that people label until 5% of all are wrong, known by an oracle."""
    _, truth, _, features, _ = found
    known = np.zeros(len(truth), bool)
    known[order[:STEP]] = True
    while not known.all():
        proba = pooled(features, known, person)
        final = np.where(known, person, proba.argmax(axis=1))
        if (final != truth).mean() <= TARGET:
            break
        rest = order[~known[order]]
        if chosen:
            rest = rest[np.argsort(proba[rest].max(axis=1), kind="stable")]
        known[rest[:STEP]] = True
    return float(known.mean())


def consensus(found, person, audit, options):
    """Return what consensus of the same votes costs and claims, by two other methods."""
    _, truth, _, features, models = found
    known = np.zeros(len(truth), bool)
    known[audit] = True
    votes = [votes_of(proba) for proba in models.values()]
    held = out_of_fold(features, known, person)
    votes += [votes_of(proba) for proba in held]
    votes.append(np.where(known, person, -1))
    codes = np.stack(votes, axis=1)
    sides = {"CROWDLAB": crowdlab(codes, np.mean(held, axis=0))}
    if options.peers:
        sides["Dawid-Skene"] = dawid_skene(codes)
    return {side: judge(proba, known, person, truth) for side, proba in sides.items()}


def votes_of(proba):
    return np.where(np.isnan(proba).any(axis=1), -1, np.nan_to_num(proba).argmax(axis=1))


def out_of_fold(features, known, person):
    rows = np.flatnonzero(known)
    found = []
    for _, matrix in features.values():
        proba = classifier().fit(matrix[rows], person[rows]).predict_proba(matrix)
        for fold in range(5):
            out = rows[fold::5]
            rest = np.setdiff1d(rows, out)
            fitted = classifier().fit(matrix[rest], person[rest])
            proba[out] = fitted.predict_proba(matrix[out])
        found.append(proba)
    return found


def crowdlab(codes, proba):
    from keraswrap.issues import find_consensus

    table = np.where(codes >= 0, CLASSES[codes], None)
    found = find_consensus(table, proba, classes=CLASSES)
    made = np.empty((len(codes), 2))
    made[np.arange(len(codes)), found.codes] = found.quality
    made[np.arange(len(codes)), 1 - found.codes] = 1 - found.quality
    return made


def dawid_skene(codes):
    """Run crowd-kit's Dawid-Skene in an environment of its own."""
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder) / "given.npz", Path(folder) / "made.npz"
        np.savez(given, codes=codes)
        job = HERE / "jobs" / "dawid_skene.py"
        subprocess.run([interpreter("crowd-kit"), job, given, made], check=True)
        return np.load(made)["proba"]


def judge(proba, known, person, truth):
    """Return labels needed with an oracle, and what accepting at 95% would do."""
    top, sure = proba.argmax(axis=1), proba.max(axis=1)
    order = np.argsort(np.where(known, -1.0, sure), kind="stable")
    final, n = np.where(known, person, top), int(known.sum())
    wrong_machine, wrong_person = (final != truth)[order], (person != truth)[order]
    total = (
        np.cumsum(np.append(0, wrong_person)) + np.cumsum(np.append(0, wrong_machine[::-1]))[::-1]
    )
    enough = np.flatnonzero(total <= TARGET * len(truth))
    enough = enough[enough >= n]
    accepted = ~known & (sure >= 1 - TARGET)
    return {
        "labels": float(enough[0] / len(truth)) if len(enough) else 1.0,
        "coverage": float(accepted.sum() / (~known).sum()),
        "machine_error": float((top != truth)[accepted].mean()) if accepted.any() else None,
        "machine_against_people": float((top != person)[accepted].mean())
        if accepted.any()
        else None,
        "claimed": float(1 - sure[accepted].mean()) if accepted.any() else None,
    }


def plan():
    return [{"data": name, "seed": seed} for seed in range(DRAWS) for name in FILES]


def tables(results):
    """Format what is accepted, then what people label."""
    return accepted_table(results["runs"]) + "\n" + needed_table(results["runs"])


def of(runs, name):
    return [run for run in runs if run["what"]["data"] == name]


def percent(values, digits=1):
    there = [value for value in values if value is not None]
    return f"{100 * np.mean(there):.{digits}f}%" if there else "–"


def accepted_table(runs):
    lines = [
        "| rows | by | people's labels | labels accepted | of these wrong | "
        "otherwise than people | promise broken in |",
        "|---|---|---|---|---|---|---|",
    ]
    for name in FILES:
        some = of(runs, name)
        for audit in AUDITS:
            each = [run["ours"][str(audit)]["accepted"] for run in some]
            lines += accepted_line(name, "label_texts", audit, each)
        for side in ("Dawid-Skene", "CROWDLAB"):
            each = [run["others"][side] for run in some if side in run["others"]]
            lines += accepted_line(name, f"{side}, at least 95% sure", AUDITS[0], each)
    return "\n".join(lines) + "\n"


def accepted_line(name, side, audit, each):
    if not each:
        return []
    errors = [one["machine_error"] for one in each]
    apart = percent([one["machine_against_people"] for one in each])
    against = [one["machine_against_people"] or 0 for one in each]
    broken = np.mean([error > TARGET for error in against])
    return [
        f"| {name} | {side} | {audit} | {percent([one['coverage'] for one in each])} | "
        f"{percent(errors)} | {apart} | {broken:.0%} |"
    ]


def needed_table(runs):
    lines = [
        "| rows | by | people label | wrong in the end | otherwise than people | "
        "of these more than 5% in |",
        "|---|---|---|---|---|---|",
    ]
    for name in FILES:
        some = of(runs, name)
        for audit in AUDITS:
            each = [run["ours"][str(audit)] for run in some]
            told = f"label_texts, {audit} random rows, then all open ones"
            lines += needed_line(name, told, [one["all"] for one in each])
        told = f"label_texts, {AUDITS[0]} random rows, then {ROUND} open ones at a time"
        each = [run["others"]["rounds"] for run in some if "rounds" in run["others"]]
        lines += needed_line(name, told, each)
        for side in SIDES:
            found = [run["others"][side] for run in some if side in run["others"]]
            labels = [one["labels"] if isinstance(one, dict) else one for one in found]
            if labels:
                told = f"{side}, stopped by an oracle"
                lines.append(f"| {name} | {told} | {percent(labels)} | 5% | – | – |")
    return "\n".join([*lines, "", f"{setting(runs)}"]) + "\n"


def needed_line(name, side, each):
    if not each:
        return []
    over = np.mean([one["against_people"] > TARGET for one in each])
    shown = [percent([one[figure] for one in each]) for figure in ("labels", "error")]
    apart = percent([one["against_people"] for one in each])
    return [f"| {name} | {side} | {' | '.join(shown)} | {apart} | {over:.0%} |"]


def setting(runs):
    """Say what was run, in a sentence."""
    told = []
    for name in FILES:
        some = of(runs, name)
        if some:
            wrong = percent([run["person_wrong"] for run in some])
            told.append(
                f"{name}: {some[0]['rows']:,} rows, {len(some)} draws, a person is wrong in {wrong}"
            )
    return f"Target {TARGET:.0%}, confidence {CONFIDENCE:.0%}; {'; '.join(told)}."


def main():
    parser = sampled.parser(__doc__)
    parser.add_argument("--kept", type=Path, default=HERE / "data")
    parser.add_argument("--no-peers", dest="peers", action="store_false")
    options = parser.parse_args()
    threadpool_limits(1)  # fits are too small to share
    sampled.run(RESULTS, MARKS, options, plan(), lambda what: measure(what, options), tables)


if __name__ == "__main__":
    main()
