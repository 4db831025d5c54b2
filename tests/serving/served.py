"""Servers on loopback that the tests ask, and models that need no net."""

import json
import threading
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

from keraswrap._web import bind
from keraswrap.serving import ServingAccess, ServingLimits
from keraswrap.serving._holder import Holder
from keraswrap.serving._log import EventLog
from keraswrap.serving._server import make_server
from keraswrap.serving._service import Service
from keraswrap.serving._source import as_source

JSON = "application/json"
LIMITS = ServingLimits(max_bytes=100_000, max_rows=500, max_chars=1000, drain_seconds=0.0)
X = np.random.default_rng(0).normal(size=(60, 3))
LABELS = np.array(["ant", "bee", "cat"])[X.argmax(axis=1)]


def model():
    return LogisticRegression().fit(X, LABELS)


@dataclass
class Answer:
    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


class Client:
    """Asks a server."""

    def __init__(self, port, service):
        self.port, self.service = port, service
        self.url = f"http://127.0.0.1:{port}"

    def ask(self, path, body=None, method=None, **headers):
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        asked = urllib.request.Request(self.url + path, body, told, method=method)
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:
                return Answer(answer.status, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, dict(error.headers), error.read())

    def predict(self, body, kind=JSON, **headers):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.ask("/predict", body, **{"Content-Type": kind, **headers})

    def metric(self, line):
        found = self.ask("/metrics").body.decode().splitlines()
        return next((float(one.rpartition(" ")[2]) for one in found if one.startswith(line)), None)


@contextmanager
def serving(source, limits=LIMITS, access=None, log=None, **settings):
    """Serve a model in a thread, as `serve_model` does in a process."""
    log = log or EventLog()
    holder = Holder(as_source(source), limits, log, **settings)
    holder.load()
    service = Service(holder, limits, log)
    server = make_server(service, access or ServingAccess(), "127.0.0.1")
    with bind("127.0.0.1", 0) as listening:
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        try:
            yield Client(listening.getsockname()[1], service)
        finally:
            server.should_exit = True
            thread.join(30)
            service.close()
