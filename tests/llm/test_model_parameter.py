"""A live model is one: it is shared by copies, and not printed."""

import copy
import pickle

import numpy as np
import pytest
from reviews import X, Y
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.pipeline import make_pipeline

from keraswrap.exceptions import InputError, InputTypeError
from keraswrap.llm import FakeLM
from keraswrap.llm._model_parameter import NamedModelEstimator


def test_nothing_copies_a_model(make):
    clf = make().fit(X, Y)
    model = clf.model
    for copied in (clone(clf), copy.deepcopy(clf), copy.copy(clf), clone(make_pipeline(clf))[0]):
        assert copied.model is model
    assert copy.deepcopy(clf).model_ is model
    search = GridSearchCV(clf, {"calibration": [None, "batch"], "length_norm": [False, True]}, cv=2)
    assert search.fit(X, Y).best_estimator_.model_ is model
    np.testing.assert_array_equal(cross_val_predict(clf, X, Y, cv=2), Y)


class Alien:
    """A net of another library, that must not be copied."""

    def __deepcopy__(self, memo):
        raise AssertionError("copied")

    def __repr__(self):
        return "many pages of layers"


def test_a_net_of_another_library_is_neither_copied_nor_printed(make):
    clf = make(model=Alien(), tokenizer=Alien())
    assert clone(clf).model is copy.deepcopy(clf).model is clf.model
    assert repr(clf) == f"{type(clf).__name__}(model=Alien, tokenizer=Alien)"
    with pytest.raises(InputTypeError, match=r"got Alien\. Name a checkpoint"):
        clf.fit(X, Y)


def test_a_pickle_answers_the_same(make):
    clf = make().fit(X, Y)
    again = pickle.loads(pickle.dumps(clf))
    assert again.get_prompt("x") == clf.get_prompt("x")
    np.testing.assert_array_equal(again.predict_proba(X), clf.predict_proba(X))


def test_one_parameter_may_be_a_model_or_its_name():
    model = FakeLM()

    class Asks(NamedModelEstimator):
        def __init__(self, model):
            self.model = model

    assert Asks(model)._find_model() is model
    with pytest.raises(InputTypeError, match="LanguageModel or the name of one, got int"):
        Asks(3)._find_model()
    with pytest.raises(InputError, match="no-such-model"):
        Asks("no-such-model")._find_model()
