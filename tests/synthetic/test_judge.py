"""Texts are judged by classifiers that have not seen the rows that they are made from."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import Ridge

from keraswrap.exceptions import InputTypeError
from keraswrap.synthetic._judge import Judge, check_judge, default_judge
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


def test_a_fold_is_left_out_and_fitted_once():
    Recorder.fits.clear()
    judge = Judge(Recorder(), ROWS, FOLDS)
    found = [judge.likely("x", fold) for fold in (0, 0, 1)]
    assert found == [["bad two"], ["bad two"], ["bad one"]]
    assert Recorder.fits == [TEXTS[1:4], [TEXTS[0], *TEXTS[2:4]]]


@pytest.mark.parametrize(("text", "label"), [("a bad thing", "bad"), ("a good thing", "good")])
def test_the_default_reads_words(text, label):
    assert Judge(None, ROWS, FOLDS).likely(text, 0) == [label]


def test_a_tenth_of_many_classes_is_likely():
    rows = read_rows([f"word{n} here" for n in range(40)], [n // 2 for n in range(40)])
    found = Judge(None, rows, [np.array([0]), np.array([1])]).likely("word8 or word8, word30", 0)
    assert found == [4, 15]


def test_copies_of_what_is_shown_are_left_out_too():
    Recorder.fits.clear()
    rows = read_rows([*TEXTS, "BAD one!"], ["bad", "bad", "good", "good", "good", "bad"])
    Judge(Recorder(), rows, FOLDS).likely("x", 0)
    assert Recorder.fits == [TEXTS[1:4]]


def test_texts_without_words_can_be_judged():
    rows = read_rows(["!!", "??", "...!", "?!"], ["loud", "asking", "loud", "asking"])
    assert Judge(None, rows, [np.array([2]), np.array([0])]).likely("!!", 0) == ["loud"]


def test_only_a_classifier_can_judge():
    assert check_judge(default_judge()) is None
    for judge in (Ridge(), "words", Recorder):
        with pytest.raises(InputTypeError, match="judge as a classifier of texts"):
            check_judge(judge)
