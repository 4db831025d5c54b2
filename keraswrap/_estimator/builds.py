"""Build a net once for fits that would build the same one, as folds and rates of a search do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from keraswrap._engine import Network
    from keraswrap._targets.head import Outputs

# An untrained network, and what its outputs look like, by what it was built from.
Builds = dict[str, tuple["Network", "Outputs"]]
_BUILDS: ContextVar[Builds | None] = ContextVar("builds", default=None)


@contextmanager
def share_builds() -> Iterator[None]:
    """Build equal nets once inside the block; each fit gets a copy of the initial state.

    A build function must then return the same net for the same arguments and seed, as
    it is not called again.
    """
    token = _BUILDS.set({})
    try:
        yield
    finally:
        _BUILDS.reset(token)


def shared_builds() -> Builds | None:
    """Return the nets built so far, to add to; None outside `share_builds`."""
    return _BUILDS.get()
