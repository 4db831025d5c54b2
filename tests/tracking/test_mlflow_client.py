"""How MLflow is asked: without telemetry, without long waits, without secrets in errors."""

import os
import pickle
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from mlflow_servers import free_port

from keraswrap.exceptions import EndpointError, InputError, MissingExtraError
from keraswrap.tracking import open_registry
from keraswrap.tracking._mlflow_client import _QUIET, Door, _quiet


def test_without_mlflow_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(MissingExtraError, match=r"keraswrap\[mlflow\]"):
        open_registry("http://127.0.0.1:1")


def test_what_is_set_for_a_call_goes_with_the_last_one(monkeypatch):
    for name in _QUIET:
        monkeypatch.delenv(name, raising=False)
    bars = "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"
    monkeypatch.setenv(bars, "true")
    with _quiet:
        with _quiet:
            assert os.environ[bars] == "true"
        assert os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] == "2"
    assert {name for name in _QUIET if name in os.environ} == {bars}


TELEMETRY = """
import os, sys
for name in ("CI", "PYTEST_CURRENT_TEST", "GITHUB_ACTIONS"):
    os.environ.pop(name, None)
if sys.argv[1] == "first":
    import mlflow
    from mlflow.telemetry import get_telemetry_client
    print(get_telemetry_client() is not None)
from keraswrap.tracking._mlflow_client import load_mlflow
load_mlflow()
from mlflow.telemetry import get_telemetry_client
from mlflow.telemetry.utils import is_telemetry_disabled
print(get_telemetry_client(), is_telemetry_disabled())
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("order", "lines"), [("first", ["True", "None True"]), ("then", ["None True"])]
)
def test_telemetry_is_off_also_where_it_was_on(order, lines):
    pytest.importorskip("mlflow", reason="needs the extra mlflow")
    drop = ("MLFLOW_DISABLE_TELEMETRY", "DO_NOT_TRACK", "CI", "PYTEST_CURRENT_TEST")
    environment = {k: v for k, v in os.environ.items() if k not in drop}
    # No proxy, no name server: what it would send gets nowhere.
    environment |= {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
    command = [sys.executable, "-c", TELEMETRY, order]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=500)
    assert done.stdout.splitlines() == lines, done.stderr


class Answering(BaseHTTPRequestHandler):
    """Answers everything with the status that the path begins with."""

    def do_GET(self):
        status = int(self.path.split("/")[1])
        self.send_response(status)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(b"<p>hello</p>")

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def server():
    pytest.importorskip("mlflow", reason="needs the extra mlflow")
    one = HTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=one.serve_forever)
    thread.start()
    yield f"127.0.0.1:{one.server_port}"
    one.shutdown()
    thread.join()
    one.server_close()


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (401, "refuses, with status 401. Set MLFLOW_TRACKING_USERNAME"),
        (403, "refuses, with status 403. Set MLFLOW_TRACKING_USERNAME"),
        (404, "got status 404"),
        (503, "got status 503"),
        (200, "got status 200"),
    ],
)
def test_a_server_that_refuses_is_told_at_once_and_without_the_password(server, status, message):
    start = time.monotonic()
    with pytest.raises(EndpointError, match=message) as error:
        open_registry(f"http://me:hush@{server}/{status}")
    assert "hush" not in str(error.value)
    assert time.monotonic() - start < 30


def test_a_server_that_is_not_there_is_told_at_once():
    pytest.importorskip("mlflow", reason="needs the extra mlflow")
    start = time.monotonic()
    with pytest.raises(EndpointError, match=r"got no answer: .*Start it") as error:
        open_registry(f"http://me:hush@127.0.0.1:{free_port()}")
    assert "hush" not in str(error.value)
    assert time.monotonic() - start < 60


def test_a_folder_of_files_is_refused_in_mlflows_words(tmp_path):
    pytest.importorskip("mlflow", reason="needs the extra mlflow")
    with pytest.raises((EndpointError, InputError), match="maintenance mode"):
        open_registry(f"mlflow:{tmp_path}").names()


def test_a_door_is_pickled_without_its_connections():
    door = Door("http://me:hush@127.0.0.1:1")
    door._client = threading.Lock()
    assert pickle.loads(pickle.dumps(door))._client is None
    assert door.where == "http://127.0.0.1:1"
