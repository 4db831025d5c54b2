"""Strategies compared on held-out rows: no leak, and the right one is chosen."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import make_blobs
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from keraswrap.exceptions import InputError, ParameterError
from keraswrap.issues import CleanClassifier, compare_strategies, find_copies
from keraswrap.issues.labels import _copies
from keraswrap.issues.labels._benefit import choose_strategy, list_strategies
from keraswrap.issues.labels._copies import copies_among
from keraswrap.issues.labels._folds import split_rows
from keraswrap.issues.labels._settings import LabelIssueSettings

ROWS, TRUE = make_blobs(1200, centers=2, cluster_std=1.5, random_state=0)
X, TRUTH, FRESH = ROWS[:600], TRUE[:600], (ROWS[600:], TRUE[600:])
FLIPPED = np.random.default_rng(0).random(600) < 0.25
Y = np.where(FLIPPED, 1 - TRUTH, TRUTH)
NEAREST = KNeighborsClassifier(1)


class Memory(ClassifierMixin, BaseEstimator):
    """Knows the rows of each fit, and fails if it is asked for one that it has seen."""

    seen = ()

    def fit(self, X, y, sample_weight=None):
        self.rows_, self.classes_ = set(np.asarray(X)[:, 0].tolist()), np.unique(y)
        self.inner_ = LogisticRegression().fit(X, y)
        return self

    def predict_proba(self, X):
        assert not self.rows_ & set(np.asarray(X)[:, 0].tolist())
        return self.inner_.predict_proba(X)

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


def test_pruning_is_chosen_where_a_learner_by_heart_meets_flips():
    compared = compare_strategies(NEAREST, X, Y, settings=LabelIssueSettings(cv=3))
    assert compared.chosen in ("prune", "relabel")
    assert compared.table.loc[compared.chosen, "gain"] > 0.02
    assert "gains +" in compared.reason


def test_nothing_is_chosen_where_labels_are_right():
    compared = compare_strategies(LogisticRegression(), X, TRUTH)
    assert compared.chosen == "none"
    assert compared.table.loc["none", "gain"] == 0


def test_no_fit_predicts_a_row_that_it_was_trained_on():
    compared = compare_strategies(Memory(), X, Y)
    assert compared.n_fits == 3 * (3 + 4)


def test_labels_without_meaning_promise_no_gain():
    # Chosen by leaked labels, pruning would seem to help: each time, and by far.
    chosen = []
    for seed in range(5):
        y = np.random.default_rng(seed).integers(0, 2, 300)
        chosen.append(compare_strategies(NEAREST, X[:300], y).chosen)
    assert chosen.count("none") >= 4


def test_auto_follows_the_comparison_and_is_better_than_labels_as_given():
    clf = CleanClassifier(NEAREST, random_state=0).fit(X, Y)
    plain = clone(NEAREST).fit(X, Y)
    compared = compare_strategies(NEAREST, X, Y)
    assert clf.comparison_.table.equals(compared.table)
    assert clf.score(*FRESH) > plain.score(*FRESH) + 0.05


def test_a_splitter_decides_which_rows_are_held_out():
    settings = LabelIssueSettings(cv=KFold(2))
    compared = compare_strategies(NEAREST, X, Y, settings=settings)
    assert compared.n_fits == 2 * (3 + len(compared.table))


def test_groups_stay_together():
    groups = np.arange(600) // 2
    pairs = np.repeat(X[::2], 2, axis=0)
    compared = compare_strategies(NEAREST, pairs, Y, groups=groups)
    apart = compare_strategies(NEAREST, pairs, Y, settings=LabelIssueSettings(copies="apart"))
    # Copies apart: half of the rows meet their twin, whose label agrees with theirs by chance.
    assert compared.table.loc["none", "accuracy"] != apart.table.loc["none", "accuracy"]


# Of 300 texts, 60 pairs are copies.
TEXTS = [" ".join(f"w{i % 240 * j}" for j in range(3, 9)) for i in range(300)]


def test_copies_are_looked_for_once(monkeypatch):
    asked, find = [], _copies.find_copies
    monkeypatch.setattr(
        _copies, "find_copies", lambda X, near=True: asked.append(len(X)) or find(X, near)
    )
    clf = make_pipeline(CountVectorizer(), NEAREST)
    CleanClassifier(clf, strategy="auto", cv=3).fit(TEXTS, Y[:300])
    compare_strategies(clf, TEXTS, Y[:300])
    assert asked == [300, 300]


def test_copies_among_the_rows_of_a_fold_are_those_that_are_found_there():
    texts, copies = np.array(TEXTS, object), find_copies(TEXTS)
    assert (copies >= 0).sum() == 120
    for train, _ in split_rows(Y[:300], 3, 0, copies=copies):
        np.testing.assert_array_equal(copies_among(copies, train), find_copies(texts[train]))


def test_a_rare_class_leaves_nothing_to_measure():
    y = np.where(np.arange(600) < 3, 2, Y)
    compared = compare_strategies(NEAREST, X, y)
    assert (compared.chosen, compared.n_fits, len(compared.table)) == ("none", 0, 0)
    assert "a class has fewer than 3 rows" in compared.reason


@pytest.mark.parametrize(
    ("better", "chosen"), [(1, "none"), (2, "none"), (3, "prune"), (20, "prune")]
)
def test_a_gain_has_to_exceed_chance(better, chosen):
    before = np.zeros(200, bool)
    after = before.copy()
    after[:better] = True
    assert (
        choose_strategy({"none": before, "prune": after}, {"none": 0, "prune": 0.1}, 0).chosen
        == chosen
    )


def test_weights_are_for_estimators_that_take_them():
    assert "weight" in list_strategies(LogisticRegression())
    assert "weight" not in list_strategies(NEAREST)


def test_bad_input_is_refused_before_any_fit():
    with pytest.raises(InputError, match=r"Expected labels, y.*got None"):
        compare_strategies(NEAREST, X)
    with pytest.raises(ParameterError, match=r"threshold to be a probability.*got 2"):
        compare_strategies(NEAREST, X, Y, threshold=2)
