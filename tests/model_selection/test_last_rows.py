"""Splitters as `validation_split`, and the last rows, against fits with the same rows by hand."""

import numpy as np
import pandas as pd
import pytest
from nets import QUICK, classifier, groups, regressor
from sklearn.base import clone
from sklearn.model_selection import (
    GroupShuffleSplit,
    KFold,
    PredefinedSplit,
    ShuffleSplit,
    StratifiedShuffleSplit,
    TimeSeriesSplit,
    cross_val_score,
)

from keraswrap import KerasWrapperModel, KerasWrapperRegressor
from keraswrap.exceptions import InputError, ParameterError
from keraswrap.model_selection import GridSearchCV, LastRows

X, INDEX = groups(60, 3)
OWNER = np.arange(60) // 5
ROWS = np.arange(60)


def model(**params):
    return KerasWrapperModel(classifier, **QUICK).set_params(**params)


SPLITTERS = {
    "last rows": (LastRows(12), ROWS[:48], ROWS[48:]),
    "a share of them": (LastRows(0.2, gap=3), ROWS[:45], ROWS[48:]),
    "time": (TimeSeriesSplit(4, test_size=10), ROWS[:50], ROWS[50:]),
    "time with a gap": (TimeSeriesSplit(2, test_size=20, gap=4), ROWS[:36], ROWS[40:]),
    "folds": (KFold(5), ROWS[:48], ROWS[48:]),
    "as said": (PredefinedSplit(np.where(ROWS % 4 == 1, 0, -1)), ROWS[ROWS % 4 != 1], ROWS[1::4]),
}


@pytest.mark.parametrize(("how", "train", "held"), SPLITTERS.values(), ids=SPLITTERS)
def test_a_splitter_holds_out_its_last_split(how, train, held):
    found = model(validation_split=how).fit(X, INDEX)
    by_hand = model().fit(X[train], INDEX[train], validation_data=(X[held], INDEX[held]))
    assert found.history_ == by_hand.history_
    assert (found.predict_proba(X) == by_hand.predict_proba(X)).all()


def test_groups_stay_together_in_every_tool():
    how = GroupShuffleSplit(1, test_size=0.25, random_state=3)
    train, held = next(how.split(X, INDEX, OWNER))
    by_hand = model().fit(X[train], INDEX[train], validation_data=(X[held], INDEX[held]))
    clf = model(validation_split=how)
    assert clf.fit(X, INDEX, validation_groups=OWNER).history_ == by_hand.history_
    told = {"validation_groups": OWNER}
    assert len(cross_val_score(clf, X, INDEX, cv=2, params=told, error_score="raise")) == 2
    search = GridSearchCV(clf, {"epochs": [1, 2]}, cv=2, error_score="raise")
    assert search.fit(X, INDEX, **told).best_estimator_.history_["val_loss"]


@pytest.mark.parametrize(
    "how", [ShuffleSplit(1), StratifiedShuffleSplit(1), KFold(3, shuffle=True)]
)
def test_a_splitter_without_a_seed_gets_the_fits_own(how):
    before = np.random.get_state()[1].copy()
    first, second = (clone(model(validation_split=how)).fit(X, INDEX) for _ in range(2))
    assert first.history_ == second.history_
    other = model(validation_split=how).set_params(random_state=1).fit(X, INDEX)
    assert other.history_["val_loss"] != first.history_["val_loss"]
    assert (np.random.get_state()[1] == before).all()
    assert how.random_state is None


def test_regression_by_time():
    target = X.sum(axis=1)
    net = KerasWrapperRegressor(regressor, **QUICK)
    found = clone(net).set_params(validation_split=TimeSeriesSplit(3)).fit(X, target)
    by_hand = net.fit(X[:45], target[:45], validation_data=(X[45:], target[45:]))
    assert found.history_ == by_hand.history_


@pytest.mark.parametrize(
    ("ask", "error", "match"),
    [
        (lambda: model(validation_split="last").fit(X, INDEX), ParameterError, r"\[0, 1\), got 'l"),
        (lambda: model(validation_split=LastRows(60)).fit(X, INDEX), ParameterError, "both parts"),
        (lambda: model(validation_split=LastRows(1.5)).fit(X, INDEX), ParameterError, "got 1.5"),
        (lambda: model(validation_split=Both()).fit(X, INDEX), ParameterError, "got .*Both"),
        (
            lambda: model(validation_split=KFold(2)).fit(X, INDEX, validation_groups=[1]),
            InputError,
            "validation_groups of 60 rows",
        ),
        (
            lambda: model(validation_split=KFold(2)).fit(
                pd.DataFrame(X, [f"r{row}" for row in ROWS]),
                INDEX,
                validation_groups=pd.Series(OWNER, [f"r{row}" for row in ROWS[::-1]]),
            ),
            InputError,
            "validation_groups in the order of X",
        ),
    ],
)
def test_a_split_that_cannot_be_is_refused(ask, error, match):
    with pytest.raises(error, match=match):
        ask()


class Both(KFold):
    """Holds out what it trains on."""

    def split(self, X, y=None, groups=None):
        yield np.arange(len(X)), np.arange(3)


def test_the_last_rows_of_a_search_are_scored(tmp_path):
    grid, cv = {"validation_split": [LastRows(5), KFold(5)]}, [*LastRows(0.5).split(X)]
    search = GridSearchCV(model(), grid, cv=cv, journal=tmp_path / "j", error_score="raise")
    assert search.fit(X, INDEX).n_fits_ == 2
    assert GridSearchCV(**search.get_params(deep=False)).fit(X, INDEX).n_fits_ == 0


def test_a_saved_estimator_forgets_its_splitter_and_no_more(tmp_path):
    fitted = model(validation_split=LastRows(5)).fit(X, INDEX)
    fitted.save(tmp_path / "net.keraswrap")
    with pytest.warns(UserWarning, match=r"does not hold params\['validation_split'\]"):
        loaded = KerasWrapperModel.load(tmp_path / "net.keraswrap")
    assert (loaded.predict_proba(X) == fitted.predict_proba(X)).all()
