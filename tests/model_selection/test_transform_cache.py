"""Steps before the last transform the same rows once, and are left as they were."""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from keraswrap.model_selection._transform_cache import TransformCache

X, Y = np.arange(12.0).reshape(6, 2), np.array([0, 1] * 3)
CALLS = []


def count(X):
    CALLS.append(len(X))
    return X


def test_the_same_rows_are_transformed_once_others_again():
    pipe = make_pipeline(FunctionTransformer(count), StandardScaler(), LogisticRegression())
    wanted = pipe.fit(X, Y).predict_proba(X)
    cache, other = TransformCache(), X[:4]
    CALLS.clear()
    for _ in range(2):
        with cache.of(pipe):
            np.testing.assert_array_equal(pipe.predict_proba(X), wanted)
            pipe.predict(X)
            pipe.predict(other)
    assert CALLS == [6, 4]
    assert not any("transform" in vars(step) for _, step in pipe.steps)


def test_what_is_no_pipeline_is_left_alone():
    model = LogisticRegression().fit(X, Y)
    with TransformCache().of(model):
        assert model.predict(X).shape == (6,)
