"""The job: who counts, what is noted and warned of, and how a table was made."""

import numpy as np
import pandas as pd
import pytest
from ruled_texts import PEOPLE, TEXTS, N, rule

from keraswrap.labeling import label_texts
from keraswrap.llm import FakeLM, ZeroShotClassifier


def test_every_note_says_what_was_missing():
    people = pd.DataFrame({"ann": PEOPLE, "idle": [None] * N})
    by_name = {"rule": rule, "odd": lambda texts: ["maybe"] * len(texts), "silent": [None] * N}
    table = label_texts(TEXTS, by_name, people, prices={"rule": 1.0}, max_cost=150)
    assert table.notes == (
        "Annotator 'odd' gave 200 labels outside the classes.",
        "max_cost=150 was reached before all were asked about 50 rows.",
        "Annotators without an answer: ['odd', 'silent'].",
        "People without a label: ['idle'].",
        "The alternative annotator test needs at least 2 people who label 30 rows that others "
        "label too; there are 0 people with up to 0 such rows.",
    )


def test_mistakes_of_people_s_random_rows_make_families():
    wrong = [("bad" if label == "good" else "good") if n % 5 == 0 else label
             for n, label in enumerate(rule(TEXTS))]  # fmt: skip
    other = [("bad" if label == "good" else "good") if n % 5 == 1 else label
             for n, label in enumerate(rule(TEXTS))]  # fmt: skip
    table = label_texts(TEXTS, {"a": wrong, "b": other, "c": wrong}, PEOPLE)
    assert table.annotators["family"].tolist() == [0, 1, 0]
    # Without random rows there are no mistakes to compare.
    alone = label_texts(TEXTS, {"a": wrong, "c": wrong}, PEOPLE, audit=[False] * N)
    assert alone.annotators["family"].tolist() == [0, 1]


def test_a_failure_counts_for_nothing_unless_nobody_else_answers():
    def half(texts):
        if "fine 50" in texts:
            raise OSError("gone")
        return rule(texts)

    with pytest.warns(UserWarning, match="'half' failed"):
        both = label_texts(TEXTS, {"half": half, "rule": rule}, PEOPLE, batch_size=10)
    assert both.annotators["weight"]["half"] == 0 < both.annotators["weight"]["rule"]
    with pytest.warns(UserWarning, match="'half' failed"):
        alone = label_texts(TEXTS, {"half": half}, PEOPLE, batch_size=10)
    assert alone.annotators["weight"]["half"] > 0
    assert "Annotator 'half' failed: OSError: gone" in alone.notes


def test_people_s_labels_cost_their_price_each():
    people = pd.DataFrame({"ann": PEOPLE, "bob": ["good"] + [None] * (N - 1)})
    table = label_texts(TEXTS, {"rule": rule}, people, prices={"people": 2.0, "rule": 0.25})
    assert table.cost.tolist() == [4.25] + [2.25] * 99 + [0.25] * 100


def test_settings_and_seed_are_kept_as_plain_values():
    table = label_texts(TEXTS, [rule], PEOPLE, random_state=3, cv=4, max_cost=5)
    told = table.provenance
    assert told["seed"] == 3
    assert told["settings"] == {
        "classes": ["bad", "good"],
        "families": None,
        "prices": None,
        "promise": "accepted",
        "cv": 4,
        "batch_size": 64,
        "random_state": 3,
        "progress": False,
        "max_cost": 5,
        "target_error": 0.05,
        "confidence": 0.9,
    }
    assert set(told["versions"]) == {"keraswrap", "scikit-learn", "numpy", "scipy", "pandas"}


def test_prompts_of_one_model_are_a_family():
    model = FakeLM({"good": ["fine"], "bad": ["broke"]})
    prompts = {name: ZeroShotClassifier(model=model, prompt=f"{name} {{text}}") for name in "ab"}
    table = label_texts(TEXTS, {**prompts, "rule": rule}, PEOPLE)
    assert table.annotators["family"].tolist() == [0, 0, 1]
    alone = label_texts(TEXTS, prompts, PEOPLE, families={"a": "x"})
    assert alone.annotators["family"].tolist() == [0, 1]
    assert table.annotators["kind"].tolist() == ["language model", "language model", "function"]


def test_an_audit_that_is_no_random_sample_is_told_of():
    sure = np.where(np.arange(N) < N // 2, 0.99, 0.6) + np.linspace(0, 0.005, N)
    proba = np.column_stack([sure, 1 - sure])
    with pytest.warns(UserWarning, match="no random sample of the rows, or it was fitted on them"):
        label_texts(TEXTS, {"seen": proba}, PEOPLE)
