"""What runs in the isolated process: this file alone, in an interpreter of its own.

It reads a task from standard input: the length of a header in 8 bytes, the header as JSON,
and the columns as an Arrow stream. It writes a header as one line of JSON and, if there are
numbers, an Arrow stream of them. What the program prints goes to standard error.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

_FILE = "<program>"


class WrongShapeError(Exception):
    """A function returned something other than a number for each row."""


def main() -> None:
    """Read the task, set the limits of this process, run the functions, write the answer."""
    answer = _take_stdout()
    given = sys.stdin.buffer.read()
    start = 8 + int.from_bytes(given[:8], "little")
    task = json.loads(given[8:start])
    _limit(task["cpu_seconds"], task["memory"])
    try:
        columns = _run(task, _read(given[start:]))
    except MemoryError:
        _write(answer, {"state": "memory", "message": ""})
    except WrongShapeError as error:
        _write(answer, {"state": "shape", "message": str(error)[:2000]})
    except BaseException as error:  # a program may raise anything, SystemExit included
        message = f"{task.get('running', '')}: {_describe(error)}"
        told = {"message": message[:2000], "kind": type(error).__name__}
        _write(answer, {"state": "error", **told, "line": _line_of(error)})
    else:
        _write(answer, {"state": "values", "message": ""}, _stream(columns))


def _take_stdout() -> int:
    """Return a descriptor for the answer, and let the program's prints go to standard error."""
    answer = os.dup(1)
    os.dup2(2, 1)
    return answer


def _limit(cpu_seconds: int, memory: int) -> None:
    import resource  # only on Unix

    limits = {
        resource.RLIMIT_CPU: (cpu_seconds, cpu_seconds + 1),
        resource.RLIMIT_DATA: (memory, memory),
        resource.RLIMIT_FSIZE: (0, 0),
        resource.RLIMIT_CORE: (0, 0),
    }
    for which, limit in limits.items():
        resource.setrlimit(which, limit)


def _read(stream: bytes) -> Any:
    import pyarrow as pa

    return pa.ipc.open_stream(pa.py_buffer(stream)).read_all().to_pandas()


def _run(task: dict[str, Any], frame: Any) -> dict[str, Any]:
    call = _by_row if task["by_row"] else _whole
    columns = {}
    for name, source in task["functions"].items():
        task["running"] = name
        columns[name] = call(name, _define(name, source), frame)
    return columns


def _define(name: str, source: str) -> Callable[[Any], Any]:
    """Return the function that a source defines, in a namespace of its own."""
    import math
    import re

    import numpy as np
    import pandas as pd

    space: dict[str, Any] = {"__name__": "program", "np": np, "pd": pd, "math": math, "re": re}
    exec(compile(source, _FILE, "exec", dont_inherit=True), space)  # what this is for
    function = space.get(name)
    if not callable(function):
        raise WrongShapeError(f"Expected a function named {name}, the program defines none.")
    return function


def _whole(name: str, function: Callable[[Any], Any], frame: Any) -> Any:
    return _numbers(name, function(frame.copy()), len(frame))


def _by_row(name: str, function: Callable[[Any], Any], frame: Any) -> Any:
    import numpy as np

    rows = (frame.iloc[[row]].reset_index(drop=True) for row in range(len(frame)))
    return np.concatenate([np.empty(0), *(_whole(name, function, row) for row in rows)])


def _numbers(name: str, returned: object, n: int) -> Any:
    import numpy as np
    import pandas as pd

    what = f"Expected {name} to return one number for each of {n} rows, got "
    try:
        if isinstance(returned, pd.Series):
            numbers = pd.to_numeric(returned).to_numpy(dtype=np.float64, na_value=np.nan)
        else:
            numbers = np.asarray(returned, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise WrongShapeError(f"{what}{type(returned).__name__}: {error}") from None
    if numbers.shape != (n,):
        raise WrongShapeError(f"{what}{type(returned).__name__} of shape {numbers.shape}.")
    return numbers


def _describe(error: BaseException) -> str:
    told = error.msg if isinstance(error, SyntaxError) else str(error)
    line = _line_of(error)
    where = f"line {line}: " if line else ""
    return f"{where}{type(error).__name__}: {told}"


def _line_of(error: BaseException) -> int:
    """Return the last line of the program that an error passed through; 0 if there is none."""
    if isinstance(error, SyntaxError) and error.filename == _FILE:
        return error.lineno or 0
    frames = traceback.extract_tb(error.__traceback__)
    return next((one.lineno or 0 for one in reversed(frames) if one.filename == _FILE), 0)


def _stream(columns: dict[str, Any]) -> bytes:
    import pyarrow as pa

    batch = pa.record_batch([pa.array(each) for each in columns.values()], list(columns))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue())


def _write(answer: int, header: dict[str, str | int], stream: bytes = b"") -> None:
    left = memoryview(json.dumps(header).encode() + b"\n" + stream)
    while left:
        left = left[os.write(answer, left) :]


if __name__ == "__main__":
    main()
