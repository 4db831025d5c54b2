"""What a program may use."""

from __future__ import annotations

from dataclasses import dataclass, fields

from keraswrap.exceptions import ParameterError

__all__ = ["Limits"]

MIB = 2**20


@dataclass(frozen=True)
class Limits:
    """What a program may use. It is always one process, without network or files.

    Parameters
    ----------
    seconds : float, default 30
        Wall time, > 0; starting Python and pandas takes about one second.
    cpu_seconds : int, default 30
        CPU time, ≥ 1.
    memory : int, default 1 GiB
        Bytes, ≥ 128 MiB; Python, pandas and the columns count, of which the first two
        need about 100 MiB.
    output : int, default 64 MiB
        Bytes of the answer, ≥ 1; as many are allowed for what the program prints.

    Raises
    ------
    ParameterError
        If a limit is not a number in its range.

    Examples
    --------
    >>> Limits(seconds=5).memory // 2**20
    1024
    """

    seconds: float = 30.0
    cpu_seconds: int = 30
    memory: int = 1024 * MIB
    output: int = 64 * MIB

    def __post_init__(self) -> None:
        lowest = {"seconds": 1e-3, "cpu_seconds": 1, "memory": 128 * MIB, "output": 1}
        for field in fields(self):
            _check(field.name, getattr(self, field.name), lowest[field.name])


def _check(name: str, value: object, lowest: float) -> None:
    kinds = (int, float) if name == "seconds" else (int,)
    if isinstance(value, bool) or not isinstance(value, kinds) or not lowest <= value < 2**63:
        what = "a number of seconds" if name == "seconds" else "a whole number"
        raise ParameterError(
            f"Expected {what} of at least {lowest:,} as the limit {name!r}, got {value!r:.60}."
        )
