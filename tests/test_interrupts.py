"""Ctrl-C during garbage collection: nothing is lost, and nobody else's handler is touched."""

import gc
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest
from processes import interruptible

from keraswrap._interrupts import hearing_stop

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is no signal there")

# A fit during which garbage is collected, as slowly as Ctrl-C takes to come.
SEARCH = """
import gc, time, numpy as np
from sklearn.linear_model import LogisticRegression
from keraswrap.model_selection import GridSearchCV, cross_val_predict_proba

seen = []

def collecting(phase, about):
    if not seen:
        seen.append(phase)
        print("collecting", flush=True)
        time.sleep(2)

class Endless(LogisticRegression):
    def fit(self, X, y):
        gc.callbacks.append(collecting)
        gc.collect()
        time.sleep(20)
        return super().fit(X, y)

X, y = np.eye(4), [0, 1, 0, 1]
try:
    {call}
except KeyboardInterrupt:
    print("heard", flush=True)
"""
CALLS = [
    "GridSearchCV(Endless(), {'C': [1.0]}, cv=2).fit(X, y)",
    "cross_val_predict_proba(Endless(), X, y, cv=2)",
]


@pytest.mark.parametrize("call", CALLS, ids=["search", "out of fold"])
def test_a_search_in_python_hears_ctrl_c_that_comes_as_garbage_is_collected(call):
    command = [sys.executable, "-c", SEARCH.replace("{call}", call)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen(command, **pipes, preexec_fn=interruptible)
    assert process.stdout.readline() == "collecting\n"
    process.send_signal(signal.SIGINT)
    started = time.monotonic()
    printed, errors = process.communicate(timeout=120)
    assert (printed, errors, process.returncode) == ("heard\n", "", 0)
    assert time.monotonic() - started < 15  # not after the fit


@contextmanager
def pressing():
    """Press Ctrl-C when garbage is next collected, with Python's own handler."""
    pressed = []

    def callback(phase, about):
        if not pressed:
            pressed.append(phase)
            signal.raise_signal(signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    gc.callbacks.append(callback)
    try:
        yield pressed
    finally:
        gc.callbacks.remove(callback)
        signal.signal(signal.SIGINT, before)


def wait(_):
    time.sleep(30)


def test_it_is_repeated_after_the_collection_and_the_handler_is_put_back():
    hook = sys.unraisablehook
    with pressing() as pressed:
        with pytest.raises(KeyboardInterrupt, match=r"^$"), hearing_stop():
            wait(gc.collect())
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert (pressed, sys.unraisablehook) == (["start"], hook)


@pytest.mark.parametrize("handler", [signal.SIG_IGN, signal.SIG_DFL, lambda number, frame: None])
def test_a_handler_of_the_users_stays(handler):
    before = signal.signal(signal.SIGINT, handler)
    try:
        with hearing_stop():
            assert signal.getsignal(signal.SIGINT) is handler
        assert signal.getsignal(signal.SIGINT) is handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_handler_that_is_set_in_the_block_stays():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with hearing_stop():
            assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_other_threads_change_nothing():
    seen = []
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def work():
        with hearing_stop():
            seen.append(signal.getsignal(signal.SIGINT))

    try:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert seen == [signal.default_int_handler]
    finally:
        signal.signal(signal.SIGINT, before)
