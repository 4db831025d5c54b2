"""What ``keraswrap label`` reads: labels, prompts, people's columns; and its panel."""

import argparse

import numpy as np
import pandas as pd
import pytest

from keraswrap.cli._labeling import (
    audit_of,
    make_panel,
    people_of,
    read_labels,
    read_prompts,
)
from keraswrap.exceptions import BudgetError, InputError, ParameterError
from keraswrap.llm import FakeLM, ZeroShotClassifier

TEXTS = [f"{word} {n}" for n in range(6) for word in ("broke", "superb")] + ["", " "]


def panel(prices=(1e6, 0.0), prompts=("a", "b"), labels=("bad", "good")):
    model = FakeLM({"bad": ["broke"], "good": ["superb"]}, prices=prices, batch_size=1)
    options = argparse.Namespace(no_chat=False, cache=None)
    told = {name: f"{name}: {{labels}}?\nText:\n{{text}}\n" for name in prompts}
    return model, make_panel(options, model, list(labels), told, {"good": "is praised"})


def test_labels_are_read_as_a_row_of_a_table():
    assert read_labels(' a b ,"c, d",e') == ["a b", "c, d", "e"]
    assert read_labels('"say ""so""",b') == ['say "so"', "b"]


@pytest.mark.parametrize("given", ["", "a", "a,", "a,a", "a,,b", "a, a", "a\nb,c"])
def test_what_are_no_labels_is_refused(given):
    with pytest.raises(ParameterError, match="Expected two or more labels that differ"):
        read_labels(given)


def test_prompts_are_named_after_their_files(tmp_path):
    (tmp_path / "short.txt").write_text("Grün? {text}", encoding="utf-8")
    assert read_prompts([str(tmp_path / "short.txt")]) == {"short": "Grün? {text}"}
    assert read_prompts([]) == {"model": None}
    with pytest.raises(InputError, match="names that differ, got 'short' twice"):
        read_prompts([str(tmp_path / "short.txt")] * 2)
    (tmp_path / "latin.txt").write_bytes("Grün".encode("latin-1"))
    for name in ("latin.txt", "gone.txt"):
        with pytest.raises(InputError, match=rf"a text in UTF-8 as --prompt, got .*{name}'"):
            read_prompts([str(tmp_path / name)])


FRAME = pd.DataFrame(
    {
        "ann": ["good", None, " bad "],
        "bob": [1.0, np.nan, 2.0],
        "eve": [1.5, None, 2.0],
        "truth": [True, False, True],
        "drawn": ["Yes", "0", None],
        "number": [1.0, 0.0, np.nan],
    }
)


def told(**given):
    return argparse.Namespace(**{"people": [], "audit": None, "data": "r.csv", **given})


def test_labels_of_people_are_texts_and_whole_numbers_stay_whole():
    found = people_of(FRAME, told(people=["ann", "bob", "eve"]))
    assert found.to_dict("list") == {
        "ann": ["good", None, "bad"],
        "bob": ["1", None, "2"],
        "eve": ["1.5", None, "2.0"],
    }
    assert people_of(FRAME, told()) is None
    with pytest.raises(InputError, match="Did you mean 'ann'"):
        people_of(FRAME, told(people=["anne"]))


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("truth", [True, False, True]),
        ("drawn", [True, False, False]),
        ("number", [True, False, False]),
    ],
)
def test_random_rows_are_true_in_any_spelling(column, expected):
    assert audit_of(FRAME, told(people=["ann"], audit=column)).tolist() == expected


def test_what_is_no_audit_is_refused():
    assert audit_of(FRAME, told(people=["ann"])) is None
    with pytest.raises(ParameterError, match="Expected --people with --audit, got none"):
        audit_of(FRAME, told(audit="truth"))
    with pytest.raises(InputError, match=r"true or false in the column 'bob' of 'r.csv', got '2'"):
        audit_of(FRAME, told(people=["ann"], audit="bob"))


def test_a_panel_costs_what_its_members_do_and_estimates_it():
    model, found = panel()
    estimate = found.estimate(TEXTS)
    assert (estimate.calls, estimate.cached) == (24, 0)
    for one in found.members.values():
        one.predict(TEXTS[:12])
    words = sum(len(prompt.text.split()) for prompt in model.calls)
    assert (len(model.calls), found.cost_) == (24, words)
    assert estimate.cost == pytest.approx(words)
    assert found.estimate(TEXTS).calls == 0
    assert found.estimate(["", " "]).cost == 0.0
    assert all("good: is praised" in prompt.text for prompt in model.calls)


@pytest.mark.parametrize("labels", [("bad", "good"), [str(n) for n in range(20)]])
def test_calibration_keeps_its_cost_and_asks_nothing_twice(labels):
    about = {} if "good" not in labels else {"good": "x"}
    model = FakeLM(prices=(1e6, 0.0))
    options = argparse.Namespace(no_chat=False, cache=None)
    found = make_panel(options, model, list(labels), {"a": None}, about)
    found.calibrate(TEXTS, None)
    assert len(model.calls) == 12
    spent = sum(len(prompt.text.split()) for prompt in model.calls)
    assert found.cost_ == found.spent == spent
    (one,) = found.members.values()
    alone = ZeroShotClassifier(
        model=model, chat=True, calibration="batch", descriptions=about or None
    ).fit(TEXTS[:12] * 2, np.resize(sorted(labels), 24).tolist())
    np.testing.assert_allclose(one.prior_, alone.prior_)
    np.testing.assert_allclose(one.predict_proba(TEXTS[:12]), alone.predict_proba(TEXTS[:12]))
    assert len(model.calls) == 12


def test_a_budget_of_calibration_is_that_of_all_members():
    _, found = panel()
    whole = found.estimate(TEXTS).cost
    with pytest.raises(BudgetError, match="a larger max_cost"):
        found.calibrate(TEXTS, 0.75 * whole)
    assert 0.5 * whole < found.cost_ <= 0.75 * whole


@pytest.mark.parametrize("texts", [["one", "", " "], ["one", "one ", "one"]])
def test_calibration_needs_texts_that_differ(texts):
    with pytest.raises(InputError, match="Expected several texts with --calibrate, got 1"):
        panel()[1].calibrate(texts, None)
