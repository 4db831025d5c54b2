"""Small programs by somebody else, run in a process that the kernel isolates.

The process has no network, no files but Python's own to read, none to write, one process,
and limits of memory, time and output. Columns go in as Arrow, numbers come back as Arrow.
Where the kernel cannot isolate, nothing is run.

Not covered: errors of the kernel, side channels such as timing, the use of a processor within
the limits, and whether a file exists, with its size and dates, where a program guesses its path.
"""

from keraswrap._sandbox.columns import Kind, find_kinds, make_table
from keraswrap._sandbox.isolation import Ended, Isolation, find_isolation
from keraswrap._sandbox.limits import Limits
from keraswrap._sandbox.outcomes import Failure, Values
from keraswrap._sandbox.run import run_program

__all__ = [
    "Ended",
    "Failure",
    "Isolation",
    "Kind",
    "Limits",
    "Values",
    "find_isolation",
    "find_kinds",
    "make_table",
    "run_program",
]
