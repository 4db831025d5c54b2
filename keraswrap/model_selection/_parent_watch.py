"""Workers end with the process that started them, and not when their fit is done."""

from __future__ import annotations

import os
import threading
import time

# Seconds between two looks.
_LOOK = 0.5
_watched: set[int] = set()


def end_with(owner: int) -> None:
    """Have this process end soon after its parent has, once `owner` is that parent.

    A parent that was killed says nothing. Its children are handed to another
    process, which is what is looked for.

    Parameters
    ----------
    owner : int
        The process that runs the search; in it, nothing is done.
    """
    if os.getpid() in _watched or os.getppid() != owner:
        return
    _watched.add(os.getpid())
    threading.Thread(target=_wait_for_end, args=(owner,), daemon=True, name="parent").start()


def _wait_for_end(owner: int) -> None:
    while os.getppid() == owner:
        time.sleep(_LOOK)
    os._exit(1)
