"""A bar over all fits of a search, with the time left."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Self

# Whether this runs inside a fit of a search, which has its own bar.
_inside = ContextVar("inside", default=False)


@contextmanager
def inside_a_fit() -> Iterator[None]:
    """Show no bars by themselves in the block."""
    token = _inside.set(True)
    try:
        yield
    finally:
        _inside.reset(token)


class Bar:
    """Count epochs, or fits where nothing has epochs.

    Parameters
    ----------
    progress : bool, optional
        Whether to show it. By default on a terminal and in a notebook.
    unit : str
        What is counted.
    """

    def __init__(self, total: int, progress: bool | None, unit: str) -> None:
        shown = is_watched() if progress is None else progress
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a notebook without widgets gets a text bar
            from tqdm.auto import tqdm
        # smoothing=0: use the mean speed, since fits of different sizes alternate
        self._bar: tqdm = tqdm(total=total, unit=unit, disable=not shown, smoothing=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def add(self, count: int) -> None:
        """Count what was done."""
        self._bar.update(count)


def is_watched() -> bool:
    """Return whether a bar would be seen: on a terminal or in a notebook, not in a fit."""
    if _inside.get():
        return False
    return "ipykernel" in sys.modules or bool(getattr(sys.stderr, "isatty", bool)())
