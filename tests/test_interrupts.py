"""Ctrl-C that Python would drop: none is lost, and nobody else's handler is touched."""

import gc
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, nullcontext

import pytest
from processes import interruptible

from keraswrap._interrupts import hearing_stop, stopping_later

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
def pressing(is_asked):
    """Press Ctrl-C when garbage is next collected, if asked, with Python's own handler."""
    pressed = []

    def callback(phase, about):
        if not pressed:
            pressed.append(phase)
            signal.raise_signal(signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    if is_asked:
        gc.callbacks.append(callback)
    try:
        yield pressed
    finally:
        if is_asked:
            gc.callbacks.remove(callback)
        signal.signal(signal.SIGINT, before)


class Ended:
    """Press Ctrl-C as an object ends, where Python drops what is raised, too."""

    def __del__(self):
        signal.raise_signal(signal.SIGINT)


def end(_):
    Ended()


def sleep_after(work):
    work(0)
    time.sleep(60)


@pytest.mark.parametrize("work", [gc.collect, end], ids=["collection", "end of an object"])
def test_it_is_repeated_at_once_and_the_hook_is_put_back(work):
    hook, started = sys.unraisablehook, time.monotonic()
    with pressing(work is gc.collect) as pressed:
        with pytest.raises(KeyboardInterrupt, match=r"^$"), hearing_stop():
            sleep_after(work)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert (len(pressed), sys.unraisablehook) == (work is gc.collect, hook)
    assert time.monotonic() - started < 50  # it wakes what sleeps


def test_other_dropped_errors_go_to_the_hook_that_was_there(monkeypatch):
    seen = []
    monkeypatch.setattr(sys, "unraisablehook", seen.append)

    class Failing:
        def __del__(self):
            raise ValueError("nobody's business")

    before = sys.unraisablehook
    with hearing_stop(), hearing_stop():
        Failing()
    assert [one.exc_type for one in seen] == [ValueError]
    assert sys.unraisablehook is before


def test_a_hook_that_is_set_in_the_block_stays(monkeypatch):
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    own = print
    with hearing_stop():
        sys.unraisablehook = own
    assert sys.unraisablehook is own


@pytest.mark.parametrize("handler", [signal.SIG_IGN, signal.SIG_DFL, lambda number, frame: None])
def test_a_handler_of_the_users_stays(handler):
    before = signal.signal(signal.SIGINT, handler)
    try:
        with hearing_stop():
            assert signal.getsignal(signal.SIGINT) is handler
        assert signal.getsignal(signal.SIGINT) is handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_other_threads_change_nothing():
    seen, before = [], sys.unraisablehook

    def work():
        with hearing_stop():
            seen.append(sys.unraisablehook)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]


@pytest.mark.parametrize(("times", "done"), [(0, 3), (1, 3), (2, 2)])
def test_ctrl_c_waits_for_a_step_that_must_not_be_broken_off(times, done):
    before, steps = signal.getsignal(signal.SIGINT), []

    def load():
        with stopping_later():
            for step in range(3):
                steps.append(step)
                if step < times:
                    signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt) if times else nullcontext():
        load()
    assert (len(steps), signal.getsignal(signal.SIGINT)) == (done, before)
