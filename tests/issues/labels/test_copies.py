"""Copies: found in whatever rows, and kept in one fold, so that they hide no wrong label."""

import pickle

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.datasets import load_digits
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import GroupKFold, StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from keraswrap.exceptions import InputError, ParameterError
from keraswrap.issues import CleanClassifier, find_label_issues
from keraswrap.issues.labels._copies import find_copies
from keraswrap.issues.labels._folds import split_rows
from keraswrap.model_selection import cross_val_predict_proba
from keraswrap.report import make_report

RNG = np.random.default_rng(0)


WORDS = ["".join(letters) for letters in RNG.choice(list("bdfgklmnprstaeiou"), (400, 6))]


SIGNS = ["bad awful poor", "good fine great"]


TEXTS = [" ".join([*RNG.choice(WORDS, 5), SIGNS[i % 2]]) for i in range(120)]


TRUTH = np.array(["neg", "pos"] * 60)


WRONG = np.arange(120) % 20 == 3


GIVEN = np.where(WRONG, "neg", TRUTH)


CLF = make_pipeline(TfidfVectorizer(), KNeighborsClassifier(5))


NUMBERS = RNG.normal(size=(60, 3))


NONE = np.full(60, -1)


@pytest.mark.parametrize("change", [str, "{}!".format, str.upper, "  {}".format, "So {}".format])
def test_copies_of_a_wrong_text_do_not_hide_it(change):
    texts = TEXTS + [change(text) for text in TEXTS * 3]
    given, wrong = np.tile(GIVEN, 4), np.tile(WRONG, 4)
    found = find_label_issues(CLF, texts, given)
    by_text = np.arange(480) % 120
    splits = split_rows(given, 5, 0, groups=by_text)
    expected = cross_val_predict_proba(CLF, texts, given, cv=splits)
    np.testing.assert_allclose(found.proba, expected)
    assert found.is_issue[wrong].all()
    hidden = find_label_issues(CLF, texts, given, copies="apart")
    assert not hidden.is_issue[wrong].any()


@pytest.mark.parametrize(
    "form",
    [
        np.asarray,
        lambda rows: pd.DataFrame(rows, columns=list("abc")),
        lambda rows: {"left": rows[:, :2], "right": rows[:, 2]},
        sparse.csr_matrix,
        lambda rows: rows.astype(object),
        lambda rows: pd.DataFrame({"text": ["one two three " + str(row) for row in rows]}),
    ],
)
def test_equal_rows_are_copies_in_any_form(form):
    rows = np.concatenate([NUMBERS, NUMBERS[:5], NUMBERS[:2]])
    expected = np.r_[np.arange(5), NONE[:55], np.arange(5), np.arange(2)]
    np.testing.assert_array_equal(find_copies(form(rows)), expected)


@pytest.mark.parametrize(
    "rows",
    [
        np.eye(6)[RNG.integers(6, size=300)],  # one-hot
        sparse.csr_matrix(np.eye(6)[RNG.integers(6, size=300)]),
        RNG.integers(4, size=(300, 2)),
        RNG.integers(300, size=300)[:, None],
        pd.DataFrame({"color": RNG.choice(["red", "blue"], 300), "n": RNG.integers(5, size=300)}),
    ],
)
def test_rows_that_chance_makes_equal_are_no_copies(rows):
    assert (find_copies(rows) == -1).all()


def test_a_few_real_rows_without_copies_have_none():
    assert (find_copies(load_digits().data) == -1).all()


def test_what_was_kept_together_is_said():
    texts, given = [*TEXTS, *TEXTS[:12], *TEXTS[:12]], np.r_[GIVEN, GIVEN[:12], GIVEN[:12]]
    found = find_label_issues(CLF, texts, given)
    told = {"groups": 12, "rows": 36, "apart": 0, "rows_apart": 0}
    assert found.provenance["copies"] == told
    report = make_report(found, texts)
    assert "Kept together: 12 groups of copies, 36 rows" in report.to_text()
    assert "36 rows in 12 groups, kept in one fold" in report.to_html()


@pytest.mark.parametrize("how", ["splitter", "proba", "groups"])
def test_copies_that_folds_may_part_are_an_alert(how):
    texts, given = [*TEXTS, *TEXTS[:12]], np.r_[GIVEN, GIVEN[:12]]
    cv = {"splitter": StratifiedKFold(3), "groups": GroupKFold(3)}.get(how)
    if how == "proba":
        proba = cross_val_predict_proba(CLF, texts, given)
        found = find_label_issues(proba, texts, given, out_of_sample=True)
    else:
        found = find_label_issues(CLF, texts, given, cv=cv, groups=np.arange(132) % 120)
    titles = {alert["title"] for alert in make_report(found, texts).summary["alerts"]}
    expected = {"splitter": "Copies in several folds", "proba": "Copies may be in several folds"}
    assert titles & {*expected.values()} == ({expected[how]} if how in expected else set())


def test_repeats_keep_copies_together():
    texts, given = [*TEXTS, *TEXTS[:12]], np.r_[GIVEN, GIVEN[:12]]
    found = find_label_issues(CLF, texts, given, n_repeats=2, cv=3)
    assert found.provenance["copies"]["apart"] == 0
    assert found.provenance["fits"] == 6


def test_a_cleaning_classifier_keeps_copies_together_and_an_old_one_does_not():
    texts, given = TEXTS * 4, np.tile(GIVEN, 4)
    clean = CleanClassifier(CLF, strategy="prune", cv=3).fit(texts, given)
    assert clean.issues_.provenance["copies"]["apart"] == 0
    state = {name: value for name, value in clean.__getstate__().items() if name != "copies"}
    old = pickle.loads(pickle.dumps(CleanClassifier(CLF)))
    old.__setstate__(state)
    assert old.get_params()["copies"] == "apart"


def test_another_way_of_copies_is_refused():
    with pytest.raises(ParameterError, match="Expected copies to be 'together' or 'apart'"):
        find_label_issues(CLF, TEXTS, GIVEN, copies="drop")


def test_copies_that_were_found_before_may_be_passed():
    found = find_label_issues(CLF, TEXTS, GIVEN)
    same = find_label_issues(CLF, TEXTS, GIVEN, copies=find_copies(TEXTS))
    np.testing.assert_array_equal(same.proba, found.proba)
    assert same.provenance["copies"] == found.provenance["copies"]
    with pytest.raises(InputError, match=r"Expected copies among the \d+ rows of X, got .* 3 rows"):
        find_label_issues(CLF, TEXTS, GIVEN, copies=np.array([0, 0, -1]))


@pytest.mark.parametrize("copies", ["together", "apart"])
def test_one_text_under_several_labels_is_a_dead_end_that_says_so(copies):
    texts, given = ["Dear customer, thank you.", "dear customer, thank you"] * 20, [0, 1] * 20
    told = r"one text 40 times, 'Dear customer, thank you.', with the labels 0 \(20\), 1 \(20\)"
    with pytest.raises(InputError, match=told):
        find_label_issues(CLF, texts, given, copies=copies)
    texts[7] = "It broke."
    assert len(find_label_issues(CLF, texts, given, copies=copies)) == 40
