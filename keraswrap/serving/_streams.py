"""JSON lines, answered while they come."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping, Sequence
from typing import Any

from keraswrap._web import Receive, Send
from keraswrap.serving._blocks import Block
from keraswrap.serving._bodies import Share, read_lines
from keraswrap.serving._json_form import dump_lines, read_line
from keraswrap.serving._model import ServedModel
from keraswrap.serving._negotiation import LINES
from keraswrap.serving._refusals import RequestError, invalid
from keraswrap.serving._service import Service

__all__ = ["answer_lines"]

# Seconds until a stream tries again, where too many rows wait.
_PAUSE = 0.05


async def answer_lines(service: Service, receive: Receive, send: Send, share: Share) -> None:
    """Answer each line of a body with a line.

    A line that cannot be answered is answered by ``{"error": …}`` in its place. Rows are
    read as fast as they are answered, so a stream may be of any length.

    Raises
    ------
    RequestError
        If it fails before the first answer.
    """
    outbox = _Outbox(send, service.limits.max_bytes)
    version = service.model().version
    try:
        async for lines in read_lines(receive, service.limits, share):
            model = service.model()
            for start in range(0, len(lines), service.limits.batch_rows):
                part = lines[start : start + service.limits.batch_rows]
                await outbox.put(dump_lines(await _answer(service, model, part)), version)
    except RequestError as refused:
        if not outbox.begun:
            raise
        await outbox.put(dump_lines([{"error": refused.message}]), version)
    except BaseException:
        outbox.drop()
        raise
    if not outbox.begun:
        raise invalid("Expected at least one line, got none.")
    await outbox.close()


async def _answer(
    service: Service, model: ServedModel, lines: Sequence[bytes]
) -> list[dict[str, Any]]:
    """Return an answer or an error for each line."""
    found: list[dict[str, Any]] = [{} for _ in lines]
    groups: dict[str, list[tuple[int, Block]]] = {}
    for number, line in enumerate(lines):
        try:
            block = read_line(line, model.inputs, service.limits)
        except RequestError as refused:
            found[number] = {"error": refused.message}
        else:
            groups.setdefault(block.form, []).append((number, block))
    for group in groups.values():
        for number, row in await _ask(service, model, group):
            found[number] = row
    return found


async def _ask(
    service: Service, model: ServedModel, group: Sequence[tuple[int, Block]]
) -> list[tuple[int, dict[str, Any]]]:
    block = Block.join([one for _, one in group])
    try:
        parts = await _patiently(service, model, block)
    except RequestError as refused:
        if len(group) > 1 and refused.status == 422:
            return [pair for one in group for pair in await _ask(service, model, [one])]
        return [(number, {"error": refused.message}) for number, _ in group]
    rows = (row for part in parts for row in part.rows())
    return [(number, row) for (number, _), row in zip(group, rows, strict=True)]


async def _patiently(service: Service, model: ServedModel, block: Block) -> Sequence[Any]:
    """Answer rows, and wait where others are before them: a stream can."""
    until = asyncio.get_running_loop().time() + service.limits.answer_seconds
    while True:
        try:
            return await service.batcher.answer(model, block)
        except RequestError as refused:
            late = asyncio.get_running_loop().time() > until
            if refused.status != 503 or late or service.stopping:
                raise
        await asyncio.sleep(_PAUSE)


class _Outbox:
    """Sends answers beside the reading of further lines.

    Some clients read nothing until they have sent everything. So that neither waits for
    the other, some answers are kept.
    """

    def __init__(self, send: Send, most: int) -> None:
        self.send, self.most = send, most
        self.begun, self._held = False, 0
        self._parts: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._room = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def put(self, part: bytes, version: str) -> None:
        """Send a part soon; wait if too much was not sent yet."""
        if not self.begun:
            self.begun = True
            headers = [(b"content-type", LINES.encode()), (b"x-model-version", version.encode())]
            await self.send({"type": "http.response.start", "status": 200, "headers": headers})
            self._task = asyncio.create_task(self._run())
        self._held += len(part)
        self._parts.put_nowait(part)
        while self._held > self.most and self._task is not None and not self._task.done():
            self._room.clear()
            await self._room.wait()

    async def close(self) -> None:
        """Send the rest."""
        self._parts.put_nowait(None)
        if self._task is not None:
            await self._task

    def drop(self) -> None:
        """Send nothing more."""
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        try:
            while (part := await self._parts.get()) is not None:
                message: MutableMapping[str, Any] = {"type": "http.response.body", "body": part}
                await self.send({**message, "more_body": True})
                self._held -= len(part)
                self._room.set()
            await self.send({"type": "http.response.body", "body": b""})
        finally:
            self._room.set()
