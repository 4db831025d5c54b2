"""Units on workers: those that die, those that fail, what they share."""

import os
import warnings

import numpy as np
import pytest
from classifiers import DieOnce, Frequencies, X, Y, die, exhaust, raise_error, run_out_of_memory
from joblib import parallel_config
from sklearn import model_selection as reference
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import FitFailedWarning

from keraswrap.exceptions import StorageError, WorkerError
from keraswrap.model_selection import GridSearchCV

GRID = {"power": [1.0, 2.0, 3.0]}
HALF = [(np.arange(60), np.arange(60, 120))]


def search(mishap=None, at=None, log=None, **settings):
    settings = {"cv": 2, "scoring": "neg_log_loss", "refit": False, "n_jobs": 2, **settings}
    return GridSearchCV(Frequencies(mishap=mishap, at=at, log=log), GRID, **settings)


def scores_of(found):
    return found.cv_results_["mean_test_score"]


def test_two_processes_find_what_one_finds(tmp_path):
    log = tmp_path / "processes"
    alone, both = search(n_jobs=None).fit(X, Y), search(log=str(log)).fit(X, Y)
    np.testing.assert_array_equal(scores_of(alone), scores_of(both))
    np.testing.assert_array_equal(alone.oof_proba_, both.oof_proba_)
    assert str(os.getpid()) not in log.read_text().split()


def test_threads_find_it_too():
    with parallel_config(backend="threading"):
        np.testing.assert_array_equal(
            scores_of(search(n_jobs=2).fit(X, Y)), scores_of(search(n_jobs=1).fit(X, Y))
        )


def test_a_backend_that_gives_all_results_at_once():
    with parallel_config(backend="multiprocessing"):
        found = search().fit(X, Y)
    np.testing.assert_array_equal(scores_of(found), scores_of(search(n_jobs=1).fit(X, Y)))


def test_a_worker_that_dies_once_costs_nothing_but_time(tmp_path, monkeypatch):
    monkeypatch.setenv("JOBLIB_TEMP_FOLDER", str(tmp_path))
    found = search(DieOnce(tmp_path / "died"), at=2.0).fit(X.tolist(), Y)
    np.testing.assert_array_equal(scores_of(found), scores_of(search(n_jobs=1).fit(X, Y)))
    assert found.n_fits_ == 6
    assert not list(tmp_path.glob("keraswrap-*"))


def test_a_fit_that_kills_its_worker_twice_has_failed():
    with (
        pytest.warns(FitFailedWarning, match="process that died twice.*'power': 2.0"),
        pytest.warns(UserWarning, match="non-finite"),
    ):
        found = search(die, at=2.0, cv=HALF).fit(X, Y)
    assert np.isnan(scores_of(found)).tolist() == [False, True, False]


def test_a_dying_worker_is_an_error_where_errors_are_raised():
    with pytest.raises(WorkerError, match=r"died twice, with \{'power': 2.0\} on split 0"):
        search(die, at=2.0, cv=HALF, error_score="raise").fit(X, Y)


@pytest.mark.parametrize(
    ("mishap", "error_score"),
    [(raise_error, -9.0), (run_out_of_memory, np.nan), (exhaust, np.nan)],
)
def test_a_candidate_that_fails_counts_as_in_scikit_learn(mishap, error_score):
    told, found = [], []
    for module in (GridSearchCV, reference.GridSearchCV):
        model = Frequencies(mishap=mishap, at=2.0)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            grid = module(model, GRID, cv=2, scoring="neg_log_loss", error_score=error_score)
            found.append(grid.fit(X, Y))
        told.append([warning.category for warning in caught])
    np.testing.assert_array_equal(scores_of(found[0]), scores_of(found[1]))
    assert told[0] == told[1]
    assert FitFailedWarning in told[0]


def test_what_a_candidate_raises_is_raised_where_asked():
    with pytest.raises(ValueError, match="this power is too much"):
        search(raise_error, at=2.0, error_score="raise").fit(X, Y)


def test_an_error_that_cannot_be_sent_is_told():
    class OddError(Exception):
        def __init__(self, one, other):
            super().__init__(f"{one} {other}")

    def mishap():
        raise OddError("quite", "odd")

    with pytest.raises(RuntimeError, match="OddError: quite odd"):
        search(mishap, at=2.0, error_score="raise").fit(X, Y)


def test_functions_that_pickle_cannot_name():
    threshold = 3

    class Local(ClassifierMixin, BaseEstimator):
        def __init__(self, build=None, power=1.0):
            self.build, self.power = build, power

        def fit(self, X, y):
            self.classes_ = np.unique(y)
            return self

        def predict(self, X):
            return np.full(len(X), self.build())

    model = Local(build=lambda: threshold - 1)
    found = GridSearchCV(model, GRID, cv=2, n_jobs=2, error_score="raise").fit(X, Y)
    assert scores_of(found).tolist() == pytest.approx([(Y == 2).mean()] * 3)


class Limits(Frequencies):
    """Say in the log how much a worker may grow, and how many threads it was given."""

    def _note(self):
        from joblib.externals.loky import process_executor

        with open(self.log, "a") as file:
            threads = os.environ["OMP_NUM_THREADS"]
            file.write(f"{process_executor._MAX_MEMORY_LEAK_SIZE // 2**30} {threads}\n")


def test_workers_share_the_cores_and_may_hold_nets(tmp_path):
    model = Limits(log=str(tmp_path / "limits"))
    with parallel_config(backend="loky", inner_max_num_threads=3):
        GridSearchCV(model, GRID, cv=2, n_jobs=2, refit=False).fit(X, Y)
    assert set((tmp_path / "limits").read_text().splitlines()) == {"4 3"}


def test_what_cannot_be_written_for_workers_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("JOBLIB_TEMP_FOLDER", str(tmp_path / "missing"))
    with pytest.raises(StorageError, match="Expected to write the workers' files"):
        search().fit(X, Y)
