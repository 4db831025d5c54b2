"""One training run for candidates that differ only in epochs."""

import keras
import numpy as np
import pytest
from nets import classifier, groups, regressor
from sklearn import model_selection as reference
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sources import InBatches, tf_batches

from keraswrap import KerasWrapperModel, KerasWrapperRegressor
from keraswrap.model_selection import GridSearchCV

X, Y = groups(48, 3)
FITTED = []


def model(**params):
    # Dropout and a batch that does not divide the rows: both depend on where a run is.
    settings = {"batch_size": 10, **params}
    return KerasWrapperModel(classifier, {"dropout": 0.3}, params=settings, random_state=0)


def both(estimator, grid, **settings):
    settings = {"cv": 2, "error_score": "raise", **settings}
    ours = GridSearchCV(estimator, grid, **settings).fit(X, Y)
    return ours, reference.GridSearchCV(estimator, grid, **settings).fit(X, Y)


def same_scores(ours, theirs):
    for name in theirs.cv_results_:
        if name.startswith(("split", "mean_t", "rank")):
            np.testing.assert_array_equal(ours.cv_results_[name], theirs.cv_results_[name])
    return True


def test_scores_are_those_of_separate_runs():
    scoring = {"scoring": ["neg_log_loss", "accuracy"], "refit": "neg_log_loss"}
    ours, theirs = both(model(), {"epochs": [4, 1, 2]}, return_train_score=True, **scoring)
    assert same_scores(ours, theirs)
    assert ours.n_fits_ == 2
    assert ours.shared_ == "3 candidates share 1 training run a split"
    np.testing.assert_array_equal(ours.predict_proba(X), theirs.predict_proba(X))
    best = model(**ours.best_params_)
    wanted = reference.cross_val_predict(best, X, Y, cv=2, method="predict_proba")
    np.testing.assert_array_equal(ours.oof_proba_, wanted)
    assert (np.diff(ours.cv_results_["mean_fit_time"][[1, 2, 0]]) > 0).all()


def test_a_callback_that_stops_early_stops_every_candidate_that_is_longer():
    stopping = keras.callbacks.EarlyStopping("loss", patience=0, min_delta=0.2)
    ours, theirs = both(model(callbacks=[stopping]), {"epochs": [1, 3, 30]}, scoring="neg_log_loss")
    assert same_scores(ours, theirs)
    assert ours.n_fits_ == 2
    assert len(ours.best_estimator_.history_["loss"]) < 30


class Evaluating(keras.callbacks.Callback):
    """Look at rows of its own, after an epoch or in the midst of one, as arrays or in datasets."""

    shares_epochs = True
    seen = ()

    def __init__(self, data, amid):
        super().__init__()
        self.data, self.amid = data, amid

    def look(self):
        rows = {"tf": tf_batches, "keras": InBatches}.get(self.data)
        given = (X, Y) if rows is None else (rows(X, Y),)
        Evaluating.seen += (float(self.model.evaluate(*given, verbose=0)),)

    def on_train_batch_end(self, batch, logs=None):
        if self.amid and batch == 1:
            self.look()

    def on_epoch_end(self, epoch, logs=None):
        if not self.amid:
            self.look()


@pytest.mark.parametrize(("amid", "validation"), [(False, 0.25), (True, 0.0)])
@pytest.mark.parametrize("data", ["tf", "keras", "arrays"])
def test_a_callback_that_evaluates_sees_what_it_sees_in_separate_runs(
    data, amid, validation, monkeypatch
):
    monkeypatch.setattr(Evaluating, "seen", ())
    looks = model(callbacks=[Evaluating(data, amid)], validation_split=validation)
    settings = {"cv": 2, "refit": False, "error_score": "raise", "scoring": "neg_log_loss"}
    ours = GridSearchCV(looks, {"epochs": [1, 2, 4]}, **settings).fit(X, Y)
    shared, Evaluating.seen = Evaluating.seen, ()
    theirs = reference.GridSearchCV(looks, {"epochs": [1, 2, 4]}, **settings).fit(X, Y)
    assert same_scores(ours, theirs)
    assert (ours.n_fits_, len(shared), len(Evaluating.seen)) == (2, 2 * 4, 2 * (1 + 2 + 4))
    assert set(shared) == set(Evaluating.seen)


class Total(keras.callbacks.Callback):
    """Train slower towards the end, wherever that is."""

    def on_epoch_begin(self, epoch, logs=None):
        self.model.optimizer.learning_rate = 0.01 * (1 - epoch / self.params["epochs"])


def test_what_knows_the_end_is_not_shared():
    ours, theirs = both(model(callbacks=[Total()]), {"epochs": [1, 3]}, scoring="neg_log_loss")
    assert same_scores(ours, theirs)
    assert ours.n_fits_ == 4
    assert ours.shared_.startswith("nothing is shared: ")


