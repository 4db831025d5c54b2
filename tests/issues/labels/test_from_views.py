"""Several views in one search: no label reaches its own probability, and each view is weighed."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, log_loss
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.issues import CleanClassifier, LabelIssues, View, find_label_issues
from keraswrap.issues.labels._from_views import journal_of

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 4))
Y = (X[:, 0] + 0.5 * X[:, 1] > 0).astype(int)
WRONG = np.array([5, 90, 170, 250])
GIVEN = Y.copy()
GIVEN[WRONG] = 1 - GIVEN[WRONG]
CLF, NEAR = LogisticRegression(), KNeighborsClassifier(15)
FOLDS = KFold(4, shuffle=True, random_state=0)


def test_no_label_reaches_its_own_probability():
    proba = find_label_issues(X=X, y=GIVEN, views=[CLF, NEAR], cv=FOLDS).proba
    for row in (0, 5, 123):
        other = GIVEN.copy()
        other[row] = 1 - other[row]
        flipped = find_label_issues(X=X, y=other, views=[CLF, NEAR], cv=FOLDS).proba
        np.testing.assert_array_equal(flipped[row], proba[row])
        assert (flipped != proba).any()


@pytest.mark.thorough
@pytest.mark.parametrize("k", [2, 5])
def test_shuffled_labels_give_chance(k):
    rng = np.random.default_rng(k)
    rows, labels = rng.normal(size=(1500, 6)), rng.integers(k, size=1500)
    found = find_label_issues(X=rows, y=labels, views="auto", score="loss")
    shares = np.bincount(labels) / len(labels)
    assert log_loss(labels, found.proba) > -(shares * np.log(shares)).sum() - 0.002
    wrong = rng.random(1500) < 0.2
    assert average_precision_score(wrong, -found.quality) == pytest.approx(wrong.mean(), abs=0.04)


def test_each_view_has_its_weight_and_its_score():
    useless = np.full((300, 2), 0.5)
    found = find_label_issues(CLF, X, GIVEN, views=[NEAR, View("none", proba=useless)])
    assert found.views.index.tolist() == ["LogisticRegression", "KNeighborsClassifier", "none"]
    assert found.views["weight"]["none"] == pytest.approx(0, abs=0.01)
    assert found.views["weight"]["LogisticRegression"] > 0.3
    assert set(found.provenance["views"]) == set(found.views.index)
    assert found.to_frame()["view none"].tolist() == [0.5] * 300
    assert found.views["log_loss"]["none"] == pytest.approx(np.log(2))
    assert set(WRONG) <= set(found.ranking()[:8])


def test_a_useless_view_costs_nothing():
    noise = np.random.default_rng(1).dirichlet([1, 1], size=300)
    alone = find_label_issues(X=X, y=GIVEN, views=[CLF], score="loss")
    both = find_label_issues(X=X, y=GIVEN, views=[CLF, noise], score="loss")
    wrong = GIVEN != Y
    alone, both = (average_precision_score(wrong, -found.quality) for found in (alone, both))
    assert both > alone - 0.02


def test_views_of_one_transformer_share_its_features():
    class Counted(StandardScaler):
        fits = 0

        def fit(self, X, y=None, sample_weight=None):
            Counted.fits += 1
            return super().fit(X, y)

    scaler = Counted()
    find_label_issues(X=X, y=GIVEN, views=[View("a", CLF, scaler), View("b", NEAR, scaler)])
    assert Counted.fits == 1


def test_probabilities_are_one_more_view():
    proba = cross_val_predict(CLF, X, GIVEN, method="predict_proba")
    found = find_label_issues(proba, X, GIVEN, views=[NEAR])
    assert found.views.index.tolist() == ["probabilities", "KNeighborsClassifier"]
    assert found.provenance["fits"] == 10


def test_workers_and_journals_change_nothing(tmp_path):
    told = {"X": X, "y": GIVEN, "views": [CLF, NEAR]}
    plain = find_label_issues(**told)
    for expected in (20, 0):
        found = find_label_issues(**told, n_jobs=2, journal=tmp_path / "fits.journal")
        np.testing.assert_array_equal(found.proba, plain.proba)
        assert found.provenance["fits"] == expected


def test_groups_and_copies_stay_together():
    rows = np.vstack([X[:150], X[:150]])
    labels = np.concatenate([Y[:150], Y[:150]])
    found = find_label_issues(X=rows, y=labels, views=[KNeighborsClassifier(1)])
    assert found.provenance["copies"]["groups"] == 150
    assert found.provenance["copies"]["apart"] == 0
    apart = find_label_issues(X=rows, y=labels, views=[KNeighborsClassifier(1)], copies="apart")
    assert apart.views["log_loss"].iloc[0] < 0.7 * found.views["log_loss"].iloc[0]


def test_weights_reach_the_views_that_take_them():
    weight = np.where(np.arange(300) < 150, 1.0, 0.0)
    found = find_label_issues(X=X, y=GIVEN, views=[CLF, NEAR], sample_weight=weight)
    other = np.where(np.arange(300) < 150, GIVEN, 1 - GIVEN)
    changed = find_label_issues(X=X, y=other, views=[View("a", CLF)], sample_weight=weight, cv=4)
    assert found.views["agreement"]["LogisticRegression"] > 0.9
    assert changed.views["agreement"]["a"] < 0.6  # right for one half, wrong for the other


def test_repetitions_are_averaged():
    found = find_label_issues(X=X, y=GIVEN, views=[CLF, NEAR], n_repeats=2, cv=3)
    assert found.agreement is not None
    assert "ensemble" in found.scores
    assert found.provenance["fits"] == 12


def test_the_same_seed_gives_the_same_bits():
    proba = [find_label_issues(X=X, y=GIVEN, views="auto").proba for _ in range(2)]
    np.testing.assert_array_equal(*proba)


def test_a_cleaner_uses_views():
    clean = CleanClassifier(CLF, strategy="prune", views=[NEAR]).fit(X, GIVEN)
    assert clean.issues_.views.index.tolist() == ["LogisticRegression", "KNeighborsClassifier"]
    assert (clean.predict(X) == Y).mean() > 0.95


@pytest.mark.parametrize(
    ("views", "error", "message"),
    [
        ("best", ParameterError, "got the name 'best'"),
        ("words", ParameterError, r"Pass \['words'\]"),
        ([], ParameterError, "at least one view"),
        (["word"], ParameterError, "'words'"),
        (CLF, InputTypeError, "A single view is a list of one"),
    ],
)
def test_other_views_are_refused(views, error, message):
    with pytest.raises(error, match=message):
        find_label_issues(X=X, y=GIVEN, views=views)


@pytest.mark.parametrize(
    ("told", "error", "message"),
    [
        ({"views": "auto"}, InputError, "Expected rows, X"),
        ({"X": X}, InputError, "views='auto'"),
        ({"X": X, "views": [CLF], "cv": 2}, ParameterError, "at least 3 folds"),
        ({"X": X, "views": [CLF], "dynamics": True}, ParameterError, "dynamics=False"),
        ({"X": X, "views": "thorough"}, ParameterError, "no encoder"),
        ({"X": X, "views": [CLF], "classes": [0, 1]}, ParameterError, "Leave it out"),
    ],
)
def test_what_views_cannot_do_is_said_first(told, error, message):
    with pytest.raises(error, match=message):
        find_label_issues(y=GIVEN, **told)


def test_each_view_has_its_own_journal():
    assert journal_of("a/fits.db", "view of mine #2") == "a/fits.view_of_mine_#2.db"


def test_issues_of_before_have_no_views():
    found = find_label_issues(CLF, X, GIVEN)
    state = {name: value for name, value in vars(found).items() if name != "views"}
    old = LabelIssues.__new__(LabelIssues)
    old.__dict__.update(state)
    assert pickle.loads(pickle.dumps(old)).views is None
    assert isinstance(pickle.loads(pickle.dumps(found)).to_frame(), pd.DataFrame)
