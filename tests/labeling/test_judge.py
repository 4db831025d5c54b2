"""Judging: folds, votes, and for each row a label or the reason why there is none."""

from dataclasses import replace

import numpy as np
import pytest

from keraswrap.labeling._judge import REASONS, Said, assign_folds, judge, weigh
from keraswrap.labeling._pool import cross_fit, fit_pool, log_views, vote


@pytest.mark.parametrize("seed", range(5))
def test_folds_have_each_class_alike_and_equal_texts_together(seed):
    rng = np.random.default_rng(seed)
    truth = rng.integers(-2, 3, 300)
    texts = np.array([f"text {n}" for n in range(300)], object)
    folds = assign_folds(truth, texts, 4, seed)
    assert np.array_equal(folds >= 0, truth >= 0)
    for code in range(3):
        counts = np.bincount(folds[truth == code], minlength=4)
        assert np.ptp(counts) <= 1
    twice = np.array([f"text {n % 60}" for n in range(300)], object)
    shared = assign_folds(truth, twice, 4, seed)
    for text in np.unique(twice):
        assert len(set(shared[(twice == text) & (truth >= 0)])) <= 1
    assert np.ptp(np.bincount(shared[shared >= 0])) < 30  # of texts, not rows, as many
    assert not np.array_equal(folds, assign_folds(truth, texts, 4, seed + 1))
    assert np.array_equal(folds, assign_folds(truth, texts, 4, seed))


def said(codes, truth, k=2, **given):
    """Return what is known, of annotators that name classes; all of people's rows measure."""
    codes, truth = np.asarray(codes), np.asarray(truth)
    n, m = codes.shape
    whole = {
        "proba": np.stack([vote(column, k) for column in codes.T], axis=1),
        "asked": np.ones((n, m), bool),
        "used": np.ones(m, bool),
        "families": np.arange(m),
        "truth": truth,
        "audit": truth != -1,
        "there": np.ones(n, bool),
        "folds": assign_folds(truth, np.arange(n).astype(object), 5, 0),
        "missing": "budget",
    }
    return Said(**{**whole, **given})


def test_with_few_labels_each_family_has_one_vote():
    # Two of a family against one alone, which weighs as much as both together.
    found, weights = weigh(said([[0, 0, 1]] * 12, [1] * 9 + [-1] * 3, families=np.array([4, 4, 2])))
    assert weights.tolist() == [0.5, 0.5, 1.0]
    assert found == pytest.approx(np.full((12, 2), 0.5))


def test_people_s_rows_are_combined_by_weights_of_other_folds():
    rng = np.random.default_rng(0)
    truth = np.where(np.arange(120) < 80, rng.integers(0, 3, 120), -1)
    codes = np.where(rng.random((120, 2)) < [0.9, 0.5], np.abs(truth)[:, None], 2)
    one = said(codes, truth, 3, used=np.array([True, True]))
    found, weights = weigh(one)
    views, families = log_views(one.proba), np.arange(2)
    pool = fit_pool(views[:80], truth[:80], families)
    expected = cross_fit(views[:80], truth[:80], families, one.folds[:80])
    np.testing.assert_allclose(found[:80], expected)
    np.testing.assert_allclose(found[80:], pool.combine(views[80:]))
    assert weights == pytest.approx(pool.weights)


def test_annotators_that_do_not_count_have_no_weight_and_no_say():
    codes = np.array([[1, 0], [1, 0], [-1, 0]])
    found, weights = weigh(said(codes, [-1] * 3, used=np.array([True, False])))
    assert weights.tolist() == [1.0, 0.0]
    np.testing.assert_allclose(found, [[0.1, 0.9], [0.1, 0.9], [np.nan, np.nan]])


def judged(what):
    return judge(what, weigh(what), (0.1, 0.9), "accepted")


def test_a_row_is_open_for_the_first_reason_that_holds():
    n = 100
    codes = np.arange(n)[:, None] % 2
    codes[-3] = -1
    truth = np.where(np.arange(n) < 80, codes[:, 0], -1)
    truth[80:82] = -2
    asked, there = np.ones((n, 1), bool), np.ones(n, bool)
    asked[[-4, -2, 81]] = False
    there[[-2, -1]] = False
    found = judged(said(codes, truth, asked=asked, there=there))
    # All that people labeled, or disagree about, and that was asked about.
    assert (found.acceptance.n_audit, found.acceptance.n_wrong) == (81, 1)
    reasons = ["people disagree"] * 2 + [None] * 14 + ["budget", "no answer"] + ["no text"] * 2
    assert found.why.tolist() == [None] * 80 + reasons
    assert found.source.tolist() == ["people"] * 80 + [None] * 2 + ["machine"] * 14 + [None] * 4
    assert found.codes.tolist() == [0, 1] * 40 + [-1] * 2 + [0, 1] * 7 + [-1] * 4
    failed = judged(said(codes, truth, asked=asked, there=there, missing="annotator failed"))
    assert failed.why[-4] == "annotator failed"


def test_without_random_rows_every_reason_is_that_nothing_was_measured():
    what = said([[0]] * 20, [0] * 5 + [-1] * 15)
    nothing = judged(replace(what, audit=np.zeros(20, bool)))
    assert set(nothing.why[5:]) == {"not measured"}
    assert nothing.codes.tolist() == [0] * 5 + [-1] * 15
    unasked = judged(replace(what, asked=np.arange(20)[:, None] >= 5))
    assert unasked.acceptance.reason.startswith("No random row was asked about in full")


def test_too_many_errors_leave_the_rest_open_as_not_sure_enough():
    found = judged(said([[0]] * 100, [0, 1] * 30 + [-1] * 40))
    assert set(found.why[60:]) == {"not sure enough"} <= set(REASONS)
    assert found.acceptance.threshold == np.inf
    # People's own labels stay, whatever the annotators say.
    assert found.codes[:60].tolist() == [0, 1] * 30
