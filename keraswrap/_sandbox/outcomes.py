"""What becomes of a program: numbers, or the reason why there are none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Failure", "Reason", "Values", "as_line"]

Reason: TypeAlias = Literal[
    "time",  # more wall time than allowed
    "cpu",  # more CPU time than allowed
    "memory",  # more memory than allowed
    "output",  # a longer answer, or more printed, than allowed
    "error",  # the program raised an error
    "shape",  # a function returned something other than a number for each row
    "ended",  # the process ended without an answer, or with an unreadable one
]


@dataclass(frozen=True)
class Values:
    """The numbers that a program's functions returned.

    Parameters
    ----------
    numbers : array of shape (n_rows, n_functions), float64
    """

    numbers: NDArray[np.float64]


@dataclass(frozen=True)
class Failure:
    """Why a program returned no numbers.

    Parameters
    ----------
    reason : {"time", "cpu", "memory", "output", "error", "shape", "ended"}
    message : str
        One line for people. The program may have written it, with values of the table.
    where : str, default=""
        For an error, the line of the program and the type, if that is one of Python's own.

    Examples
    --------
    >>> Failure("error", "line 2: KeyError: 'price'", "line 2: KeyError").brief
    'It raised an error (line 2: KeyError).'
    """

    reason: Reason
    message: str
    where: str = ""

    @property
    def brief(self) -> str:
        """The same without any value of the table, for a model that must not see them."""
        if self.reason == "error":
            return "It raised an error" + (f" ({self.where})." if self.where else ".")
        if self.reason == "shape":
            return "It does not return one number for each row."
        return "Its process ended without an answer." if self.reason == "ended" else self.message


def as_line(text: str, limit: int = 300) -> str:
    r"""Return a text of a program as one printable line, cut at a number of characters.

    Examples
    --------
    >>> as_line("KeyError:\n \x1b[31m'price'")
    "KeyError: [31m'price'"
    """
    shown = "".join(char if char.isprintable() else " " for char in text)
    line = " ".join(shown.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
