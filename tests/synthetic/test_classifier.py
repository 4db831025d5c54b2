"""SyntheticClassifier adds texts inside its fit alone, and cannot leak."""

import pickle

import numpy as np
import pandas as pd
import pytest
from fake_writers import rows, writer
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, cross_val_score, cross_validate
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.llm import FakeLM
from keraswrap.synthetic import CHECKS, SyntheticClassifier, TextSynthesizer

TEXTS, LABELS = rows()
# Without the check that needs more rows of a class than there are here.
SURE = [name for name in CHECKS if name != "label"]
FEW = TEXTS[:3] + TEXTS[12:], LABELS[:3] + LABELS[12:]


class Forgetful(FakeLM):
    """Of whose answers nothing is kept, so that every prompt is asked."""

    __hash__ = None


class Recorder(ClassifierMixin, BaseEstimator):
    """Keeps what it was fitted on."""

    def fit(self, X, y, sample_weight=None):
        self.classes_, self.X_, self.y_ = np.unique(y), list(X), list(y)
        self.weight_ = sample_weight
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


def inner():
    return make_pipeline(TfidfVectorizer(), LogisticRegression())


def make(model=None, estimator=None, **params):
    maker = TextSynthesizer(writer() if model is None else model, shots=2, checks=SURE)
    return SyntheticClassifier(estimator or inner(), maker, **params)


def test_in_cross_validation_no_prompt_shows_a_held_out_row():
    model = writer(kind=Forgetful)
    found = cross_validate(make(model), *FEW, cv=3, return_indices=True, return_estimator=True)
    calls, start = model.calls, 0
    for clf, train, test in zip(
        found["estimator"], found["indices"]["train"], found["indices"]["test"], strict=True
    ):
        n = len(clf.made_.rows)
        prompts = "\n".join(prompt.text for prompt in calls[start : start + n])
        start += n
        assert n > 0
        assert any(FEW[0][row] in prompts for row in train)
        assert not any(FEW[0][row] in prompts for row in test)
    assert start == len(calls)


def test_a_copied_row_is_caught_so_no_score_can_profit():
    texts, labels = FEW
    model = FakeLM(says=lambda prompt: prompt.split("\n")[-2])
    with pytest.warns(UserWarning, match="Accepted 0 of"):
        scores = cross_val_score(make(model), texts, labels, cv=3)
    assert scores.tolist() == cross_val_score(inner(), texts, labels, cv=3).tolist()


@pytest.mark.parametrize(
    ("n", "counts"),
    [("balance", [12, 12]), (2, [5, 14]), ({"good": 1}, [3, 13]), (0, [3, 12]), ({}, [3, 12])],
)
def test_n_says_how_many_texts_a_class_gets(n, counts):
    fitted = make(estimator=Recorder(), n=n).fit(*FEW)
    assert np.unique(fitted.estimator_.y_, return_counts=True)[1].tolist() == counts
    assert FEW[0] + fitted.made_.texts == fitted.estimator_.X_
    assert fitted.estimator_.weight_ is None


@pytest.mark.parametrize(
    "y",
    [[1] * 3 + [0] * 12, [True] * 3 + [False] * 12, np.array([1] * 3 + [0] * 12, dtype="uint64")],
)
def test_labels_keep_their_type(y):
    maker = TextSynthesizer(writer(), descriptions={1: "bad", 0: "good"}, checks=SURE)
    fitted = SyntheticClassifier(inner(), maker).fit(FEW[0], y)
    assert fitted.classes_.tolist() == sorted(set(y))
    assert fitted.predict(FEW[0][:1]).dtype == np.array(y).dtype
    assert len(fitted.made_) == 9


def test_three_classes_are_balanced():
    texts, labels = FEW
    fitted = make(estimator=Recorder()).fit(
        [*texts, "who is it?", "what is it for?"], [*labels, "ask", "ask"]
    )
    counts = np.unique(fitted.estimator_.y_, return_counts=True)
    assert [part.tolist() for part in counts] == [["ask", "bad", "good"], [12, 12, 12]]
    assert fitted.made_.asked == {"ask": 10, "bad": 9}


def test_weights_are_those_of_rows_and_a_share_of_the_mean_of_the_class():
    weight = np.array([1.0, 2.0, 3.0, *[5.0] * 12])
    fitted = make(estimator=Recorder(), n={"bad": 2}, synthetic_weight=0.5).fit(*FEW, weight)
    np.testing.assert_array_equal(fitted.estimator_.weight_, [*weight, 1.0, 1.0])
    fitted = make(estimator=Recorder(), n={"bad": 1}, synthetic_weight=0.25).fit(*FEW)
    np.testing.assert_array_equal(fitted.estimator_.weight_, [1.0] * 15 + [0.25])
    make(n={"bad": 1}, synthetic_weight=0.5).fit(*FEW, weight)  # in a pipeline


def test_rows_of_weight_0_are_neither_shown_nor_counted():
    weight = np.array([0.0, 2.0, 4.0, *[1.0] * 12])
    fitted = make(estimator=Recorder()).fit(*FEW, weight)
    assert fitted.made_.asked == {"bad": 10}
    assert {row for each in fitted.made_.rows for row in each.examples} == {1, 2}
    np.testing.assert_array_equal(fitted.estimator_.weight_, [*weight, *[3.0] * 10])
    weight[:3] = 0  # texts of a class without weight would be paid for and count for nothing
    assert len(make(estimator=Recorder()).fit(*FEW, weight).made_) == 0


