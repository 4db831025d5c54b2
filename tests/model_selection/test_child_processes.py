"""Workers that are children: Ctrl-C while they start, and what a killed search leaves."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import pytest
from classifiers import Frequencies, X, Y
from processes import interruptible

from keraswrap.exceptions import JournalError
from keraswrap.model_selection import GridSearchCV
from keraswrap.model_selection._child_processes import start_uninterrupted

HERE = Path(__file__).parent
HALF = [(np.arange(60), np.arange(60, 120))]
ENDLESS = """
import sys, time
from classifiers import X, Y, Frequencies
from joblib import parallel_config
from keraswrap.model_selection import GridSearchCV
def mishap():
    time.sleep(600)
model = Frequencies(mishap=mishap, at=1.0, log=sys.argv[1])
with parallel_config(sys.argv[2]):
    GridSearchCV(model, {"power": [1.0]}, cv=2, n_jobs=2).fit(X, Y)
"""


def lives(pid):
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def folders(path):
    return list(path.glob("keraswrap-search-*"))


@pytest.mark.parametrize("backend", ["loky", "multiprocessing"])
def test_workers_end_with_it_and_the_next_search_tidies(backend, tmp_path, monkeypatch):
    monkeypatch.setenv("JOBLIB_TEMP_FOLDER", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(HERE), str(HERE.parents[1])]))
    log = tmp_path / "log"
    killed = subprocess.Popen([sys.executable, "-c", ENDLESS, log, backend])
    while not log.exists() or len(log.read_text().split()) < 2:
        assert killed.poll() is None
        time.sleep(0.1)
    (used,) = folders(tmp_path)
    GridSearchCV(Frequencies(), {"power": [1.0]}, cv=2, n_jobs=2).fit(X, Y)
    assert folders(tmp_path) == [used]  # which is another's, and in use
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    workers = [int(pid) for pid in log.read_text().split()]
    deadline = time.monotonic() + 120
    while any(map(lives, workers)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(lives, workers))
    GridSearchCV(Frequencies(), {"power": [1.0]}, cv=2, n_jobs=2).fit(X, Y)
    assert folders(tmp_path) == []


def children_of(process):
    """The workers, not the trackers of shared resources."""
    children = psutil.Process(process.pid).children()
    return [child.pid for child in children if "popen_loky_posix" in " ".join(child.cmdline())]


@contextmanager
def searching(code, *arguments):
    """Run the code as the first process of a group, as a terminal does; nothing outlives it."""
    command = [sys.executable, "-c", code, *arguments]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    group = {"start_new_session": True, "preexec_fn": interruptible}
    search = subprocess.Popen(command, **streams, **group)
    try:
        yield search
    finally:
        with suppress(ProcessLookupError):
            os.killpg(search.pid, signal.SIGKILL)
        search.wait()


def assert_interrupted(search):
    printed, told = search.communicate(timeout=60)
    assert search.returncode == -signal.SIGINT
    assert told.count("Traceback") == 1
    assert "\nKeyboardInterrupt" in told  # a warning of joblib's may follow
    assert printed == ""  # where joblib shows what was raised while a worker started


@pytest.mark.parametrize("later", [0.0, 0.4, 0.8])
def test_ctrl_c_while_workers_start_is_told_once(later, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(HERE), str(HERE.parents[1])]))
    with searching(ENDLESS, tmp_path / "log", "loky") as search:
        while len(workers := children_of(search)) < 2:
            assert search.poll() is None
        time.sleep(later)
        os.killpg(search.pid, signal.SIGINT)  # as a terminal does, to all of them
        assert_interrupted(search)
        assert not any(map(lives, workers))


# Another thread takes the signal, as one of NumPy's would: the main thread lets none in.
AT_THE_START = """
import os, signal, threading, time
from joblib.externals.loky.backend.popen_loky_posix import Popen
from joblib.externals.loky.process_executor import ProcessPoolExecutor
threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
def press(owner, name, before=0, after=0):
    real, calls = getattr(owner, name), []
    def pressed(*args):
        calls.append(args)
        if len(calls) == before:
            os.killpg(0, signal.SIGINT)
        made = real(*args)
        if len(calls) == after:
            os.killpg(0, signal.SIGINT)
        return made
    setattr(owner, name, pressed)
"""


@pytest.mark.parametrize(
    "moment",
    [
        'Popen, "_launch", after=1',
        'Popen, "_launch", after=2',
        'ProcessPoolExecutor, "_start_executor_manager_thread", before=1',
        'ProcessPoolExecutor, "_start_executor_manager_thread", after=1',
    ],
)
def test_ctrl_c_between_two_steps_of_their_start_waits_for_the_last(moment, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(HERE), str(HERE.parents[1])]))
    code = f"{AT_THE_START}\npress({moment})\n{ENDLESS}"
    with searching(code, tmp_path / "log", "loky") as search:
        assert_interrupted(search)


@pytest.fixture
def answered_by():
    """A function that sets what answers Ctrl-C, as a shell's background job ignores it."""
    before = signal.getsignal(signal.SIGINT)
    yield partial(signal.signal, signal.SIGINT)
    signal.signal(signal.SIGINT, before)


def test_a_handler_of_ones_own_is_called_after_the_block(answered_by):
    heard = []
    answered_by(lambda *event: heard.append(event[0]))
    with start_uninterrupted():
        signal.raise_signal(signal.SIGINT)
        assert heard == []
    assert heard == [signal.SIGINT]
    signal.raise_signal(signal.SIGINT)
    assert heard == [signal.SIGINT] * 2


def test_an_error_in_the_block_is_told_with_the_interruption(answered_by):
    def fail():
        with start_uninterrupted():
            signal.raise_signal(signal.SIGINT)
            raise OSError("no process")

    answered_by(signal.default_int_handler)
    with pytest.raises(KeyboardInterrupt) as told:
        fail()
    assert isinstance(told.value.__context__, OSError)


def test_where_ctrl_c_is_ignored_it_stays_so(answered_by):
    answered_by(signal.SIG_IGN)
    with start_uninterrupted():
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def wait_long():
    time.sleep(600)


def test_no_worker_runs_on_for_a_search_whose_journal_cannot_be_written(tmp_path):
    path, log = tmp_path / "journal", tmp_path / "log"
    model = Frequencies(mishap=wait_long, at=2.0, log=str(log))
    settings = {"cv": HALF, "refit": False, "n_jobs": 2, "journal": path}
    GridSearchCV(model, {"power": [1.0]}, **settings).fit(X, Y)
    with sqlite3.connect(path) as journal:
        journal.execute(
            "CREATE TRIGGER full BEFORE INSERT ON fits BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
    with pytest.raises(JournalError, match="full") as held:  # with it, all frames of the search
        GridSearchCV(model, {"power": [2.0, 3.0]}, **settings).fit(X, Y)
    assert not any(lives(int(pid)) for pid in log.read_text().split() if int(pid) != os.getpid())
    assert held.tb is not None