def test_a_run_that_begins_later_is_not_shared():
    ours, theirs = both(model(initial_epoch=1), {"epochs": [2, 4]}, scoring="neg_log_loss")
    assert same_scores(ours, theirs)
    assert ours.shared_.startswith("nothing is shared: initial_epoch")


def note(rows):
    FITTED.append(len(rows))
    return rows


@pytest.mark.parametrize("memory", [None, "cache"])
def test_steps_before_the_net_are_fitted_once(tmp_path, memory):
    steps = [("note", FunctionTransformer(note)), ("scale", StandardScaler()), ("net", model())]
    pipe = Pipeline(steps, memory=memory and str(tmp_path / memory))
    grid = {"net__epochs": [1, 3], "net__model__units": [4, 8]}
    FITTED.clear()
    ours = GridSearchCV(pipe, grid, cv=2, scoring="neg_log_loss", error_score="raise", refit=False)
    ours.fit(X, Y, net__sample_weight=np.linspace(0.5, 1, 48))
    in_ours = len(FITTED)
    theirs = reference.GridSearchCV(pipe, grid, cv=2, scoring="neg_log_loss", refit=False)
    theirs.fit(X, Y, net__sample_weight=np.linspace(0.5, 1, 48))
    assert same_scores(ours, theirs)
    assert ours.n_fits_ == 4
    # Training rows and held-out rows of each run, once.
    assert in_ours == (8 if memory is None else 6)


def test_regressors_share_too():
    net = KerasWrapperRegressor(regressor, params={"batch_size": 10}, random_state=0)
    grid, y = {"fit__epochs": [1, 3]}, X.sum(axis=1)
    ours = GridSearchCV(net, grid, cv=2, error_score="raise").fit(X, y)
    theirs = reference.GridSearchCV(net, grid, cv=2).fit(X, y)
    assert same_scores(ours, theirs)
    assert ours.n_fits_ == 2


def test_a_run_that_breaks_keeps_the_stops_before():
    class Break(keras.callbacks.Callback):
        shares_epochs = True

        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise ValueError("broken in epoch 2")

    search = GridSearchCV(model(callbacks=[Break()]), {"epochs": [1, 2, 3]}, cv=2, refit=False)
    with pytest.warns(match="2 fits failed out of a total of 6"):
        found = search.fit(X, Y)
    np.testing.assert_array_equal(
        np.isnan(found.cv_results_["mean_test_score"]), [False, False, True]
    )
    assert found.n_fits_ == 2


def test_without_a_seed_sharing_still_scores_each_stop():
    free = KerasWrapperModel(classifier, params={"batch_size": 10})
    found = GridSearchCV(free, {"epochs": [1, 2]}, cv=2, error_score="raise").fit(X, Y)
    assert found.n_fits_ == 2
    assert np.isfinite(found.cv_results_["mean_test_score"]).all()


class BreakOnce(keras.callbacks.Callback):
    """Ends the first fit in its second epoch, as if its process were killed."""

    broken = False

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1 and not BreakOnce.broken:
            BreakOnce.broken = True
            raise ValueError("broken")


def test_a_fit_goes_on_from_its_own_backup_and_from_no_other(tmp_path, monkeypatch):
    monkeypatch.setattr(BreakOnce, "broken", False)
    settings = {"cv": 2, "scoring": "neg_log_loss", "refit": False}
    plain = GridSearchCV(model(), {"epochs": [3]}, **settings).fit(X, Y)
    backup = keras.callbacks.BackupAndRestore(str(tmp_path / "backup"))
    search = GridSearchCV(model(callbacks=[BreakOnce(), backup]), {"epochs": [3]}, **settings)
    with pytest.warns(match="1 fits failed out of a total of 2"):
        found = search.fit(X, Y)
    name = "split1_test_score"
    assert np.isnan(found.cv_results_["split0_test_score"])
    np.testing.assert_array_equal(found.cv_results_[name], plain.cv_results_[name])
    left = [path.name for path in (tmp_path / "backup").iterdir()]
    assert len(left) == 1
    assert left[0].endswith("-split-0")


class Count(keras.callbacks.Callback):
    passes = 0

    def on_predict_begin(self, logs=None):
        Count.passes += 1


def test_outputs_are_computed_once_for_scores_and_probabilities(monkeypatch):
    monkeypatch.setattr(Count, "passes", 0)
    counted = model(predict__callbacks=[Count()])
    GridSearchCV(counted, {"epochs": [1, 2]}, cv=2, refit=False, error_score="raise").fit(X, Y)
    assert Count.passes == 4
