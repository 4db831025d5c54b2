"""Searches whose nets train together: results as one by one, and what falls back."""

import logging
import re

import keras
import nets
import numpy as np
import pytest
from sklearn.exceptions import FitFailedWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from keraswrap import KerasWrapperModel
from keraswrap.exceptions import InputError
from keraswrap.model_selection import (
    GridSearchCV,
    RandomizedSearchCV,
    _stacked_fits,
    cross_val_predict_proba,
)

X, Y = nets.groups(60)
RATE = "compile__optimizer__learning_rate"
GRID = {RATE: [0.01, 0.1]}


class Looking(keras.callbacks.Callback):
    pass


def net(**changes):
    return KerasWrapperModel(nets.classifier, **nets.QUICK).set_params(**changes)


def search(estimator, grid=GRID, kind=GridSearchCV, **settings):
    return kind(estimator, grid, cv=3, error_score="raise", **settings)


@pytest.fixture
def programs(monkeypatch):
    """How many nets each program had that was run."""
    from keraswrap._engine.stacks import _training

    monkeypatch.setattr(_stacked_fits, "_TRACING", 0)  # so few rows are not worth it
    counts, run = [], _training._Course.run
    monkeypatch.setattr(
        _training._Course,
        "run",
        lambda self: (counts.append(len(self.members)), run(self)),
    )
    return counts


def compare(estimator, grid=GRID, y=Y, **settings):
    found = [search(estimator, grid, stack_fits=s, **settings).fit(X, y) for s in (True, False)]
    for name in ("mean_test_score", "mean_train_score"):
        if name in found[0].cv_results_:
            left, right = (one.cv_results_[name] for one in found)
            np.testing.assert_allclose(left, right, atol=1e-6)
    np.testing.assert_allclose(found[0].oof_proba_, found[1].oof_proba_, rtol=0, atol=2e-6)
    assert found[0].best_params_ == found[1].best_params_
    assert found[0].n_fits_ == found[1].n_fits_
    return found[0]


def test_folds_and_rates_share_a_program(programs):
    compare(net(), scoring="neg_log_loss", return_train_score=True)
    assert programs == [6]


def test_shared_epochs_are_shown_on_the_way(programs):
    compare(net(), {**GRID, "epochs": [1, 3]}, scoring="neg_log_loss")
    assert programs == [6]


def test_a_pipeline_ends_in_nets_that_share_a_program(programs):
    grid = {f"keraswrappermodel__{name}": values for name, values in GRID.items()}
    compare(make_pipeline(StandardScaler(), net()), grid, scoring="neg_log_loss")
    assert programs == [6]


def test_folds_of_unequal_size_share_none_with_each_other(programs):
    some = X[:59], Y[:59]
    found = search(net(), {RATE: [0.01, 0.03, 0.1]}).fit(*some)
    assert sorted(programs) == [3, 6]
    assert found.n_fits_ == 9


def test_drawn_candidates_and_early_stopping(programs):
    stop = keras.callbacks.EarlyStopping("val_loss", patience=0, restore_best_weights=True)
    settings = {"kind": RandomizedSearchCV, "n_iter": 2, "random_state": 0}
    compare(net(callbacks=[stop], validation_split=0.3, epochs=4), **settings)
    assert programs == [6]


def test_times_add_up_to_what_it_took(programs):
    results = search(net()).fit(X, Y).cv_results_
    assert (results["mean_fit_time"] > 0).all()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"callbacks": [Looking()]}, r"a callback \(Looking\)"),
        ({"compile__optimizer": keras.optimizers.Lamb()}, "Lamb"),
    ],
)
def test_what_cannot_be_trained_together_falls_back(programs, caplog, changes, reason):
    with caplog.at_level(logging.DEBUG, "keraswrap"):
        found = compare(net(**changes))
    assert found.n_fits_ == 6
    assert programs == []
    assert re.search(f"trained alone.*{reason}", caplog.text)


def test_a_fit_that_fails_is_told_as_ever(programs):
    grid = {RATE: [0.01, 0.1], "model__units": [4, "many"]}
    made = GridSearchCV(net(), grid, cv=3)
    with pytest.warns(FitFailedWarning, match="6 fits failed out of a total of 12"):
        made.fit(X, Y)
    assert np.isnan(made.cv_results_["mean_test_score"]).tolist() == [False, True, False, True]
    assert programs == [6]


