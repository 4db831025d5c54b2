"""Searches that are stopped and go on, and files that are no journal of theirs."""

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from classifiers import Frequencies, X, Y, raise_error
from scipy.stats import uniform
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.model_selection import KFold

from keraswrap import KerasWrapperModel
from keraswrap.data import row_view
from keraswrap.exceptions import InputError, JournalError, ParameterError, StorageError
from keraswrap.model_selection import (
    GridSearchCV,
    RandomizedSearchCV,
    cross_val_predict_proba,
)
from keraswrap.model_selection import _journal as module
from keraswrap.text import build_vector_head

GRID = {"power": [1.0, 2.0, 3.0, 4.0]}
HERE = Path(__file__).parent


def search(journal=None, model=None, grid=GRID, **settings):
    settings = {"cv": 2, "scoring": "neg_log_loss", "return_train_score": True, **settings}
    return GridSearchCV(
        Frequencies() if model is None else model, grid, journal=journal, **settings
    )


def same(found, wanted):
    for name in found.cv_results_:
        if "time" not in name and name != "params":
            np.testing.assert_array_equal(found.cv_results_[name], wanted.cv_results_[name])
    np.testing.assert_array_equal(found.oof_proba_, wanted.oof_proba_)
    return True


# The same search in a process of its own, slow enough to be hit between two fits.
SLOW = """
from classifiers import X, Y, Frequencies, wait
from keraswrap.model_selection import GridSearchCV
import sys
model = Frequencies(mishap=wait, log=sys.argv[2])
GridSearchCV(model, {"power": [1.0, 2.0, 3.0, 4.0]}, cv=2, scoring="neg_log_loss",
             return_train_score=True, journal=sys.argv[1], n_jobs=int(sys.argv[3])).fit(X, Y)
"""


def start(journal, log, n_jobs=1):
    path = os.pathsep.join([str(HERE), str(HERE.parents[1])])
    return subprocess.Popen(
        [sys.executable, "-c", SLOW, str(journal), str(log), str(n_jobs)],
        env={**os.environ, "PYTHONPATH": path},
        start_new_session=True,
    )


def begun(log):
    return len(log.read_text().split()) if log.exists() else 0


@pytest.mark.parametrize(("killed_at", "n_jobs"), [(1, 1), (5, 1), (4, 2)])
def test_a_search_that_was_killed_goes_on(tmp_path, killed_at, n_jobs):
    from classifiers import wait

    journal, log = tmp_path / "journal", tmp_path / "log"
    process = start(journal, log, n_jobs)
    while begun(log) < killed_at:
        time.sleep(0.01)
        assert process.poll() is None
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    before = begun(log)
    model = Frequencies(mishap=wait, log=str(log))
    found = search(journal, model, refit=False).fit(X, Y)
    assert same(found, search().fit(X, Y))
    # What was recorded is not made again; what was being made, or on its way to the file, is.
    lost = 1 if n_jobs == 1 else 2 * n_jobs
    assert found.n_fits_ == begun(log) - before <= 8 - before + lost


def test_two_processes_on_one_journal(tmp_path):
    journal = tmp_path / "journal"
    both = [start(journal, tmp_path / "log") for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    with sqlite3.connect(journal) as opened:
        assert opened.execute("SELECT count(*) FROM fits").fetchone() == (8,)


def test_a_finished_search_is_told_from_its_journal(tmp_path):
    first = search(tmp_path / "j").fit(X, Y)
    again = search(str(tmp_path / "j")).fit(X, Y)
    assert (first.n_fits_, again.n_fits_) == (8, 0)
    assert same(again, first)
    longer = search(tmp_path / "j", grid={"power": [0.5, *GRID["power"]]}).fit(X, Y)
    assert longer.n_fits_ == 2


def test_what_failed_is_tried_again(tmp_path):
    settings = {"model": Frequencies(mishap=raise_error, at=2.0), "error_score": -9.0}
    for _ in range(2):
        with pytest.warns(match="2 fits failed"):
            found = search(tmp_path / "j", **settings).fit(X, Y)
    assert found.n_fits_ == 2


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"model": Frequencies(at=5.0)}, "other estimator"),
        ({"cv": 3}, "other splits"),
        ({"scoring": "accuracy"}, "other scoring"),
        ({"X": X + 1}, "other X"),
        ({"y": Y[::-1]}, "other y and other splits"),
    ],
)
def test_a_journal_of_another_search_is_refused_and_kept(tmp_path, change, told):
    path = tmp_path / "j"
    search(path).fit(X, Y)
    before = path.read_bytes()
    rows = {"X": X, "y": Y, **{k: change.pop(k) for k in ("X", "y") if k in change}}
    with pytest.raises(JournalError, match=rf"kept with {told}\. The file was left as it is"):
        search(path, **change).fit(rows["X"], rows["y"])
    assert path.read_bytes() == before


def no_journal(path):
    path.write_bytes(b"my thesis, the only copy")


def another_database(path):
    with sqlite3.connect(path) as opened:
        opened.execute("CREATE TABLE thesis (page TEXT)")


def cut_journal(path):
    search(path).fit(X, Y)
    path.write_bytes(path.read_bytes()[:5000])


def scribbled_journal(path):
    search(path).fit(X, Y)
    content = bytearray(path.read_bytes())
    content[4096:8192] = b"x" * 4096
    path.write_bytes(content)


def record_that_lies(path):
    search(path).fit(X, Y)
    with sqlite3.connect(path) as opened:
        opened.execute("UPDATE fits SET proba = x'00'")


