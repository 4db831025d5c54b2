"""What folds, weights and fitted estimators must be."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from keraswrap.exceptions import InputError, KeraswrapError
from keraswrap.selective._held_out import (
    check_folds,
    choose_folds,
    is_prefit,
    share_right,
    take_weight,
)


@pytest.mark.parametrize("cv", [None, 5, KFold(3), [([0], [1])]])
def test_folds_that_can_be_made_are_taken(cv):
    check_folds(np.array(["a", "b"] * 5), cv)
    assert not is_prefit(LogisticRegression(), cv)


@pytest.mark.parametrize(("n", "message"), [(1, "got 1 sample"), (4, "got 4 samples")])
def test_fewer_rows_than_folds_are_refused(n, message):
    with pytest.raises(InputError, match=message):
        check_folds(np.array([0, 1] * 4)[:n], None)


def test_a_class_alone_is_refused_for_folds_and_left_to_splitters():
    labels = np.array([0] * 9 + [1])
    with pytest.raises(InputError, match=r"got 1 of \[1\]. Join rare classes"):
        check_folds(labels, 5)
    check_folds(labels, KFold(5))


def test_weights_are_named_for_the_last_step():
    steps = make_pipeline(StandardScaler(), LogisticRegression())
    assert take_weight(steps, {}, [2.0]) == {"logisticregression__sample_weight": [2.0]}
    assert take_weight(steps, {"a": 1}, None) == {"a": 1}


@pytest.mark.parametrize(
    ("cv", "groups", "message"),
    [
        (1, None, "cv of at least 2 folds, got 1"),
        (True, None, "splits or 'prefit', got True"),
        (1.5, None, "splits or 'prefit', got 1.5"),
        (4, None, "at least 4 rows of some class, one for each fold, got at most 3"),
        (3, [0, 1] * 3, "at least 3 groups, one for each fold, got 2"),
    ],
)
def test_folds_that_cannot_be_made_are_refused(cv, groups, message):
    with pytest.raises(KeraswrapError, match=message):
        check_folds(np.array([0, 1] * 3), cv, groups)


def test_a_number_of_folds_keeps_groups_together():
    folds = choose_folds(None, [1, 1, 2, 2])
    assert isinstance(folds, StratifiedGroupKFold)
    assert (folds.n_splits, choose_folds(3, None)) == (5, 3)
    assert isinstance(choose_folds(KFold(3), [1]), KFold)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1.0], "for each of 2 rows, got shape .1,"),
        ([0.0, 0.0], "a positive sum, got 0"),
        ([1.0, np.nan], "sample_weight without missing values"),
    ],
)
def test_weights_of_a_score_are_checked(weights, message):
    with pytest.raises(InputError, match=message):
        share_right(np.array([True, False]), weights)
