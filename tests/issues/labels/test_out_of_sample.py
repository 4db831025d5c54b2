"""Probabilities that are given, kept by a search, or come from fits."""

import numpy as np
import pytest
from sklearn.datasets import make_blobs
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RepeatedStratifiedKFold, StratifiedKFold, cross_val_predict

from keraswrap.exceptions import InputError, InSampleWarning
from keraswrap.issues import find_label_issues
from keraswrap.model_selection import GridSearchCV

X, Y = make_blobs(120, centers=3, cluster_std=2.5, random_state=0)
WRONG = np.array([3, 40, 77, 101])


Y[WRONG] = (Y[WRONG] + 1) % 3


FOLDS = StratifiedKFold(5, shuffle=True, random_state=0)
CLF = LogisticRegression()
PROBA = cross_val_predict(CLF, X, Y, cv=FOLDS, method="predict_proba")


def test_a_search_costs_no_further_fits():
    search = GridSearchCV(CLF, {"C": [0.1, 1.0]}, cv=FOLDS).fit(X, Y)
    found = find_label_issues(search, X, Y)
    assert found.proba is search.oof_proba_
    assert (found.provenance["source"], found.provenance["fits"]) == ("search", 0)
    with pytest.raises(InputError, match="labels that the search was fitted on, got others"):
        find_label_issues(search, X, (Y + 1) % 3)


def test_a_search_that_is_not_fitted_is_a_classifier():
    search = GridSearchCV(CLF, {"C": [0.1, 1.0]}, cv=2)
    assert find_label_issues(search, X, Y).provenance["source"] == "cross-validation"


def test_repeats_are_averaged_and_their_agreement_told():
    found = find_label_issues(CLF, X, Y, n_repeats=3)
    assert (found.provenance["folds"], found.provenance["fits"]) == (5, 15)
    assert set(np.unique(found.agreement)) <= {1 / 3, 2 / 3, 1.0}
    assert found.to_frame()["agreement"].tolist() == found.agreement.tolist()
    once = find_label_issues(CLF, X, Y)
    assert not np.array_equal(found.proba, once.proba)
    np.testing.assert_allclose(found.proba, once.proba, atol=0.2)


def test_a_splitter_of_ones_own_is_taken():
    cv = RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=1)
    assert find_label_issues(CLF, X, Y, cv=cv).provenance["fits"] == 6


def test_a_journal_keeps_the_fits(tmp_path):
    first, again = (find_label_issues(CLF, X, Y, journal=tmp_path / "j") for _ in range(2))
    assert (first.provenance["fits"], again.provenance["fits"]) == (5, 0)
    np.testing.assert_array_equal(first.proba, again.proba)


def test_nobody_said_that_they_are_out_of_sample():
    assert find_label_issues(PROBA, y=Y).provenance["out_of_sample"] is None
    assert find_label_issues(PROBA, y=Y, out_of_sample=True).provenance["out_of_sample"] is True


def test_those_of_training_rows_are_noticed():
    seen = np.eye(3)[Y] * 0.99 + 0.01 / 3
    with pytest.warns(InSampleWarning, match="rows that the model was trained on"):
        find_label_issues(seen, y=Y)