def later_format(path):
    search(path).fit(X, Y)
    with sqlite3.connect(path) as opened:
        opened.execute("UPDATE about SET value = '7' WHERE name = 'format'")


@pytest.mark.parametrize(
    "make",
    [no_journal, another_database, cut_journal, scribbled_journal, record_that_lies, later_format],
)
def test_a_file_that_is_no_good_is_refused_and_kept(tmp_path, make):
    path = tmp_path / "j"
    make(path)
    before = path.read_bytes()
    with pytest.raises(JournalError, match="left as it is"):
        search(path).fit(X, Y)
    assert path.read_bytes() == before


def test_a_write_that_was_broken_off_is_taken_back(tmp_path):
    path, stopped = tmp_path / "j", tmp_path / "stopped"
    search(path, grid={"power": [1.0]}).fit(X, Y)
    opened = sqlite3.connect(path, isolation_level=None)
    opened.execute("PRAGMA cache_spill = 1")
    opened.execute("PRAGMA cache_size = 1")
    opened.execute("BEGIN")
    opened.execute("DELETE FROM fits")
    opened.execute("CREATE TABLE junk AS SELECT zeroblob(500000)")
    for end in ("", "-journal"):  # as the disk would look if the power failed now
        shutil.copy(f"{path}{end}", f"{stopped}{end}")
    opened.close()
    assert search(stopped, grid={"power": [1.0]}).fit(X, Y).n_fits_ == 0


@pytest.mark.parametrize("path", ["", "missing/j"])
def test_a_place_that_cannot_hold_a_journal(tmp_path, path):
    with pytest.raises(StorageError, match="Expected a journal that can be read"):
        search(tmp_path / path).fit(X, Y)


def test_other_versions_are_told(tmp_path, monkeypatch):
    search(tmp_path / "j").fit(X, Y)
    monkeypatch.setattr(module, "find_version", {"numpy": "0.1"}.get)
    with pytest.warns(UserWarning, match=r"were made with .*numpy .* \(now 0\.1\)"):
        assert search(tmp_path / "j").fit(X, Y).n_fits_ == 0


def test_what_is_drawn_anew_each_time_cannot_go_on(tmp_path):
    settings = {"cv": 2, "journal": tmp_path / "j"}
    drawn = RandomizedSearchCV(Frequencies(), {"power": uniform(1, 2)}, n_iter=2, **settings)
    with pytest.raises(ParameterError, match="Expected random_state to be given"):
        drawn.fit(X, Y)
    assert drawn.set_params(random_state=0).fit(X, Y).n_fits_ == 4
    assert drawn.fit(X, Y).n_fits_ == 0
    with pytest.raises(ParameterError, match="Expected a splitter with reproducible splits"):
        search(tmp_path / "k", cv=KFold(2, shuffle=True)).fit(X, Y)
    assert not (tmp_path / "k").exists()


class Unknown:
    __slots__ = ("content",)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"model": Frequencies(at=iter("ab"))}, r"got estimator, Frequencies"),
        ({"grid": {"at": [1.0, iter("ab")]}}, r"got at=<str"),
        ({"scoring": make_scorer(accuracy_score, extra=iter("ab"))}, "got scoring, "),
    ],
)
def test_what_cannot_be_known_again_cannot_be_recorded(tmp_path, change, told):
    with pytest.raises(InputError, match=told):
        search(tmp_path / "j", **change).fit(X, Y)


def test_probabilities_alone_can_be_recorded_too(tmp_path):
    labels = np.array(["ant", "bee", "cat"])[Y]
    log = tmp_path / "log"
    model, path = Frequencies(log=str(log)), tmp_path / "j"
    found = [cross_val_predict_proba(model, X, labels, cv=3, journal=path) for _ in range(2)]
    np.testing.assert_array_equal(*found)
    assert begun(log) == 3
    with pytest.raises(JournalError, match=r"kept with other estimator and .*other scoring"):
        search(path, cv=3).fit(X, labels)


def test_rows_of_a_file_are_known_by_what_they_hold(tmp_path):
    rows = {"a": X[:, 0], "b": [f"row {i}" for i in range(120)]}
    for changed, made in [(0.0, 8), (0.0, 0)]:
        data = iter([({**rows, "a": rows["a"] + changed}, Y)])
        view = row_view(data, batched=True, folder=tmp_path).X
        assert search(tmp_path / "j").fit(view, Y).n_fits_ == made
    with pytest.raises(JournalError, match="other X"):
        search(tmp_path / "j").fit(row_view({**rows, "a": rows["a"] + 1}).X, Y)


@pytest.mark.filterwarnings("ignore:The fits in the journal")
def test_a_journal_of_a_wrapper_with_fewer_parameters_continues(tmp_path):
    path = tmp_path / "j.db"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript((HERE / "journal_0_1.sql").read_text())
    rows, labels = (np.arange(16.0) % 7).reshape(8, 2), np.arange(8) % 2
    clf = KerasWrapperModel(build_vector_head, {"dropout": 0.0}, {"optimizer": "sgd"})
    settings = {"cv": 2, "journal": path, "refit": False, "oof": False}
    found = GridSearchCV(clf.set_params(random_state=0), {"epochs": [1, 2]}, **settings)
    assert found.fit(rows, labels).n_fits_ == 0
    with pytest.raises(JournalError, match="kept with other estimator"):
        found.set_params(estimator__target="ordered").fit(rows, labels)
