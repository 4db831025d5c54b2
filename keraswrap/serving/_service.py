"""What the addresses of a server share: the model, the queue, the limits and what is counted."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from keraswrap.serving._arrow_form import read_arrow, write_arrow
from keraswrap.serving._batcher import Batcher
from keraswrap.serving._blocks import Block
from keraswrap.serving._bodies import Budget
from keraswrap.serving._holder import Holder
from keraswrap.serving._json_form import read_request, write_json, write_lines
from keraswrap.serving._limits import ServingLimits
from keraswrap.serving._log import EventLog
from keraswrap.serving._metrics import Metrics
from keraswrap.serving._model import ServedModel
from keraswrap.serving._negotiation import ARROW, JSON
from keraswrap.serving._outputs import Answers
from keraswrap.serving._refusals import RequestError

__all__ = ["Service"]

# Bytes of a body, and rows of an answer, that are read and written without a thread: in less
# than a millisecond.
_SMALL, _FEW = 16_384, 64
_Made = TypeVar("_Made")


class Service:
    """The parts of one server.

    Parameters
    ----------
    holder : Holder
    limits : ServingLimits
    log : EventLog
    metrics_file : path-like, optional
        Text of further metrics for ``/metrics``.

    Attributes
    ----------
    stopping : bool
        Whether ``/ready`` says no and connections are not kept.
    """

    def __init__(
        self,
        holder: Holder,
        limits: ServingLimits,
        log: EventLog,
        metrics_file: str | os.PathLike[str] | None = None,
    ) -> None:
        self.holder, self.limits, self.log = holder, limits, log
        self.stopping = False
        self.budget = Budget(limits.max_pending_bytes)
        self.metrics = Metrics(lambda: self.batcher.waiting, lambda: self.ready, metrics_file)
        self.batcher = Batcher(
            limits, self.metrics.note_batch, lambda error: log.write_failure("model failed", error)
        )
        holder.metrics = self.metrics
        if holder.model is not None:
            self.metrics.note_model(holder.model)
        # One thread, so that one large body at a time is unpacked.
        self._large = ThreadPoolExecutor(1, "keraswrap-bodies")

    @property
    def ready(self) -> bool:
        """Whether requests are answered, and further ones are welcome."""
        return self.holder.model is not None and not self.stopping

    def model(self) -> ServedModel:
        """Return the model that answers now, or raise a RequestError."""
        model = self.holder.model
        if model is None:
            raise RequestError(503, "The model is being loaded. Try again.", {"Retry-After": "2"})
        return model

    async def read(self, body: bytes, kind: str, model: ServedModel) -> Block:
        """Read the rows of a body, checked for a model."""
        read = read_request if kind == JSON else read_arrow
        return await self._beside(len(body) > _SMALL, lambda: read(body, model.inputs, self.limits))

    async def write(self, parts: Sequence[Answers], n: int, kind: str, version: str) -> bytes:
        """Write answers in the form that was asked for."""
        ways: dict[str, Callable[[], bytes]] = {
            JSON: lambda: write_json(parts, version),
            ARROW: lambda: write_arrow(parts, version),
        }
        return await self._beside(n > _FEW, ways.get(kind, lambda: write_lines(parts)))

    async def _beside(self, large: bool, make: Callable[[], _Made]) -> _Made:
        if not large:
            return make()
        return await asyncio.get_running_loop().run_in_executor(self._large, make)

    def close(self) -> None:
        """Answer what was taken, and end all threads."""
        self.stopping = True
        self.holder.end()
        self.batcher.close()
        self._large.shutdown()
