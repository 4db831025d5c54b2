"""What is loaded once a process: nets, and tokenizers."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

T = TypeVar("T")


class Pool(Generic[T]):
    """Live things by their keys: each is found for as long as anybody holds it.

    The pool itself holds those that were used last, for of tasks that follow one
    another in a worker each would load its own anew.

    Parameters
    ----------
    kept : int, default=0
        How many stay though nobody else holds them.

    Attributes
    ----------
    lock : threading.RLock
        Held while something is made, so that threads do not make two.

    Examples
    --------
    >>> pool = Pool[set](kept=1)
    >>> pool.get("a", set) is pool.get("a", set)
    True
    """

    def __init__(self, kept: int = 0) -> None:
        self.lock = threading.RLock()
        self._known: WeakValueDictionary[Hashable, T] = WeakValueDictionary()
        self._kept: deque[T] = deque(maxlen=kept)

    def find(self, key: Hashable) -> T | None:
        """Return what is live under a key; None without any."""
        return self._known.get(key)

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what is live under a key, made if there is none, and keep it."""
        with self.lock:
            found = self._known.get(key)
            return self.keep(self.add(key, make()) if found is None else found)

    def add(self, key: Hashable, value: T) -> T:
        """Let a value be the one under a key, and return it."""
        with self.lock:
            self._known[key] = value
        return value

    def keep(self, value: T) -> T:
        """Hold a value until others were used since, and return it."""
        with self.lock:
            others = [each for each in self._kept if each is not value]
            self._kept.clear()
            self._kept.extend([*others, value])
        return value

    def release(self) -> None:
        """Let go of all that only the pool holds."""
        with self.lock:
            self._kept.clear()
