"""The watch on Dask's scheduler: which tasks it finds forsaken, on a real one."""

import time

import pytest

from keraswrap.exceptions import WorkerError
from keraswrap.model_selection import _dask_watch
from keraswrap.model_selection._dask_watch import Watch

distributed = pytest.importorskip("distributed")
LOCAL = {"host": "127.0.0.1", "protocol": "tcp://", "processes": False}
LOCAL["dashboard_address"] = "127.0.0.1:0"


@pytest.fixture(scope="module")
def client():
    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=1, **LOCAL) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(_dask_watch, "LOOK", 0.0)


def looks(watch, keys, n=2):
    found = []
    for _ in range(n):
        time.sleep(0.05)  # the second word is to be a later one
        found.append(watch.forsaken(keys))
    return found


def test_a_task_that_runs_is_left_alone_and_one_unknown_is_named_at_the_second_look(client):
    running = client.submit(time.sleep, 3, pure=False)
    while client.run_on_scheduler(_state, running.key) != "processing":
        time.sleep(0.05)
    time.sleep(1.0)  # until the worker has told that it is busy
    assert looks(Watch(client, 60), [running.key, "unknown"]) == [[], ["unknown"]]
    running.cancel()


def _state(key, dask_scheduler):
    task = dask_scheduler.tasks.get(key)
    return task.state if task else None


def test_a_task_that_ended_is_named_once_it_is_still_waited_for(client):
    done = client.submit(sum, [1, 2], pure=False)
    assert done.result() == 3
    assert looks(Watch(client, 60), [done.key]) == [[], [done.key]]
    assert looks(Watch(client, 60), []) == [[], []]


def test_no_look_is_taken_before_its_time(client, monkeypatch):
    monkeypatch.setattr(_dask_watch, "LOOK", 60.0)
    assert looks(Watch(client, 60), ["unknown"]) == [[], []]


def test_a_cluster_without_workers_is_told_when_patience_ends():
    with (
        distributed.LocalCluster(n_workers=0, **LOCAL) as cluster,
        distributed.Client(cluster) as client,
    ):
        assert Watch(client, 60).forsaken(["one"]) == []
        with pytest.raises(WorkerError, match="to have workers, got none for 0 s"):
            looks(Watch(client, 0.01), ["one"])
