"""Nets and tokenizers that are loaded once per process."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

T = TypeVar("T")


class Pool(Generic[T]):
    """Share loaded objects by key, for as long as anyone refers to them.

    The pool itself refers to the `kept` objects used last, because consecutive
    tasks of a worker would otherwise load the same object again and again. Its
    `lock` is held while an object is made, so that two threads do not both make it.
    """

    def __init__(self, kept: int = 0) -> None:
        self.lock = threading.RLock()
        self._known: WeakValueDictionary[Hashable, T] = WeakValueDictionary()
        self._kept: deque[T] = deque(maxlen=kept)

    def find(self, key: Hashable) -> T | None:
        """Return the object of a key, or None."""
        return self._known.get(key)

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the object of a key; create and keep it if there is none."""
        with self.lock:
            found = self._known.get(key)
            return self.keep(self.add(key, make()) if found is None else found)

    def add(self, key: Hashable, value: T) -> T:
        """Store an object under a key, unless there is one, and return the one there."""
        with self.lock:
            return self._known.setdefault(key, value)

    def keep(self, value: T) -> T:
        """Keep an object alive until enough others have been used, and return it."""
        with self.lock:
            others = [each for each in self._kept if each is not value]
            self._kept.clear()
            self._kept.extend([*others, value])
        return value

    def release(self) -> None:
        """Drop the objects without other references."""
        with self.lock:
            self._kept.clear()
