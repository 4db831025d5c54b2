"""Checks of what a local model is given; each raises ParameterError. Pure."""

from __future__ import annotations

from keraswrap.exceptions import ParameterError

__all__ = ["check_batch_size", "check_dtype"]

_DTYPES = ("float32", "bfloat16", "float16")


def check_batch_size(batch_size: int | None) -> None:
    """Check a number of rows.

    Raises
    ------
    ParameterError
    """
    if batch_size is not None and (type(batch_size) is not int or batch_size < 1):
        raise ParameterError(
            f"Expected batch_size of at least 1, or None for as many rows as memory is meant "
            f"for, got {batch_size!r}."
        )


def check_dtype(dtype: str) -> None:
    """Check what is computed in.

    Raises
    ------
    ParameterError
    """
    if dtype not in _DTYPES:
        raise ParameterError(f"Expected dtype to be one of {', '.join(_DTYPES)}, got {dtype!r}.")
