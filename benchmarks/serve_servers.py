"""The servers that are compared: how each is started, asked, read, watched and stopped."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import environments
import numpy as np
from common import HERE

PEERS = HERE / "peers"
HOST = "127.0.0.1"
# Nothing is told to anyone, and a log of every request is no part of the comparison.
QUIET = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "BENTOML_DO_NOT_TRACK": "True",
}
STARTS, STOPS = 600, 20
# Batches of another size are rounded differently.
CLOSE = 1e-5


@dataclass(frozen=True)
class Kind:
    """A server: its name, its command, where it is asked, and how its answers are read."""

    title: str
    command: Callable[[Path, int], list]
    path: Callable[[str], str]
    read: Callable[[object, list[str]], list]
    name: Callable[[str], str] = str
    package: str | None = None


def _ours(folder, port):
    script = Path(sys.executable).with_name("keraswrap")
    return [script, "serve", folder / "model.keraswrap", "--port", str(port)]


def _plain(folder, port):
    return [sys.executable, PEERS / "plain_app.py", str(port)]


def _mlflow(folder, port):
    python = environments.interpreter("mlflow", on_ours=True)
    saved = folder / "mlflow"
    if not saved.exists():
        _save_for_mlflow(python, folder, saved)
    # It looks for this command, which a layer over our environment need not have.
    command = python.with_name("uvicorn")
    command.write_text(f'#!/bin/sh\nexec "{python}" -m uvicorn "$@"\n', "utf-8")
    command.chmod(0o755)
    told = ["models", "serve", "--model-uri", saved, "--host", HOST, "--port", str(port)]
    # As a module, for the same reason.
    return [python, "-m", "mlflow", *told, "--env-manager", "local", "--workers", "1"]


def _save_for_mlflow(python, folder, saved):
    part = saved.with_name("mlflow.part")
    told = json.dumps({"source": str(folder / "model.keraswrap"), "folder": str(part)})
    command = [python, HERE / "jobs" / "serve_mlflow.py", told]
    subprocess.run(command, check=True, env=environment(folder), capture_output=True)
    part.rename(saved)


def _bentoml(folder, port):
    python = environments.interpreter("bentoml", on_ours=True)
    told = ["serve", "bentoml_service:Served", "--host", HOST, "--port", str(port)]
    return [python.with_name("bentoml"), *told, "--working-dir", PEERS]


def _trivial(folder, port):
    return [sys.executable, PEERS / "trivial_server.py", str(port)]


def _by_class(answer, classes):
    return [[row["probabilities"][name] for name in classes] for row in answer["predictions"]]


KINDS = {
    "keraswrap": Kind("keraswrap serve", _ours, lambda name: "/predict", _by_class),
    "mlflow": Kind(
        "mlflow models serve",
        _mlflow,
        lambda name: "/invocations",
        lambda answer, classes: answer["predictions"],
        lambda name: "inputs",
        "mlflow",
    ),
    "bentoml": Kind(
        "BentoML, adaptive batches",
        _bentoml,
        lambda name: f"/{name}",
        lambda answer, classes: answer,
        package="bentoml",
    ),
    "plain": Kind(
        "Starlette app of 15 lines",
        _plain,
        lambda name: "/predict",
        lambda answer, classes: answer["probabilities"],
    ),
    "trivial": Kind("answers a constant", _trivial, lambda name: "/", lambda answer, classes: []),
}


def environment(folder, scripts=""):
    """Return the environment of every server: the same threads, by the libraries' defaults."""
    paths = [str(HERE.parent), str(HERE / "jobs"), os.environ.get("PYTHONPATH")]
    return {
        **os.environ,
        **QUIET,
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "SERVED_MODEL": str(folder / "model.keraswrap"),
    }


class Server:
    """A server's process, with its children, in a group of its own.

    Parameters
    ----------
    kind : str
        Of `KINDS`.
    folder : Path
        With the model and its requests.
    """

    def __init__(self, kind, folder):
        self.kind, self.port = KINDS[kind], free_port()
        self.asked = json.loads((folder / "requests.json").read_text("utf-8"))
        command = list(map(str, self.kind.command(folder, self.port)))
        self.log = folder / f"{kind}.log"
        self.started = time.perf_counter()
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                env=environment(folder, Path(command[0]).parent),
                start_new_session=True,
            )

    @property
    def path(self):
        return self.kind.path(self.asked["name"])

    def body(self, rows):
        """Return the body that asks for some of the rows, by number."""
        X = self.asked["X"]
        return json.dumps({self.kind.name(self.asked["name"]): [X[row] for row in rows]})

    def ask(self, body, connection=None):
        """Return the answer to a body, or None if it is refused."""
        connection = connection or self.connect()
        connection.request("POST", self.path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        content = answer.read()
        return content if answer.status == 200 else None

    def connect(self):
        return http.client.HTTPConnection(HOST, self.port, timeout=120)

    def right(self, rows, answer):
        """Return whether an answer has the estimator's probabilities of these rows."""
        if answer is None or self.kind is KINDS["trivial"]:
            return answer is not None
        found = np.asarray(self.kind.read(json.loads(answer), self.asked["classes"]))
        wanted = np.asarray(self.asked["proba"])[list(rows)]
        return found.shape == wanted.shape and bool(np.abs(found - wanted).max() < CLOSE)

    def wait(self):
        """Wait for the first right answer, and return the seconds since the start."""
        while time.perf_counter() - self.started < STARTS:
            if self.process.poll() is not None:
                break
            try:
                if self.right([0], self.ask(self.body([0]))):
                    return time.perf_counter() - self.started
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.05)
        raise RuntimeError(f"{self.kind.title} gave no right answer:\n{self.said()}")

    def said(self):
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-15:])

    def tree(self):
        import psutil

        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]

    def cpu_seconds(self):
        """Return the CPU seconds of the process and its children so far."""
        return sum(sum(process.cpu_times()[:2]) for process in self.tree())

    def memory(self):
        """Return the resident megabytes of the process and its children."""
        return sum(process.memory_info().rss for process in self.tree()) / 1e6

    def stop(self):
        """End the process and its children, which may have groups of their own."""
        import psutil

        if self.process.poll() is not None:
            return
        ours = self.tree()
        os.killpg(self.process.pid, signal.SIGTERM)
        _, alive = psutil.wait_procs(ours, STOPS)
        for process in alive:
            process.kill()
        psutil.wait_procs(alive, STOPS)


def free_port():
    with socket.socket() as one:
        one.bind((HOST, 0))
        return one.getsockname()[1]
