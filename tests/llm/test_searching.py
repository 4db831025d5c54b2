"""A grid search in several processes: the same scores, and one net in each."""

import os

import numpy as np
import pytest
from causal import write_causal
from joblib import Parallel, delayed
from sklearn.model_selection import GridSearchCV

from keraswrap.llm import KerasHubLM, ZeroShotClassifier, release_models

pytestmark = pytest.mark.slow

X = ["great", "it broke, bad", "works", "bad and sad", "the camera is great", "sad"]
Y = ["positive", "negative"] * 3
GRID = {"prompt": ["{text}:", "Review: {text}\n"], "calibration": [None, "contextual"]}


@pytest.fixture
def clf(tmp_path):
    model = KerasHubLM(write_causal(tmp_path))
    yield ZeroShotClassifier(model=model, prompt="{text}:", progress=False)
    release_models()


def search(clf, n_jobs):
    given = {"cv": 2, "scoring": "neg_log_loss", "error_score": "raise"}
    return GridSearchCV(clf, GRID, n_jobs=n_jobs, **given).fit(X, Y)


def net_of(clf):
    clf.fit(y=Y).predict(X)
    return os.getpid(), id(clf.model._net.scorer(None, True).runner.model)


@pytest.mark.thorough
def test_processes_score_the_same_and_load_the_net_once_each(clf):
    here, there = search(clf, 1), search(clf, 2)
    np.testing.assert_allclose(
        there.cv_results_["mean_test_score"], here.cv_results_["mean_test_score"], atol=1e-5
    )
    assert there.best_estimator_.model is clf.model
    nets = Parallel(n_jobs=2)(delayed(net_of)(clf) for _ in range(6))
    assert os.getpid() not in {process for process, _ in nets}
    assert len(set(nets)) == len({process for process, _ in nets})
