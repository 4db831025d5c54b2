"""Run the functions of a program on a table, isolated."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from keraswrap._sandbox import child
from keraswrap._sandbox.exchange import as_task, out_of_memory, read_answer
from keraswrap._sandbox.isolation import Ended, Isolation, find_isolation
from keraswrap._sandbox.limits import Limits
from keraswrap._sandbox.outcomes import Failure, Values, as_line
from keraswrap._sandbox.readable import flags, python_paths

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["run_program"]


def run_program(
    functions: Mapping[str, str],
    table: pa.Table,
    *,
    by_row: bool = False,
    limits: Limits | None = None,
    isolation: Isolation | None = None,
) -> Values | Failure:
    """Run functions of a program on a table in an isolated process, and return their numbers.

    Parameters
    ----------
    functions : mapping of str to str
        Python by name; each source defines a function of its name, in a namespace of its own.
        `np`, `pd`, `math` and `re` are there. A function takes a DataFrame and returns one
        number for each row.
    table : pyarrow.Table of shape (n_rows, n_columns)
        As `make_table` makes it.
    by_row : bool, default False
        Whether each function gets the rows one by one, as DataFrames of one row.
    limits : Limits, optional
        Of all functions together.
    isolation : Isolation, optional
        By default what this machine has.

    Returns
    -------
    Values or Failure
        Numbers of shape (n_rows, n_functions), or the reason why there are none.

    Raises
    ------
    IsolationError, MissingExtraError
        If this machine cannot isolate a process. Nothing is run then.
    """
    limits = limits or Limits()
    isolation = isolation or find_isolation()
    if table.num_rows == 0:
        return Values(np.empty((0, len(functions))))
    command = [sys.executable, *flags(), child.__file__]
    task = as_task(functions, table, by_row, limits)
    ended = isolation.run(command, task, [*python_paths(), child.__file__], limits)
    if ended.how != "exited":
        return _stopped(ended, limits)
    found = read_answer(ended.answer, list(functions), table.num_rows, limits)
    if isinstance(found, Failure) and found.reason == "ended":
        return Failure("ended", f"{found.message} Exit code {ended.code}{_last(ended)}")
    return found


def _stopped(ended: Ended, limits: Limits) -> Failure:
    if ended.how == "time":
        return Failure("time", f"It took longer than {limits.seconds:g} seconds.")
    if ended.how == "cpu":
        return Failure("cpu", f"It took more than {limits.cpu_seconds} seconds of CPU time.")
    if ended.how == "memory":
        return out_of_memory(limits)
    if ended.how == "output":
        return Failure("output", f"It wrote more than {limits.output:,} bytes.")
    return Failure("ended", f"Its process was ended by signal {ended.code}{_last(ended)}")


def _last(ended: Ended) -> str:
    """Return the last line that was printed, as the end of a sentence."""
    lines = ended.printed[-2000:].decode(errors="replace").split("\n")
    told = next((line for line in map(as_line, reversed(lines)) if line), "")
    return f": {told}" if told else "."
