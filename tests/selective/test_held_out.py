"""What folds, weights and fitted estimators must be."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from keraswrap.exceptions import InputError
from keraswrap.selective._held_out import check_folds, is_prefit, take_weight


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
