"""Decisions of two reviewers."""

import numpy as np
import pandas as pd
import pytest
from made_decisions import EACH, LABELS, TEXTS, decide
from sklearn.metrics import cohen_kappa_score

from keraswrap.exceptions import InputError, InputTypeError
from keraswrap.issues import apply_corrections, merge_decisions, read_decisions, write_decisions


def many(outcomes):
    """Make decisions of labels, one a row: that of the row is kept, others are given."""
    given = ["a", "b"] * (len(outcomes) // 2)
    rows = [
        (row, "keep", "") if label == given[row] else (row, "relabel", label)
        for row, label in enumerate(outcomes)
    ]
    return decide(*rows, given=given, data_hash="a" * 16)


def test_agreement_and_kappa_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    for _ in range(20):
        first = rng.choice(list("abc"), 40)
        second = np.where(rng.random(40) < 0.7, first, rng.choice(list("abc"), 40))
        found = merge_decisions(many(first), many(second))
        assert found.n_both == 40
        assert found.agreement[0] == pytest.approx((first == second).mean())
        assert found.kappa[0] == pytest.approx(cohen_kappa_score(first, second))
        assert found.kappa[1] < found.kappa[0] < found.kappa[2]
        assert len(found.decisions) == (first == second).sum()
        assert len(found.disagreements) == (first != second).sum()


def test_the_interval_of_kappa_holds_the_true_one_at_its_rate():
    rng, held, runs = np.random.default_rng(1), 0, 150
    shares = np.array([[0.55, 0.05], [0.05, 0.35]])
    a, c = np.trace(shares), shares.sum(0) @ shares.sum(1)
    for _ in range(runs):
        cells = rng.choice(4, size=30, p=shares.ravel())
        first, second = np.array(list("ab"))[cells // 2], np.array(list("ab"))[cells % 2]
        _, low, high = merge_decisions(many(first), many(second)).kappa
        held += low <= (a - c) / (1 - c) <= high
    assert held / runs > 0.9


def test_equal_outcomes_agree_whatever_the_keys_and_a_skip_says_nothing(tmp_path):
    first = decide(*((0, "accept", "bad"), (1, "keep", ""), (2, "drop", ""), (3, "skip", "")))
    second = decide(
        *((0, "relabel", "bad"), (1, "skip", ""), (2, "ambiguous", ""), (3, "keep", "")),
        (4, "drop", ""),
        reviewer="ann",
        note="so",
    )
    found = merge_decisions(first, second)
    actions = dict(zip(found.decisions["row_id"], found.decisions["action"], strict=True))
    assert actions == {"0": "accept", "1": "keep", "3": "keep", "4": "drop"}
    (row,) = found.disagreements.to_dict("records")
    assert (row["row_id"], row["first"], row["second"]) == ("2", "(drop)", "(ambiguous)")
    assert (row["first_reviewer"], row["second_reviewer"], row["second_note"]) == ("", "ann", "so")
    assert found.n_both == 2
    write_decisions(found.decisions, tmp_path / "merged.json")
    assert read_decisions(tmp_path / "merged.json")["row_id"].tolist() == list(actions)
    assert apply_corrections((TEXTS, LABELS), tmp_path / "merged.json").n_changed == 1


def test_names_and_notes_of_both_stay():
    told = [
        {"reviewer": name, "note": note, "timestamp": f"2026-01-0{day}"}
        for name, note, day in (("ann", "x", 2), ("bob", "y", 1))
    ]
    frames = [decide((0, "keep", ""), **one) for one in told]
    (row,) = merge_decisions(*frames).decisions.to_dict("records")
    assert (row["reviewer"], row["note"], row["timestamp"]) == ("ann, bob", "x | y", "2026-01-02")


def test_where_both_say_one_thing_or_share_no_row_there_is_no_kappa():
    alike = merge_decisions(many(["a"] * 10), many(["a"] * 10))
    assert alike.agreement[0] == 1
    assert alike.agreement[1] < 0.75
    assert np.isnan(alike.kappa).all()
    apart = merge_decisions(decide((0, "keep", "")), decide((1, "keep", "")))
    assert apart.n_both == 0
    assert np.isnan(apart.agreement).all()
    assert len(apart.decisions) == 2


@pytest.mark.parametrize(
    ("second", "error", "message"),
    [
        (EACH.assign(data_hash="b" * 16), InputError, "decisions on one data set"),
        (EACH.assign(given_label="ugly"), InputError, "the same given_label of a row in both"),
        (EACH[["row_id"]], InputError, "given_label"),
        (7, InputTypeError, "path or a DataFrame, got int"),
    ],
)
def test_what_does_not_fit_is_refused(second, error, message):
    with pytest.raises(error, match=message):
        merge_decisions(EACH, second)


def test_merged_decisions_say_what_they_are():
    assert repr(merge_decisions(EACH, EACH)) == (
        "MergedDecisions(5 decisions, 0 rows to settle, kappa 1.00)"
    )
    assert isinstance(merge_decisions(EACH, EACH).decisions, pd.DataFrame)
