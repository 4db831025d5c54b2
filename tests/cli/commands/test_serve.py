"""The command ``keraswrap serve``, as a process."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

import joblib
import pytest
from processes import interruptible
from served import LABELS, X, model
from sklearn.linear_model import LogisticRegression

from keraswrap.cli import main
from keraswrap.tracking import open_registry

MAIN = "import sys; from keraswrap.cli import main; sys.exit(main(sys.argv[1:]))"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its signals are others")


@pytest.fixture
def pickle(tmp_path):
    path = tmp_path / "model.joblib"
    joblib.dump(model(), path)
    return path


def ask(url, body=None):
    asked = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


@contextmanager
def served(path, *options):
    command = [sys.executable, "-c", MAIN, "serve", str(path), "--port", "0", "--trust-pickle"]
    with subprocess.Popen(
        [*command, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=interruptible,
    ) as process:
        line = process.stdout.readline()
        url = re.fullmatch(r"Serving at (http://\S+)/ \(Ctrl-C stops it\)\n", line)[1]
        while ask(f"{url}/ready")[0] != 200:
            time.sleep(0.1)
        try:
            yield process, url
        finally:
            process.kill()


def events(told):
    return [json.loads(line) for line in told.splitlines() if line.startswith("{")]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_a_signal_and_ends_well(pickle, number):
    with served(pickle, "--access-log", "--drain-seconds", "0.5") as (process, url):
        status, answer = ask(f"{url}/predict", b'{"rows": [[0, 1, 2]]}')
        assert (status, answer["predictions"][0]["label"]) == (200, "cat")
        process.send_signal(number)
        if number == signal.SIGTERM:
            time.sleep(0.1)
            assert ask(f"{url}/ready") == (503, {"status": "stopping"})
            assert ask(f"{url}/predict", b'{"rows": [[0, 1, 2]]}')[0] == 200
        printed, told = process.communicate(timeout=60)
    assert (process.returncode, printed) == (0, "")
    found = [one["event"] for one in events(told)]
    assert found[-1] == "stopped"
    assert {"ready", "request"} <= set(found)
    assert "Traceback" not in told
    assert "[0, 1, 2]" not in told


def test_it_is_there_again_after_it_was_killed_and_hears_of_a_newer_file(pickle):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    row = b'{"rows": [[0, 1, 2]]}'
    stop, codes = threading.Event(), set()

    def load(url):
        while not stop.is_set():
            try:
                codes.add(ask(f"{url}/predict", row)[0])
            except OSError:  # while it is not there
                time.sleep(0.05)

    with served(pickle, "--port", str(port)) as (process, url):
        threads = [threading.Thread(target=load, args=(url,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(0.3)
        process.kill()
        process.wait(60)
    with served(pickle, "--port", str(port)) as (process, url):
        status, before = ask(f"{url}/predict", row)
        joblib.dump(LogisticRegression().fit(-X, LABELS), pickle.with_suffix(".new"))
        os.replace(pickle.with_suffix(".new"), pickle)
        process.send_signal(signal.SIGHUP)
        after = before
        while after["model_version"] == before["model_version"]:
            after = ask(f"{url}/predict", row)[1]
            time.sleep(0.05)
        stop.set()
        for thread in threads:
            thread.join()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    labels = [one["predictions"][0]["label"] for one in (before, after)]
    assert (status, labels) == (200, ["cat", "ant"])
    assert codes == {200} or codes == {200, 503}  # 503 until the model is loaded again


def test_a_registry_is_asked_for_a_model(tmp_path, capsys):
    assert main(["serve", "reviews@champion", "--registry", str(tmp_path / "none.sqlite")]) == 2
    assert "Expected the file of a registry, got --registry" in capsys.readouterr().err
    open_registry(tmp_path / "one.sqlite").log_event("reviews", "labeled", {"rows": 2})
    assert main(["serve", "reviews@champion", "--registry", str(tmp_path / "one.sqlite")]) == 2
    assert "reviews" in capsys.readouterr().err


def test_what_cannot_be_served_is_told_before_anything_is_loaded(pickle, tmp_path, capsys):
    (tmp_path / "other.keraswrap").write_bytes(b"something")
    for arguments, said in (
        ([tmp_path / "none.keraswrap"], "which is not there"),
        ([tmp_path / "other.keraswrap"], "corrupt or something else"),
        ([pickle], "got a pickle"),
        ([pickle, "--trust-pickle", "--host", "0.0.0.0"], "Pass --expose if that is meant"),
        ([pickle, "--trust-pickle", "--host", "0.0.0.0", "--expose"], "KERASWRAP_API_KEYS"),
        ([pickle, "--max-rows", "0"], "Expected --max-rows to be a whole number above 0"),
        ([pickle, "--trust-pickle", "--watch", "-1"], "got --watch -1.0"),
    ):
        assert main(["serve", *map(str, arguments)]) == 2
        assert said in capsys.readouterr().err
