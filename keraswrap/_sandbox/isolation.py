"""What isolates a process, behind one method; and whether this machine can do it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, Protocol

from keraswrap._sandbox.limits import Limits
from keraswrap.exceptions import IsolationError

__all__ = ["Ended", "Isolation", "find_isolation"]


@dataclass(frozen=True)
class Ended:
    """How an isolated process ended.

    Parameters
    ----------
    how : {"exited", "time", "cpu", "memory", "output", "killed"}
    code : int
        Exit code, or the number of the signal that ended it.
    answer, printed : bytes
        From its standard output and its standard error, none longer than allowed.
    """

    how: Literal["exited", "time", "cpu", "memory", "output", "killed"]
    code: int
    answer: bytes = b""
    printed: bytes = b""


class Isolation(Protocol):
    """What runs a command in an isolated process, or refuses to.

    The process can read the paths that it is given and no other file, and write none. It
    has no network, cannot start or signal processes, gets no environment variable or file
    descriptor of this process but the three pipes, and is ended at its limits.
    """

    @property
    def name(self) -> str:
        """Name and version, for results."""

    def check(self) -> None:
        """Raise IsolationError or MissingExtraError if this machine cannot isolate."""

    def run(
        self, command: Sequence[str], given: bytes, readable: Sequence[str], limits: Limits
    ) -> Ended:
        """Run a command with the given bytes as standard input, and wait for its end."""


def find_isolation() -> Isolation:
    """Return what isolates on this machine, once it has been seen to do so.

    Raises
    ------
    IsolationError
        If the system or its kernel cannot isolate a process; the message says what is missing.
    MissingExtraError
        If the package that does it is not installed.
    """
    if sys.platform != "linux":
        raise IsolationError(
            f"Expected Linux, whose kernel isolates the code that a model writes, got "
            f"{sys.platform!r}. Run it in a Linux container or virtual machine, or do without "
            "such code."
        )
    return _find_on_linux()


@lru_cache(maxsize=1)  # of a success: an error is not kept
def _find_on_linux() -> Isolation:
    from keraswrap._sandbox.probe import check_denied
    from keraswrap._sandbox.sandlock import Sandlock

    isolation: Isolation = Sandlock()
    isolation.check()
    check_denied(isolation)
    return isolation