def test_it_predicts_as_its_estimator():
    fitted = make().fit(pd.Series(FEW[0]), np.array(FEW[1]))
    some = np.array(TEXTS[:5], dtype=object)
    assert fitted.predict(TEXTS[:5]).tolist() == fitted.estimator_.predict(some).tolist()
    for name in ("predict_proba", "decision_function"):
        expected = getattr(fitted.estimator_, name)(some)
        np.testing.assert_array_equal(getattr(fitted, name)(TEXTS[:5]), expected)
    assert not hasattr(make(estimator=Recorder()), "predict_proba")
    assert fitted.n_features_in_ == 1
    assert fitted.score(*FEW) == fitted.estimator_.score(np.array(FEW[0], dtype=object), FEW[1])


def test_it_is_an_estimator_like_others():
    clf = make(n=2)
    assert clone(clf).get_params()["synthesizer__shots"] == 2
    assert clone(clf).synthesizer.model is clf.synthesizer.model
    with pytest.raises(NotFittedError, match="not fitted"):
        clf.predict(["x"])
    assert clf.fit(*FEW) is clf
    assert clf.synthesizer_ is not clf.synthesizer
    first = clf.made_.texts
    assert clf.fit(*FEW).made_.texts == first


def test_a_pickle_predicts_the_same():
    fitted = make(n=2).fit(*FEW)
    before = fitted.predict_proba(TEXTS)
    live = FakeLM()  # a function cannot be pickled
    for maker in (fitted.synthesizer, fitted.synthesizer_):
        maker.model = live
    fitted.synthesizer_.model_ = fitted.synthesizer_._language_model = live
    loaded = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(loaded.predict_proba(TEXTS), before)
    assert loaded.made_.texts == fitted.made_.texts
    assert loaded.cost_ == 0


def test_a_search_over_numbers_asks_each_prompt_once():
    model = writer()
    search = GridSearchCV(make(model), {"n": [0, 2, 4], "synthesizer__temperature": [1.0]}, cv=2)
    search.fit(*FEW)
    asked = len(model.calls)
    search.fit(*FEW)
    assert len(model.calls) == asked
    assert search.best_params_["n"] in (0, 2, 4)


def test_a_budget_that_ends_leaves_a_classifier_with_what_was_paid_for():
    model = writer(prices=(0.0, 1e6), batch_size=1)
    clf = make(model, estimator=Recorder())
    clf.set_params(synthesizer__max_cost=100, synthesizer__max_tokens=40)
    with pytest.warns(UserWarning, match="would pass max_cost"):
        clf.fit(*FEW)
    assert 0 < len(clf.made_) < 9
    assert 0 < clf.cost_ <= 100
    assert len(clf.estimator_.X_) == 15 + len(clf.made_)


@pytest.mark.parametrize(
    ("params", "fit", "error", "match"),
    [
        ({"estimator": Ridge()}, FEW, InputTypeError, "a classifier of texts"),
        ({"estimator": Recorder}, FEW, InputTypeError, "a classifier of texts"),
        ({"synthesizer": writer()}, FEW, InputTypeError, "as a TextSynthesizer"),
        ({"n": "more"}, FEW, ParameterError, "n as 'balance'"),
        ({"n": -1}, FEW, ParameterError, "n as a whole number"),
        ({"n": {"ugly": 1}}, FEW, ParameterError, "one of the classes"),
        ({"synthetic_weight": 0}, FEW, ParameterError, "a number above 0"),
        ({"synthetic_weight": np.inf}, FEW, ParameterError, "a number above 0"),
        (
            {"estimator": KNeighborsClassifier(), "synthetic_weight": 2},
            FEW,
            ParameterError,
            "fit takes sample_weight",
        ),
        ({}, (FEW[0], FEW[1][:3]), InputError, "15 texts, got 3 labels"),
        ({}, (FEW[0], [None, *FEW[1][1:]]), InputError, "None|missing"),
        ({}, (*FEW, [1.0, 2.0]), ValueError, "sample_weight"),
        ({}, ([[1, 2], [3, 4]], [0, 1]), (InputError, InputTypeError), "text"),
    ],
)
def test_bad_input_is_named_before_anything_is_asked(params, fit, error, match):
    model = writer()
    clf = make(model).set_params(**params)
    with pytest.raises(error, match=match):
        clf.fit(*fit)
    assert model.calls == []


@pytest.mark.parametrize("asks", [None, False])
def test_weights_that_no_step_requests_are_refused_before_anything_is_asked(asks):
    model = writer()
    with config_context(enable_metadata_routing=True):
        last = LogisticRegression().set_fit_request(sample_weight=asks)
        clf = make(model, make_pipeline(TfidfVectorizer(), last), synthetic_weight=2)
        with pytest.raises(ParameterError, match="Expected an estimator that requests sample_w"):
            clf.fit(*FEW)
    assert model.calls == []


def test_weights_that_a_step_requests_reach_it():
    with config_context(enable_metadata_routing=True):
        last = Recorder().set_fit_request(sample_weight=True)
        clf = make(estimator=make_pipeline(FunctionTransformer(), last), synthetic_weight=2)
        weight = clf.fit(*FEW).estimator_[-1].weight_
    assert weight.tolist() == [1] * 15 + [2] * len(clf.made_)
