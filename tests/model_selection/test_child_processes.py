"""Workers that are children: Ctrl-C while they start, and what a killed search leaves."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from classifiers import Frequencies, X, Y

from keraswrap.model_selection import GridSearchCV

HERE = Path(__file__).parent
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
    commands = [child.cmdline() for child in psutil.Process(process.pid).children()]
    return [command for command in commands if "popen_loky_posix" in " ".join(command)]


@pytest.mark.parametrize("later", [0.4, 0.8])
def test_ctrl_c_while_workers_start_is_told_once(later, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(HERE), str(HERE.parents[1])]))
    search = subprocess.Popen(
        [sys.executable, "-c", ENDLESS, tmp_path / "log", "loky"],
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    while len(children_of(search)) < 2:
        assert search.poll() is None
    time.sleep(later)
    os.killpg(search.pid, signal.SIGINT)  # as a terminal does, to all of them
    _, told = search.communicate(timeout=60)
    assert search.returncode == -signal.SIGINT
    assert told.count("Traceback") == 1
    assert "\nKeyboardInterrupt" in told  # a warning of joblib's may follow
