"""Searches on real local clusters of two workers: the same scores, from nets that are kept."""

import os
import shutil
import sys
import tempfile
import threading
import time

import joblib
import numpy as np
import pytest
from joblib.parallel import get_active_backend
from nets import LEARNS, classifier, groups
from sklearn import model_selection
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.parallel import delayed

from keraswrap import KerasWrapperModel
from keraswrap.data import row_view
from keraswrap.exceptions import WorkerError
from keraswrap.model_selection import GridSearchCV, _dask, _dask_watch

pytestmark = pytest.mark.slow

X, INDEX = groups(60, 3)
Y = np.array(["ant", "bee", "cat"])[INDEX]


@pytest.fixture(scope="module")
def dask():
    distributed = pytest.importorskip("distributed")
    import dask

    settings = {
        # A worker that dies has the fit to blame: one try is enough.
        "distributed.scheduler.allowed-failures": 0,
        # A local cluster closes a worker for good that is just being started again after this.
        "distributed.deploy.lost-worker-timeout": "1 hour",
    }
    local = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
    with (
        dask.config.set(settings),
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, **local) as cluster,
        distributed.Client(cluster),
    ):
        yield "dask"


@pytest.fixture(scope="module")
def ray():
    pytest.importorskip("ray")
    # Before it is imported: stay on this machine, leave nothing at home, report nothing.
    own = {
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
        "RAY_AUTH_TOKEN": os.urandom(32).hex(),
        "RAY_USAGE_STATS_ENABLED": "0",
        # Workers import the modules of functions that are not in __main__.
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    folder = tempfile.mkdtemp(prefix="ray-", dir="/tmp")  # a socket's path must be short
    with pytest.MonkeyPatch.context() as patch:
        for name, value in own.items():
            patch.setenv(name, value)
        import ray
        from joblib.pool import PicklingPool
        from ray.util.joblib import register_ray

        ray.init(
            num_cpus=2,
            include_dashboard=False,
            object_store_memory=100_000_000,
            log_to_driver=False,
            _temp_dir=folder,
        )
        register_ray()
        # Ray's backend puts its own pool below joblib's, for the whole process and for good.
        bases = PicklingPool.__bases__
        yield "ray"
        PicklingPool.__bases__ = bases
        ray.shutdown()
    for _ in range(50):  # Ray's processes write to their logs until they have ended
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.exists(folder):
            break
        time.sleep(0.1)


@pytest.fixture(params=["dask", "ray"])
def cluster(request):
    with joblib.parallel_config(request.getfixturevalue(request.param)):
        yield request.param


def learner():
    def build(meta):
        return classifier(meta, units=units)

    units = 6
    # A function that no module holds.
    return KerasWrapperModel(lambda meta: build(meta), **LEARNS)


def report(estimator, X, y):
    """Score, and tell what the worker is like."""
    import tensorflow as tf

    from keraswrap._engine import pool

    return {
        "accuracy": estimator.score(X, y),
        "process": os.getpid(),
        "threads": tf.config.threading.get_intra_op_parallelism_threads(),
        "built": pool.built,
    }


GRID = {"compile__optimizer__learning_rate": [0.1, 0.01, 0.001], "epochs": [1, 3]}
SETTINGS = {"cv": 2, "n_jobs": 2, "refit": False, "error_score": "raise"}


@pytest.fixture(scope="module")
def at_home():
    search = GridSearchCV(learner(), GRID, **SETTINGS | {"n_jobs": 1}, scoring="accuracy")
    return search.fit(X, Y).cv_results_


def test_a_search_finds_the_same_with_nets_that_are_kept(cluster, at_home):
    found = GridSearchCV(learner(), GRID, **SETTINGS, scoring=report).fit(X, Y).cv_results_
    for split in range(2):
        here, there = at_home[f"split{split}_test_score"], found[f"split{split}_test_accuracy"]
        np.testing.assert_array_equal(here, there)
    processes = np.concatenate([found[f"split{split}_test_process"] for split in range(2)])
    assert len(set(processes)) == 2
    assert os.getpid() not in processes
    assert (found["mean_test_threads"] == 1).all()
    assert found["mean_test_built"].tolist() == [1] * 6


def test_scikit_learns_own_search(dask, at_home):
    with joblib.parallel_config(dask):
        found = model_selection.GridSearchCV(learner(), GRID, **SETTINGS).fit(X, Y).cv_results_
    np.testing.assert_array_equal(found["mean_test_score"], at_home["mean_test_score"])


def test_a_search_of_rows_in_a_file(dask, at_home, tmp_path):
    view, y, _ = row_view(iter([(X, Y)]), batched=True, folder=tmp_path)
    with joblib.parallel_config(dask):
        found = GridSearchCV(learner(), GRID, **SETTINGS).fit(view, y).cv_results_
    np.testing.assert_array_equal(found["mean_test_score"], at_home["mean_test_score"])


def deadly(folder, times):
    """Make an estimator, a candidate of which ends its process a number of times."""

    def pass_on(X, deadly):
        deaths = len(list(folder.iterdir()))
        if deadly and deaths < times:
            (folder / str(deaths)).touch()
            os._exit(1)
        return X

    return make_pipeline(FunctionTransformer(pass_on), LogisticRegression())


DEADLY = {"functiontransformer__kw_args": [{"deadly": False}, {"deadly": True}]}


def test_a_worker_that_dies(cluster, tmp_path):
    found = GridSearchCV(deadly(tmp_path, 1), DEADLY, **SETTINGS).fit(X, Y)
    assert len(list(tmp_path.iterdir())) == 1
    safe, died = found.cv_results_["mean_test_score"]
    assert safe == died > 0.9


def test_a_candidate_that_ends_every_worker(dask, tmp_path):
    search = GridSearchCV(deadly(tmp_path, 99), DEADLY, **SETTINGS | {"error_score": -1.0})
    with joblib.parallel_config(dask), pytest.warns(FitFailedWarning, match="died twice"):
        safe, died = search.fit(X, Y).cv_results_["mean_test_score"]
    assert safe > 0.9
    assert died == -1


def test_a_search_called_off_does_not_end_the_next(dask, tmp_path):
    def wait_or_break(X, late):
        if not late:
            raise ValueError("too early")
        time.sleep(1)  # its result comes when nobody waits for it any more
        return X

    steps = FunctionTransformer(wait_or_break), LogisticRegression()
    grid = {"functiontransformer__kw_args": [{"late": True}, {"late": False}]}
    with joblib.parallel_config(dask):
        with pytest.raises(ValueError, match="too early"):
            GridSearchCV(make_pipeline(*steps), grid, **SETTINGS).fit(X, Y)
        found = GridSearchCV(deadly(tmp_path, 0), DEADLY, **SETTINGS).fit(X, Y)
    assert (found.cv_results_["mean_test_score"] > 0.9).all()


def forget(dask_scheduler):
    """Drop what clients wait for, and tell them nothing."""
    for name, client in dask_scheduler.clients.items():
        keys = [task.key for task in client.wants_what if task.key.startswith("keraswrap-")]
        dask_scheduler.client_releases_keys(keys, name, "forgotten")


def test_what_dask_forgot_is_sent_again(dask, tmp_path, monkeypatch):
    from distributed import get_client

    def begin(number):
        (tmp_path / f"begun-{time.time()}").touch()
        while not (tmp_path / "forgotten").exists():
            time.sleep(0.1)
        return number

    def forget_once():
        while len(list(tmp_path.glob("begun-*"))) < 2:
            time.sleep(0.1)
        get_client().run_on_scheduler(forget)
        (tmp_path / "forgotten").touch()

    monkeypatch.setattr(_dask_watch, "LOOK", 0.5)
    threading.Thread(target=forget_once, daemon=True).start()
    with joblib.parallel_config(dask):
        backend, _ = get_active_backend()
        calls = [delayed(begin)(number) for number in (1, 2)]
        assert sorted(_dask.outputs(backend, calls, "all")) == [1, 2]
    assert len(list(tmp_path.glob("begun-*"))) == 4


@pytest.mark.parametrize("value", [1, X])  # sent with each call, or once for all
def test_a_cluster_that_stays_without_workers_is_told(value, monkeypatch):
    import distributed

    monkeypatch.setattr(_dask_watch, "LOOK", 0.5)
    monkeypatch.setattr(_dask, "_RETURN", 1)
    monkeypatch.setattr(_dask, "_FETCH", 1)
    local = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
    with (
        distributed.LocalCluster(n_workers=0, **local) as cluster,
        distributed.Client(cluster) as client,
        joblib.parallel_config("dask", client=client, wait_for_workers_timeout=1),
    ):
        found = _dask.outputs(get_active_backend()[0], [delayed(repr)(value)], "all")
        with pytest.raises(
            WorkerError, match="Expected the Dask cluster to have workers, got none"
        ):
            next(found)
