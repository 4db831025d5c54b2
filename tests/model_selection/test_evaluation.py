"""All fits of a search: what is recalled, what is shared, and what is told of it."""

import classifiers
import numpy as np
from nets import classifier, groups

from keraswrap import KerasWrapperModel
from keraswrap.model_selection import GridSearchCV

X, Y = groups(48, 3)


def model(**params):
    # Dropout and a batch that does not divide the rows: both depend on where a run is.
    settings = {"batch_size": 10, **params}
    return KerasWrapperModel(classifier, {"dropout": 0.3}, params=settings, random_state=0)


def same_scores(ours, theirs):
    for name in theirs.cv_results_:
        if name.startswith(("split", "mean_t", "rank")):
            np.testing.assert_array_equal(ours.cv_results_[name], theirs.cv_results_[name])
    return True


def test_only_what_a_journal_misses_is_trained(tmp_path):
    settings = {"cv": 2, "scoring": "neg_log_loss", "error_score": "raise"}
    whole = GridSearchCV(model(), {"epochs": [1, 2, 3]}, **settings).fit(X, Y)
    journal = {**settings, "journal": tmp_path / "j", "refit": False}
    GridSearchCV(model(), {"epochs": [3]}, **journal).fit(X, Y)
    found = GridSearchCV(model(), {"epochs": [1, 2, 3]}, **journal).fit(X, Y)
    assert found.n_fits_ == 2
    assert same_scores(found, whole)
    np.testing.assert_array_equal(found.oof_proba_, whole.oof_proba_)


def test_verbose_tells_each_fit_and_what_was_shared(capsys):
    search = GridSearchCV(classifiers.Frequencies(), {"power": [1.0, 2.0]}, cv=2, verbose=2)
    search.fit(classifiers.X, classifiers.Y)
    told = capsys.readouterr().out
    assert "Fitting 2 folds for each of 2 candidates, totalling 4 fits" in told
    assert "[CV 2/2] END power=2.0; score=" in told
    assert "nothing is shared: no two candidates differ only in a wrapper's epochs" in told
