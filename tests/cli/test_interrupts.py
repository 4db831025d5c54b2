"""Ctrl-C: how a command ends, what it says, and what it leaves."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pandas as pd
import pytest
from checkpoints import write_checkpoint, write_reviews
from processes import interruptible

from keraswrap.cli import main
from keraswrap.cli._interrupts import unstopped

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is no signal there")
MAIN = "import sys; from keraswrap.cli import main; sys.exit(main(sys.argv[1:]))"
COLUMNS = ["--text", "review", "--label", "stars"]
FOLDS = 60
ISSUES = ["issues", "reviews.csv", *COLUMNS, "--encoder", "tfidf", "--views", "one"]
ISSUES += ["--folds", str(FOLDS)]


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_reviews(tmp_path / "reviews.csv", n=600)
    return tmp_path


def start(*arguments):
    command = [sys.executable, "-c", MAIN, *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, preexec_fn=interruptible)


def wait_for(there, process, seconds=300):
    started = time.monotonic()
    while not there():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() - started < seconds
        time.sleep(0.01)


def stop(process):
    """Press Ctrl-C; give the last line that is said."""
    process.send_signal(signal.SIGINT)
    printed, errors = process.communicate(timeout=120)
    assert (process.returncode, printed) == (130, "")
    assert "Traceback" not in errors
    return errors.splitlines()[-1]


def count_fits(journal="j"):
    if not os.path.exists(journal):
        return 0
    with closing(sqlite3.connect(journal)) as file:
        if not file.execute("SELECT name FROM sqlite_master WHERE name = 'fits'").fetchall():
            return 0
        return file.execute("SELECT count(*) FROM fits").fetchone()[0]


def test_a_search_for_issues_goes_on_from_its_journal(home):
    process = start(*ISSUES, "--journal", "j", "--out", "out")
    wait_for(lambda: count_fits() >= 1, process)
    told = stop(process)
    assert told == ("Interrupted. Nothing was written to 'out'; the same command resumes from 'j'.")
    assert sorted(os.listdir()) == ["j", "reviews.csv"]
    assert 1 <= count_fits() < FOLDS
    assert main([*ISSUES, "--journal", "j", "--labels-only", "--out", "out"]) == 0
    assert count_fits() == FOLDS
    assert len(pd.read_csv("out/issues.csv")) == 600


def test_what_was_there_stays_and_how_to_keep_fits_is_said(home):
    os.mkdir("out")
    (home / "out" / "issues.csv").write_text("of the run before")
    process = start(*ISSUES, "--out", "out", "--overwrite")
    wait_for(lambda: len(os.listdir("out")) == 2, process)
    assert stop(process).endswith("starts over. With --journal FILE it would resume.")
    assert os.listdir("out") == ["issues.csv"]
    assert (home / "out" / "issues.csv").read_text() == "of the run before"


@pytest.mark.slow
@pytest.mark.parametrize("delay", [0, 4])  # as packages are loaded, and after
def test_a_training_that_is_broken_off_leaves_no_model(home, delay):
    write_checkpoint(home / "tiny")
    options = ["--encoder", "tiny", "--max-length", "16", "--trainable", "all"]
    command = ["train", "reviews.csv", *COLUMNS, *options, "--epochs", "100000", "--out", "m.kw"]
    process = start(*command)
    assert "600 rows, 2 labels" in process.stderr.readline()
    time.sleep(delay)
    told = stop(process)
    assert told == "Interrupted. Nothing was written to 'm.kw'; the same command starts over."
    assert sorted(os.listdir()) == ["reviews.csv", "tiny"]


def test_ctrl_c_comes_too_late_for_a_step_that_is_not_done_by_half():
    before = signal.getsignal(signal.SIGINT)
    with unstopped():
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
