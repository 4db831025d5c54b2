"""Requests that wait, put together in batches that one thread answers."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from keraswrap.exceptions import KeraswrapError
from keraswrap.serving._blocks import Block
from keraswrap.serving._limits import ServingLimits
from keraswrap.serving._model import ServedModel
from keraswrap.serving._outputs import Answers
from keraswrap.serving._pace import Pace
from keraswrap.serving._refusals import RequestError

__all__ = ["Batcher", "Job"]

# Rows of a slow model that are always put together, and the most seconds to try again after.
_FEW, _LATEST = 8, 60
# Clients that were answered together ask again together, but not at the same moment. It pays to
# wait for them a share of the time that the model takes, at most so many seconds.
_SHARE, _PATIENCE = 0.5, 0.02


@dataclass(eq=False)
class Job:
    """The rows of one request, of which some may be answered already.

    Parameters
    ----------
    model : ServedModel
        That the rows were checked for, and which answers them.
    block : Block
    future : asyncio.Future
        Gets the answers, in parts and in the order of the rows.
    """

    model: ServedModel
    block: Block
    future: asyncio.Future[list[Answers]]
    taken: int = 0
    parts: list[Answers] = field(default_factory=list)
    since: float = field(default_factory=time.monotonic)

    @property
    def left(self) -> int:
        return self.block.n - self.taken

    def take(self, most: int) -> Block:
        """Return the next rows, at most so many."""
        start, self.taken = self.taken, min(self.block.n, self.taken + most)
        return self.block if self.taken - start == self.block.n else self.block.cut(
            start, self.taken
        )  # fmt: skip

    def suits(self, other: Job) -> bool:
        """Return whether both can be answered in one batch."""
        return self.model is other.model and self.block.form == other.block.form


class Batcher:
    """One thread that answers, and the queue before it, bounded in rows.

    While the thread is idle, a request is answered at once; those that come while it is
    busy are answered together. A request of many rows takes turns with others.

    Parameters
    ----------
    limits : ServingLimits
    note : callable, optional
        Called in the thread with the rows, answers and seconds of each batch.
    report : callable, optional
        Called in the thread with an error that is no fault of the rows.
    """

    def __init__(
        self,
        limits: ServingLimits,
        note: Callable[[ServedModel, Block, Answers, float], None] | None = None,
        report: Callable[[BaseException], None] | None = None,
    ) -> None:
        self.limits = limits
        self._note = note or (lambda *_: None)
        self._report = report or (lambda _: None)
        self._jobs: deque[Job] = deque()
        self._wake = threading.Condition()
        self._waiting, self._closed = 0, False
        self._pace = Pace()
        # Requests that were answered together last, and the seconds to wait for as many.
        self._together, self._patience = 1, 0.0
        self._thread: threading.Thread | None = None

    @property
    def waiting(self) -> int:
        """Rows that wait or are being answered."""
        return self._waiting

    async def answer(self, model: ServedModel, block: Block) -> list[Answers]:
        """Answer rows, in parts.

        Raises
        ------
        RequestError
            503 if too many rows wait, 504 if it takes too long, 422 if the model cannot use
            the rows, 500 if it fails.
        """
        job = Job(model, block, asyncio.get_running_loop().create_future())
        self._put(job)
        try:
            async with asyncio.timeout(self.limits.answer_seconds):
                return await job.future
        except TimeoutError:
            raise RequestError(
                504, f"Expected an answer within {self.limits.answer_seconds:g} s, got none. Send "
                "fewer rows, or try again later."
            ) from None  # fmt: skip

    def retry_after(self) -> int:
        """Return the seconds after which what waits now is likely to be answered."""
        return max(1, min(_LATEST, math.ceil(self._waiting * self._pace.row_seconds)))

    def _put(self, job: Job) -> None:
        with self._wake:
            if self._closed:
                raise RequestError(503, "The server stops. Try again.", {"Retry-After": "1"})
            if self._waiting and self._waiting + job.block.n > self.limits.max_queue:
                raise RequestError(
                    503,
                    f"Expected at most {self.limits.max_queue} rows to wait, got more. Try again "
                    "later.",
                    {"Retry-After": str(self.retry_after())},
                )
            self._waiting += job.block.n
            self._jobs.append(job)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="keraswrap-model", daemon=True
                )
                self._thread.start()
            self._wake.notify()

    def close(self) -> None:
        """Answer what was taken, and end the thread."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        if self._thread is not None:
            self._thread.join()

    # -- in the thread -----------------------------------------------------

    def _run(self) -> None:
        while taken := self._take():
            self._answer(taken)

    def _take(self) -> list[tuple[Job, Block]]:
        """Wait for jobs, and return rows of those that can be answered together."""
        with self._wake:
            while not self._jobs:
                if self._closed:
                    return []
                self._wake.wait()
            self._linger()
            room = self._room()
            taken: list[tuple[Job, Block]] = []
            later, others = [], []
            while self._jobs and room:
                job = self._jobs.popleft()
                if job.future.done():  # nobody waits any more
                    self._waiting -= job.left
                elif taken and not job.suits(taken[0][0]):
                    others.append(job)
                else:
                    block = job.take(room)
                    taken.append((job, block))
                    room -= block.n
                    if job.left:
                        later.append(job)
            self._jobs.extendleft(reversed(others))
            self._jobs.extend(later)
        return taken or self._take()

    def _linger(self) -> None:
        """Wait for further requests, if as many as were answered last are likely to come."""
        wait, wanted = self._patience, self._together
        if self.limits.batch_wait_ms is not None:
            wait, wanted = self.limits.batch_wait_ms / 1000, self.limits.batch_rows
        until = time.monotonic() + wait
        while len(self._jobs) < wanted and not self._closed:
            left = until - time.monotonic()
            if left <= 0:
                return
            self._wake.wait(left)

    def _room(self) -> int:
        fit = self._pace.rows_within(self.limits.batch_ms / 1000)
        most = self.limits.batch_rows
        return min(most, 64) if fit is None else max(min(_FEW, most), min(most, fit))

    def _answer(self, taken: list[tuple[Job, Block]]) -> None:
        model, block = taken[0][0].model, Block.join([block for _, block in taken])
        started = time.perf_counter()
        try:
            answers = model.predict(block)
        except Exception as error:
            self._answer_apart(taken, error)
            return
        seconds = time.perf_counter() - started
        self._pace.learn(block.n, seconds)
        self._together, self._patience = len(taken), min(_PATIENCE, seconds * _SHARE)
        self._note(model, block, answers, seconds)
        start = 0
        for job, part in taken:
            job.parts.append(answers if part.n == block.n else answers.cut(start, start + part.n))
            start += part.n
        self._finish([(job, None) for job, _ in taken if not job.left], block.n)

    def _answer_apart(self, taken: list[tuple[Job, Block]], error: Exception) -> None:
        """Answer jobs one by one, so that rows of one do not spoil the others."""
        if len(taken) > 1:
            for one in taken:
                self._answer([one])
            return
        job, block = taken[0]
        rest, job.taken = job.left, job.block.n
        with self._wake:
            if rest:
                self._jobs.remove(job)
        refused = refusal_of(error)
        if refused.status >= 500:
            self._report(error)
        self._finish([(job, refused)], block.n + rest)

    def _finish(self, done: list[tuple[Job, RequestError | None]], n: int) -> None:
        with self._wake:
            self._waiting -= n
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Job, RequestError | None]]] = {}
        for job, refused in done:
            by_loop.setdefault(job.future.get_loop(), []).append((job, refused))
        for loop, jobs in by_loop.items():
            try:
                loop.call_soon_threadsafe(_resolve, jobs)
            except RuntimeError:  # the loop is closed, so nobody waits
                continue


def _resolve(jobs: list[tuple[Job, RequestError | None]]) -> None:
    for job, refused in jobs:
        if job.future.done():
            continue
        if refused is None:
            job.future.set_result(job.parts)
        else:
            job.future.set_exception(refused)


def refusal_of(error: Exception) -> RequestError:
    """Return what a client is told of a model's error.

    Examples
    --------
    >>> refusal_of(ValueError("Found unknown categories")).status, refusal_of(KeyError()).status
    (422, 500)
    """
    if isinstance(error, KeraswrapError | ValueError | TypeError):
        first = (str(error).splitlines() or [""])[0]
        return RequestError(422, f"The model cannot use these rows: {first:.300}")
    return RequestError(500, "The model failed. The server's log says why.")
