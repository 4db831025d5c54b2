"""What classifiers that may abstain share."""

import pandas as pd
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

from keraswrap.selective import CascadeClassifier, SelectiveClassifier

X, Y = load_iris(return_X_y=True)
INNER = LogisticRegression(max_iter=500)


@pytest.mark.parametrize(
    "clf",
    [
        SelectiveClassifier(INNER, target_error=0.2),
        CascadeClassifier([("one", INNER)], target_error=0.2, costs=[1]),
    ],
)
def test_a_second_fit_forgets_the_features_of_the_first(clf):
    clf.fit(pd.DataFrame(X, columns=list("abcd")), Y)
    assert clf.feature_names_in_.tolist() == list("abcd")
    clf.fit(X[:, :3], Y)
    assert clf.n_features_in_ == 3
    assert not hasattr(clf, "feature_names_in_")
