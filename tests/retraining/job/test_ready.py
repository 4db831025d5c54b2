import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from keraswrap.exceptions import EndpointError, ParameterError
from keraswrap.retraining.job._ready import check_address, wait_ready


@pytest.fixture
def server():
    answers = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            status, told = answers.get(self.path, (404, {}))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(told).encode())

        def log_message(self, *_):
            pass

    httpd = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=httpd.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}", answers
    httpd.shutdown()
    thread.join()
    httpd.server_close()


def test_a_ready_server_tells_its_version(server):
    address, answers = server
    answers["/ready"] = (200, {"status": "ready"})
    answers["/schema"] = (200, {"x-model": {"version": "m:2"}})
    assert wait_ready(address, ["2", "m:2"]) == {"address": address, "version": "m:2"}


def test_a_server_that_tells_no_version_is_ready(server):
    address, answers = server
    answers["/ready"] = (200, {"status": "ready"})
    assert wait_ready(address, ["2"])["version"] is None


@pytest.mark.parametrize(
    ("ready", "message"),
    [((503, {"status": "loading"}), "got Service Unavailable"),
     ((200, {"version": 1}), "got version 1"), ((200, [1]), "got no JSON object")],
)  # fmt: skip
def test_other_servers_are_not_ready(server, ready, message):
    address, answers = server
    answers["/ready"] = ready
    with pytest.raises(EndpointError, match=message):
        wait_ready(address, ["2"], patience=0.0)


def test_no_server_is_not_ready():
    with pytest.raises(EndpointError, match="refused"):
        wait_ready("http://127.0.0.1:9", ["2"], patience=0.0)


@pytest.mark.parametrize("wrong", ["127.0.0.1:80", "file:///etc/passwd", "http://", "http://a:b"])
def test_what_is_no_address_is_refused(wrong):
    with pytest.raises(ParameterError, match="Expected the address of a server"):
        check_address(wrong)
