"""Labels that differ only in form: found, merged as most are written, and shown apart."""

import unicodedata
import warnings

import numpy as np
import pytest
from sklearn.datasets import make_blobs
from sklearn.linear_model import LogisticRegression

from keraswrap.exceptions import LabelVariantsWarning
from keraswrap.issues import find_label_issues, merge_variants
from keraswrap.issues.corrections._variants import find_variants, show_labels
from keraswrap.report import make_report

X, CODES = make_blobs(90, centers=2, random_state=0)
E_ACUTE = "caf\u00e9"
FORMS = [
    ("negative", "NEGATIVE"),
    ("good", "good "),
    ("good", "good\u00a0"),
    ("very good", "very  good"),
    (E_ACUTE, unicodedata.normalize("NFD", E_ACUTE)),
    ("good", "go\u200bod"),
    ("1", "1.0"),
    ("１", "1"),
    ("straße", "STRASSE"),
    ("a", "\ta"),
]


@pytest.mark.parametrize(("often", "seldom"), FORMS)
def test_forms_of_one_label_are_found_merged_and_told_apart(often, seldom):
    labels = [often] * 3 + ["other"] * 2 + [seldom]
    assert find_variants(labels) == [[(often, 3), (seldom, 1)]]
    assert merge_variants(labels).tolist() == [often] * 3 + ["other"] * 2 + [often]
    first, second = show_labels([often, seldom])
    assert unicodedata.normalize("NFKC", first) != unicodedata.normalize("NFKC", second)
    assert first.strip() == first
    assert second.isprintable()
    assert second.strip() == second


@pytest.mark.parametrize("labels", [["1", "01"], ["a.", "a"], ["c", "c++"], ["no", "non"], [1, 2]])
def test_labels_that_say_different_things_are_none(labels):
    assert find_variants(labels) == []
    assert merge_variants(labels).tolist() == labels
    assert show_labels(labels) == [str(label) for label in labels]


def test_numbers_beside_their_texts_become_one_kind():
    assert merge_variants(["1", 1, "1", 2.0, "2", "2"]).tolist() == ["1", "1", "1", "2", "2", "2"]


def noisy():
    forms = np.array([["neg", "Neg", "neg\u00a0"], ["pos", "pos ", "POS"]])
    return forms[CODES, np.arange(90) // 2 % 3]


def test_a_search_among_forms_warns_and_a_report_says_so_and_shows_no_two_alike():
    given = noisy()
    with pytest.warns(LabelVariantsWarning, match=r"'neg⍽' \(17\).*--merge-labels"):
        found = find_label_issues(LogisticRegression(), X, given)
    report = make_report(found, [f"text {i}" for i in range(90)])
    assert len(set(report.summary["classes"])) == 6
    assert report.summary["alerts"][0]["title"] == "Labels that differ only in form"
    changes = [line for line in report.to_text(90).splitlines() if " → " in line]
    assert len(changes) > 20
    sides = [line.split(": ")[1].split(", ")[0].split(" → ") for line in changes]
    assert all(a.strip() != b.strip() for a, b in sides)


def test_merged_labels_give_what_clean_ones_give():
    clean = np.array(["neg", "pos"])[CODES]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = find_label_issues(LogisticRegression(), X, merge_variants(noisy()))
    np.testing.assert_array_equal(found.given, clean)
    plain = find_label_issues(LogisticRegression(), X, clean)
    np.testing.assert_array_equal(found.quality, plain.quality)
    assert make_report(found).summary["variants"] == ""
