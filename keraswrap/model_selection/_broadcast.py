"""What a worker needs, sent once and opened once in each process."""

from __future__ import annotations

import os
import pickle
import uuid
from collections import OrderedDict
from typing import Any

import cloudpickle
import numpy as np

# The values opened last by this process: those of a search and of one inside it.
_opened: OrderedDict[str, object] = OrderedDict()
_KEPT = 2


class Broadcast:
    """A value that is written down when it is first sent, and read once by each worker.

    Functions of a notebook and lambdas go along. Arrays, frames of numbers and
    Arrow columns are mapped from the file, so that all processes of a machine
    share one copy; texts in lists are read once by each process.

    Parameters
    ----------
    folder : str, optional
        A folder that every worker can read. Without one the value itself is
        sent, for workers on other machines.

    Examples
    --------
    >>> import pickle
    >>> pickle.loads(pickle.dumps(Broadcast({"add": lambda a, b: a + b}))).open()["add"](1, 2)
    3
    """

    def __init__(self, value: object, folder: str | None = None) -> None:
        self.token = uuid.uuid4().hex
        self._value, self._folder = value, folder
        self._sent: str | bytes | None = None

    def open(self) -> Any:
        """Return the value, the same object each time within one process."""
        return self._value

    def send(self) -> str | bytes:
        """Write the value down, once, and give what is sent of it: a path, or all of it."""
        if self._sent is None:
            buffers: list[pickle.PickleBuffer] = []
            if self._folder is None:
                self._sent = cloudpickle.dumps(self._value)
            else:
                head = cloudpickle.dumps(self._value, protocol=5, buffer_callback=buffers.append)
                self._sent = os.path.join(self._folder, self.token)
                _write(self._sent, head, buffers)
        return self._sent

    def __reduce__(self) -> tuple[object, ...]:
        return Received, (self.token, self.send())

    def __sizeof__(self) -> int:
        # Dask keeps large values on its workers and sends the others with every task.
        sent = self.send()
        return len(sent) if isinstance(sent, bytes) else object.__sizeof__(self)


class Received:
    """The value in a process that it was sent to.

    Parameters
    ----------
    sent : str or bytes
        The file that it is in, or what was in it.
    """

    def __init__(self, token: str, sent: str | bytes) -> None:
        self.token, self.sent = token, sent

    def open(self) -> Any:
        """Return the value, the same object each time within one process."""
        if self.token not in _opened:
            _opened[self.token] = _load(self.sent)
            while len(_opened) > _KEPT:
                _opened.popitem(last=False)
        return _opened[self.token]

    def __reduce__(self) -> tuple[object, ...]:
        return Received, (self.token, self.sent)


def _load(sent: str | bytes) -> object:
    return pickle.loads(sent) if isinstance(sent, bytes) else _read(sent)


# Alignment of arrays in bytes, so that any processor reads them fast.
_ALIGNED = 64


def _write(path: str, head: bytes, buffers: list[pickle.PickleBuffer]) -> None:
    parts = [memoryview(head), *(buffer.raw() for buffer in buffers)]
    starts, end = [], _ALIGNED * (len(parts) + 1)
    for part in parts:
        starts.append((end, part.nbytes))
        end += -(-part.nbytes // _ALIGNED) * _ALIGNED
    with open(path, "wb") as file:
        file.write(np.array([(len(parts), 0), *starts], "int64").tobytes())
        for (start, _), part in zip(starts, parts, strict=True):
            file.seek(start)
            file.write(part)
        file.truncate(end)


def _read(path: str) -> object:
    whole = np.memmap(path, mode="r")
    count = int(whole[:8].view("int64")[0])
    table = whole[16 : 16 * (count + 1)].view("int64").reshape(-1, 2).tolist()
    head, *buffers = (whole[start : start + size].data for start, size in table)
    return pickle.loads(head, buffers=buffers)
