"""Texts are judged by classifiers that have not seen the rows that they are made from."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import Ridge

from keraswrap.exceptions import InputTypeError
from keraswrap.synthetic._judge import Judge, check_judge, default_judge, has_others
from keraswrap.synthetic._training_rows import read_rows

TEXTS = ["bad one", "bad two", "good one", "good two", " "]
ROWS = read_rows(TEXTS, ["bad", "bad", "good", "good", "good"])
FOLDS = [np.array([0]), np.array([1])]


class Recorder(ClassifierMixin, BaseEstimator):
    """Predicts the first text that it was fitted on."""

    fits = []

    def fit(self, X, y):
        self.classes_, self.first_ = np.unique(y), X[0]
        self.fits.append(list(X))
        return self

    def predict(self, X):
        return [self.first_] * len(X)


@pytest.mark.parametrize(
    ("others", "found"), [(["fine"], True), (["Bad one!", " "], False), ([], False)]
)
def test_a_judge_needs_a_text_of_another_class_that_this_one_lacks(others, found):
    rows = read_rows(["bad one", "bad two", *others], ["bad"] * 2 + ["good"] * len(others))
    assert has_others(rows, "bad") is found


def test_a_fold_is_left_out_and_fitted_once():
    Recorder.fits.clear()
    judge = Judge(Recorder(), ROWS, "bad", FOLDS)
    found = [judge.find_other("x", fold) for fold in (0, 0, 1)]
    assert found == ["bad two", "bad two", "bad one"]
    assert Recorder.fits == [TEXTS[1:4], [TEXTS[0], *TEXTS[2:4]]]


@pytest.mark.parametrize(("text", "other"), [("a bad thing", None), ("a good thing", "good")])
def test_the_default_reads_words(text, other):
    assert Judge(None, ROWS, "bad", FOLDS).find_other(text, 0) == other


def test_a_text_as_likely_as_the_rows_left_out_is_kept_even_if_another_class_is_likelier():
    texts = ["where is card", "card lost again", "pay by card", "card pays bills", "bills by card"]
    rows = read_rows(texts, ["lost", "lost", "pay", "pay", "pay"])
    judge = Judge(None, rows, "lost", [np.array([0]), np.array([1])])
    clf = default_judge().fit(texts[1:], ["lost", "pay", "pay", "pay"])
    held, other = clf.predict_proba(["where is card", "pay bills by card"])[:, 0]
    assert other < held
    assert judge.find_other("where is card", 0) is None
    assert judge.find_other("pay bills by card", 0) == "pay"


def test_with_many_rows_a_tenth_may_be_less_likely():
    class Length(ClassifierMixin, BaseEstimator):
        def fit(self, X, y):
            self.classes_ = np.array(["long", "short"])
            return self

        def predict_proba(self, X):
            own = np.array([len(text) / 100 for text in X])
            return np.column_stack([own, 1 - own])

    texts = ["x" * n for n in range(1, 22)]
    judge = Judge(
        Length(), read_rows([*texts, "y"], ["long"] * 21 + ["short"]), "long", [np.arange(21)]
    )
    found = [judge.find_other("z" * n, 0) for n in (2, 3, 60)]
    assert found == ["short", None, None]


def test_copies_of_what_is_shown_are_left_out_too():
    Recorder.fits.clear()
    rows = read_rows([*TEXTS, "BAD one!"], ["bad", "bad", "good", "good", "good", "bad"])
    Judge(Recorder(), rows, "bad", FOLDS).find_other("x", 0)
    assert Recorder.fits == [TEXTS[1:4]]


def test_texts_without_words_can_be_judged():
    rows = read_rows(["!!", "??", "...!", "?!"], ["loud", "asking", "loud", "asking"])
    judge = Judge(None, rows, "loud", [np.array([2]), np.array([0])])
    assert judge.find_other("??", 0) == "asking"


def test_only_a_classifier_can_judge():
    assert check_judge(default_judge()) is None
    for judge in (Ridge(), "words", Recorder):
        with pytest.raises(InputTypeError, match="judge as a classifier of texts"):
            check_judge(judge)
