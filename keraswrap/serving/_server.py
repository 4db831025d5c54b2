"""Serve a model until it is told to stop."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from keraswrap._optional import require
from keraswrap._web import bind, url_of
from keraswrap.exceptions import ParameterError
from keraswrap.serving._access import ServingAccess
from keraswrap.serving._app import gated
from keraswrap.serving._connections import MOST_UNREAD, connection_class
from keraswrap.serving._holder import Holder
from keraswrap.serving._limits import ServingLimits
from keraswrap.serving._log import EventLog
from keraswrap.serving._service import Service
from keraswrap.serving._source import as_source

if TYPE_CHECKING:
    import uvicorn

__all__ = ["serve_model"]

# Seconds that a connection without a request is kept.
_KEEP = 30
# Seconds after which a thread lets another one run. Each call of a socket gives up its turn, and
# would wait for Python's 5 ms: a third fewer requests a second.
_TURN = 0.0005


def serve_model(
    model: object,
    host: str = "127.0.0.1",
    port: int = 8000,
    *,
    limits: ServingLimits | None = None,
    access: ServingAccess | None = None,
    watch: float | None = None,
    any_schema: bool = False,
    log_requests: bool = False,
    metrics_file: str | os.PathLike[str] | None = None,
) -> None:
    """Serve a fitted estimator over HTTP, and return after SIGTERM or Ctrl-C.

    ``keraswrap serve`` does the same on the command line. Requests that come while the
    model is busy are answered together, with the estimator's own probabilities.

    Parameters
    ----------
    model : str, path-like, estimator or ModelSource
        A file of `save_estimator`, or a fitted estimator.
    host : str, default="127.0.0.1"
        Address to listen on. One that other machines reach needs ``access.expose``, and
        keys.
    port : int between 0 and 65535, default=8000
        0 picks a free one. The address is printed.
    limits : ServingLimits, optional
        Sizes and times.
    access : ServingAccess, optional
        By default with the keys in the environment variable ``KERASWRAP_API_KEYS``.
    watch : float above 0, optional
        Seconds between two looks for a newer model, which takes the place of the old one
        without a lost request. SIGHUP looks at once.
    any_schema : bool, default=False
        Whether a newer model may take other rows or give other answers.
    log_requests : bool, default=False
        Whether each request is a line of the log, which is JSON on standard error. No texts
        or keys are in it.
    metrics_file : path-like, optional
        Text of further metrics, which ``/metrics`` adds to its own: what
        `DriftReport.to_prometheus` returns, written by whatever checks for drift.

    Raises
    ------
    InputError, InputTypeError, SavedFileError
        If the model cannot be served.
    ParameterError
        If `watch` is not above 0, or the address cannot be used or is reached by others
        without `access`.
    MissingExtraError
        If uvicorn, httptools or prometheus-client is not installed (extra ``serve``).

    Notes
    -----
    After SIGTERM ``/ready`` says 503 while further requests are answered for
    ``limits.drain_seconds``; then no connection is taken any more, what was taken is
    answered, and the call returns. A model that cannot be loaded leaves the old one in
    place, and is told in the log and in ``/metrics``.
    """
    if watch is not None and not watch > 0:
        raise ParameterError(f"Expected seconds above 0 for watch, got watch={watch!r:.60}.")
    limits, access = limits or ServingLimits(), access or ServingAccess.from_environment()
    access.check_host(host)
    log = EventLog(requests=log_requests)
    holder = Holder(as_source(model), limits, log, any_schema=any_schema)
    service = Service(holder, limits, log, metrics_file)
    with closing(bind(host, port)) as listening:
        print(f"Serving at {url_of(listening, host)} (Ctrl-C stops it)", flush=True)
        _Running(service, make_server(service, access, host), listening).run(watch)


def make_server(service: Service, access: ServingAccess, host: str) -> uvicorn.Server:
    """Return a server of a service that is not yet started."""
    uvicorn = require("uvicorn", "serve")
    settings: dict[str, Any] = {"lifespan": "off", "ws": "none", "server_header": False}
    settings |= {"log_level": "critical", "access_log": False, "proxy_headers": False}
    settings |= {"timeout_graceful_shutdown": int(service.limits.stop_seconds) + 1}
    settings |= {"timeout_keep_alive": _KEEP, "http": connection_class(service.limits)}
    settings |= {"h11_max_incomplete_event_size": MOST_UNREAD}
    server = uvicorn.Server(uvicorn.Config(gated(service, access, host), **settings))
    # Signals are heard below: uvicorn raises them again at the end, and has no time to drain.
    server.capture_signals = contextlib.nullcontext
    return server


class _Running:
    """A server that runs: its thread, its signals, and how it ends.

    The server has a thread of its own, as notebooks have an event loop in the main one, where
    signals are heard and the model is loaded.
    """

    def __init__(self, service: Service, server: uvicorn.Server, listening: socket.socket) -> None:
        self.service, self.server, self.listening = service, server, listening
        self._told: list[int] = []
        self._woken = threading.Event()

    def run(self, watch: float | None) -> None:
        """Serve until a signal."""
        with self._hearing(), _taking_turns():
            thread = threading.Thread(
                target=self.server.run, args=([self.listening],), name="keraswrap-http", daemon=True
            )
            thread.start()
            try:
                self._load(watch)
                self._wait(thread)
            finally:
                self._stop(thread)

    def _load(self, watch: float | None) -> None:
        self.service.holder.load()
        model = self.service.holder.model
        assert model is not None
        self.service.log.write("ready", version=model.version, **model.facts)
        self.service.holder.watch(watch)

    def _wait(self, thread: threading.Thread) -> None:
        while thread.is_alive() and not self._told:
            self._woken.wait(0.5)  # without a limit, Windows hears no Ctrl-C
        if signal.SIGTERM in self._told and self.service.limits.drain_seconds:
            self.service.stopping = True
            self.service.log.write("stopping")
            self._woken.clear()
            self._woken.wait(self.service.limits.drain_seconds)  # a second signal ends it

    def _stop(self, thread: threading.Thread) -> None:
        self.service.stopping = True
        self.server.should_exit = True
        thread.join(self.service.limits.stop_seconds + 5)
        self.service.close()
        self.service.log.write("stopped")

    @contextmanager
    def _hearing(self) -> Iterator[None]:
        """Hear signals in the main thread of a process; elsewhere there are none."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        kept = {number: signal.signal(number, self._hear) for number in _signals()}
        try:
            yield
        finally:
            for number, handler in kept.items():
                signal.signal(number, handler)

    def _hear(self, number: int, frame: object) -> None:
        if number == getattr(signal, "SIGHUP", None):
            self.service.holder.wake()
            return
        self._told.append(number)
        self._woken.set()
        if len(self._told) > 1 and self.server.should_exit:
            self.server.force_exit = True
        if self.service.holder.model is None:  # nothing was taken, and loading takes long
            raise KeyboardInterrupt


@contextmanager
def _taking_turns() -> Iterator[None]:
    """Let threads take turns more often: requests are read while the model runs Python."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(_TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _signals() -> list[int]:
    names = ("SIGINT", "SIGTERM", "SIGHUP")
    return [getattr(signal, name) for name in names if hasattr(signal, name)]
