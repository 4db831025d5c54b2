"""Views of rows in scikit-learn's own tools."""

import numpy as np
import pytest
from nets import QUICK, classifier, groups
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import _safe_indexing, indexable, shuffle
from sources import tf_batches

from keraswrap import KerasWrapperModel
from keraswrap.data import row_view

X = np.arange(12.0).reshape(6, 2)


@pytest.fixture
def view():
    return row_view(X).X


def test_scikit_learns_indexing(view):
    assert indexable(view, np.arange(6))[0] is view
    np.testing.assert_array_equal(np.asarray(_safe_indexing(view, [3, 1])), X[[3, 1]])
    train, test, y, _ = train_test_split(view, np.arange(6), random_state=0)
    np.testing.assert_array_equal(np.asarray(train), X[y])
    assert (len(train), len(test)) == (4, 2)
    rows, order = shuffle(view, np.arange(6), random_state=0)
    np.testing.assert_array_equal(np.asarray(rows), X[order])


def test_scikit_learns_transformers_read_a_view_of_one_array(view):
    scaled = StandardScaler().fit(X).transform(X)
    np.testing.assert_array_equal(StandardScaler().fit(view).transform(view), scaled)
    texts = ["good film", "bad film", "bad"]
    words = [TfidfVectorizer().fit_transform(t).toarray() for t in (texts, row_view(texts).X)]
    np.testing.assert_array_equal(*words)


def test_a_view_goes_through_scikit_learns_steps():
    points, index = groups(60, 3)
    pipe = make_pipeline(StandardScaler(), KerasWrapperModel(classifier, **QUICK))
    expected = pipe.fit(points, index).predict_proba(points)
    view, y, _ = row_view(tf_batches(points, index))
    assert (pipe.fit(view, y).predict_proba(view) == expected).all()