def test_a_net_that_diverges_gets_the_score_of_failures(programs):
    grid = {RATE: [0.01, 1e30, 0.1]}
    made = GridSearchCV(net(compile__optimizer="sgd"), grid, cv=2, refit=False)
    with pytest.warns(UserWarning, match="diverged"):
        made.fit(X, Y)
    assert np.isnan(made.cv_results_["mean_test_score"]).tolist() == [False, True, False]
    assert programs == [6]


def test_what_a_scorer_raises_is_raised():
    def failing(estimator, X, y):
        raise InputError("Expected another metric.")

    with pytest.raises(InputError, match="another metric"):
        search(net(), scoring=failing).fit(X, Y)


def test_out_of_fold_probabilities_come_from_one_program(programs):
    together = cross_val_predict_proba(net(), X, Y, cv=5)
    assert programs == [5]
    alone = cross_val_predict_proba(net(), X, Y, cv=5, stack_fits=False)
    np.testing.assert_allclose(together, alone, rtol=0, atol=2e-6)


def test_a_journal_is_gone_on_with_whoever_was_trained_together(tmp_path, programs):
    path = tmp_path / "fits.sqlite"
    first = search(net(), journal=path).fit(X, Y)
    more = search(net(), {RATE: [0.01, 0.1, 0.03]}, journal=path).fit(X, Y)
    assert programs == [6, 3]
    assert more.n_fits_ == 3
    scores = dict(zip(more.cv_results_[f"param_{RATE}"], more.cv_results_["mean_test_score"]))  # noqa: B905
    assert scores[0.1] == first.cv_results_["mean_test_score"][1]


def test_a_search_that_is_over_sooner_than_a_program_is_traced_has_none(programs, monkeypatch):
    monkeypatch.setattr(_stacked_fits, "_TRACING", 6 * (230 + 2 * 2))
    search(net(epochs=2, batch_size=20), refit=False).fit(X, Y)  # 6 runs of 2 epochs of 2 steps
    assert programs == [6]
    search(net(epochs=1, batch_size=20), refit=False).fit(X, Y)
    assert programs == [6]


def test_rows_that_take_too_much_memory_are_trained_on_one_by_one(programs, monkeypatch):
    whole = 6 * 40 * X.shape[1] * 4  # 6 runs on 40 rows of float32
    monkeypatch.setattr(_stacked_fits, "MOST_BYTES", whole - 1)
    search(net(), refit=False).fit(X, Y)
    assert programs == []
    monkeypatch.setattr(_stacked_fits, "MOST_BYTES", whole)
    search(net(), refit=False).fit(X, Y)
    assert programs == [6]


@pytest.mark.slow
def test_two_workers_have_a_program_each():
    made = net(epochs=450, batch_size=20)  # enough steps to be worth it
    one, two = (search(made, scoring="neg_log_loss", n_jobs=n).fit(X, Y) for n in (1, 2))
    left, right = (s.cv_results_["mean_test_score"] for s in (one, two))
    np.testing.assert_allclose(left, right, atol=1e-4)
    assert two.n_fits_ == 6


class OwnFit(KerasWrapperModel):
    def fit(self, X, y=None, sample_weight=None, **fit_params):
        return super().fit(-X, y, sample_weight, **fit_params)

    def predict_proba(self, X, **predict_params):
        return super().predict_proba(-X, **predict_params)


def test_a_fit_of_its_own_is_called(programs):
    estimator = OwnFit(nets.classifier, **nets.QUICK)
    found = search(estimator, {**GRID, "epochs": [1, 2]}).fit(X, Y)
    assert programs == []
    assert "OwnFit has a fit of its own" in found.shared_


def test_large_nets_are_prepared_once_and_trained_alone(programs, monkeypatch):
    from keraswrap._engine.stacks import _why_alone

    monkeypatch.setattr(_why_alone, "MOST_WEIGHTS", 10)
    built, build = [], KerasWrapperModel._build
    monkeypatch.setattr(
        KerasWrapperModel, "_build", lambda self, *args: built.append(1) or build(self, *args)
    )
    search(net(), refit=False).fit(X, Y)
    assert programs == []
    assert len(built) == 6
