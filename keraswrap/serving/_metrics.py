"""What a server counts, for Prometheus."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from keraswrap._optional import require
from keraswrap.serving._blocks import Block
from keraswrap.serving._model import ServedModel
from keraswrap.serving._outputs import Answers, name_of

__all__ = ["Metrics"]

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
# Classes that are counted by name; further ones together, as each name is a time series.
_NAMED = 200
# Bytes of a file of further metrics.
_MOST = 1 << 20


class Metrics:
    """The metrics of one server, in a registry of their own.

    Parameters
    ----------
    waiting : callable
        Returns the rows that wait.
    is_ready : callable
    file : path-like, optional
        Text of further metrics, which others write.

    Attributes
    ----------
    registry : prometheus_client.CollectorRegistry
        Others may add metrics to it.
    """

    def __init__(
        self,
        waiting: Callable[[], int],
        is_ready: Callable[[], bool],
        file: str | os.PathLike[str] | None = None,
    ) -> None:
        client = require("prometheus_client", "serve")
        self.registry = client.CollectorRegistry()
        client.ProcessCollector(registry=self.registry)
        self._client, self._file = client, file
        self._children: dict[object, Any] = {}
        of: dict[str, Any] = {"namespace": "keraswrap", "registry": self.registry}
        self._requests = client.Counter(
            "requests", "Requests, by address and status.", ["path", "code"], **of
        )
        self._seconds = client.Histogram(
            "request_seconds", "Seconds until a request was answered.", buckets=_SECONDS, **of
        )
        self._rows = client.Counter("rows", "Rows answered.", **of)
        self._batches = client.Histogram(
            "batch_rows", "Rows that the model was given at a time.", buckets=_ROWS, **of
        )
        self._batch_seconds = client.Histogram(
            "batch_seconds", "Seconds that the model took for a batch.", buckets=_SECONDS, **of
        )
        self._labels = client.Counter(
            "labels", "Rows answered, by head and label.", ["head", "label"], **of
        )
        self._abstained = client.Counter("abstentions", "Rows without an answer.", **of)
        self._reloads = client.Counter(
            "reloads", "Attempts to load a newer model, by outcome.", ["outcome"], **of
        )
        self._model = client.Gauge(
            "model", "1 for the model that answers.", ["version", "class"], **of
        )
        client.Gauge("queue_rows", "Rows that wait.", **of).set_function(waiting)
        client.Gauge("ready", "1 if requests are answered.", **of).set_function(
            lambda: float(is_ready())
        )

    def text(self) -> tuple[bytes, str]:
        """Return the metrics as Prometheus reads them, and the content type."""
        own = self._client.generate_latest(self.registry)
        return own + self._further(), self._client.CONTENT_TYPE_LATEST

    def _further(self) -> bytes:
        """Return what others wrote; nothing while it is not there, or is no text."""
        if self._file is None:
            return b""
        try:
            with open(self._file, "rb") as file:
                found = file.read(_MOST + 1)
            found.decode()
        except (OSError, ValueError):
            return b""
        return found.rstrip(b"\n") + b"\n" if 0 < len(found) <= _MOST else b""

    def note_request(self, path: str, code: int, seconds: float) -> None:
        """Count a request."""
        self._child(self._requests, path, str(code)).inc()
        if path == "/predict":
            self._seconds.observe(seconds)

    def note_batch(
        self, model: ServedModel, block: Block, answers: Answers, seconds: float
    ) -> None:
        """Count what the model was given, and what it answered."""
        self._rows.inc(block.n)
        self._batches.observe(block.n)
        self._batch_seconds.observe(seconds)
        for head, part in (answers.parts or {"": answers}).items():
            self._note_labels(head, part)

    def _note_labels(self, head: str, answers: Answers) -> None:
        output = answers.output
        if answers.abstained is not None:
            self._abstained.inc(int(answers.abstained.sum()))
        if answers.labels is None or output is None or output.kind != "classes":
            return
        counts: dict[Any, int] = {}
        for label in answers.labels:
            counts[label] = counts.get(label, 0) + 1
        named = set(output.classes[:_NAMED])
        for label, count in counts.items():
            if label is not None:
                name = name_of(label)[:100] if label in named else "(others)"
                self._child(self._labels, head, name).inc(count)

    def note_reload(self, outcome: str) -> None:
        """Count an attempt to load a newer model: loaded, failed or refused."""
        self._child(self._reloads, outcome).inc()

    def note_model(self, model: ServedModel) -> None:
        """Tell which model answers from now on."""
        self._model.clear()
        self._model.labels(model.version, str(model.facts.get("class", ""))).set(1)

    def _child(self, metric: Any, *labels: str) -> Any:
        key = (metric, labels)
        found = self._children.get(key)
        if found is None:
            found = self._children.setdefault(key, metric.labels(*labels))
        return found
