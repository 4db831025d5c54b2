"""Share a few live nets among many estimators, each of which owns its weights.

Most of a short fit is tracing, the same each time: a fit of six transformer
layers takes 13 seconds, of which training needs five. So an estimator owns
arrays, and the process keeps a few live nets. A net holds the state of one
estimator at a time, its tenant; whoever needs it next takes it over, and the
tenant's state is copied out first if the tenant still exists. Results are bit for
bit those of a newly built net, as the whole state of such a net is put in.
"""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import keras

from keraswrap._config import get_config, listeners
from keraswrap._engine.model_signature import signature_of
from keraswrap._engine.seeds import reproducible
from keraswrap._engine.state import NetState, get_state, set_state

if TYPE_CHECKING:
    from keraswrap._engine.tenant import Tenant

# Nets with more weights are freed at once, not when Python next collects garbage.
_LARGE = 1_000_000


class Slot:
    """One live net, and whose state is in it."""

    def __init__(self, net: keras.Model, tenant: Tenant) -> None:
        self.net, self.signature, self.compiled = net, tenant.signature, tenant.compiled
        # A net that was loaded without its loss has none.
        self.optimizer = getattr(net, "optimizer", None)
        self.enter(tenant)
        # Reentrant: a callback may use the very estimator that is being trained. So holding
        # the lock does not mean that the net is unused; the count tells.
        self.lock, self.uses = threading.RLock(), 0

    def enter(self, tenant: Tenant) -> None:
        """Lend the net to a tenant for as long as the tenant lives."""
        self.tenant: Callable[[], Tenant | None] = weakref.ref(tenant)

    def clear(self) -> None:
        """Return its state to the tenant, if the tenant is still alive."""
        tenant, self.tenant = self.tenant(), lambda: None
        if tenant is not None:
            if not self.is_intact():  # its state would not fit into another net of that signature
                tenant.signature = None
            tenant.move_out(get_state(self.net))

    def is_intact(self) -> bool:
        """Return whether the net still matches its signature: a callback may have changed it."""
        same = self.net.optimizer is self.optimizer
        return same and signature_of(self.net, self.compiled) == self.signature


class Pool:
    """The live nets of a process, the most recently used one last.

    Attributes
    ----------
    built : int
        Number of nets that were built rather than taken over.
    """

    def __init__(self) -> None:
        self.slots: list[Slot] = []
        self.built = 0
        self._lock = threading.RLock()

    @contextmanager
    def lend(self, tenant: Tenant) -> Iterator[keras.Model]:
        """Lend a net in the state of its tenant, for as long as the block lasts."""
        slot = self._find(tenant)
        if slot is None:
            # Wait for fits in other threads: building draws from global generators.
            with reproducible(tenant.seed, strict=False):
                slot = self._find(tenant) or self._let(tenant)
        slot.uses += 1
        try:
            yield slot.net
        finally:
            slot.uses -= 1
            slot.lock.release()
            del slot
            self.shrink(get_config()["kept_networks"])

    def withdraw(self, tenant: Tenant) -> keras.Model:
        """Take a tenant's net out of the pool: it is the tenant's alone from now on."""
        with self.lend(tenant) as net:
            self._remove(net)
            return net

    def read(self, tenant: Tenant) -> NetState | None:
        """Copy the state of a tenant; None if it holds no net."""
        slot = self._find(tenant)
        if slot is None:
            return None
        try:
            return get_state(slot.net)
        finally:
            slot.lock.release()

    def write(self, tenant: Tenant, state: NetState) -> bool:
        """Replace the state of a tenant; return whether it holds a net."""
        slot = self._find(tenant)
        if slot is None:
            return False
        try:
            set_state(slot.net, state)
        finally:
            slot.lock.release()
        return True

    def shrink(self, kept: int) -> None:
        """Drop the least recently used nets beyond `kept`, except those in use."""
        given_up = []
        with self._lock:
            for slot in self.slots[: max(0, len(self.slots) - kept)]:
                if self._seize(slot):
                    slot.clear()
                    self.slots.remove(slot)
                    slot.lock.release()
                    given_up.append(slot)
        large = any(_is_large(slot.net) for slot in given_up)
        del given_up[:]
        slot = None  # type: ignore[assignment]
        if large:
            gc.collect()  # a net contains reference cycles

    def _seize(self, slot: Slot) -> bool:
        """Lock a slot, unless its net is in use."""
        if not slot.lock.acquire(blocking=False):
            return False
        if slot.uses:
            slot.lock.release()
        return not slot.uses

    def _remove(self, net: keras.Model) -> None:
        with self._lock:
            self.slots = [slot for slot in self.slots if slot.net is not net]

    def _find(self, tenant: Tenant) -> Slot | None:
        """Find the slot of a tenant, lock it, and put it at the end."""
        while True:
            with self._lock:
                slot = next((s for s in self.slots if s.tenant() is tenant), None)
            if slot is None:
                return None
            slot.lock.acquire()
            with self._lock:
                if slot.tenant() is tenant and slot in self.slots:
                    self.slots.remove(slot)
                    self.slots.append(slot)
                    return slot
            slot.lock.release()  # it was taken over in the meantime

    def _let(self, tenant: Tenant) -> Slot:
        fresh, state = tenant.move_in()
        slot = self._take_over(tenant)
        if slot is None:
            slot = Slot(tenant.build(state) if fresh is None else fresh, tenant)
            slot.lock.acquire()
            self.built += 1
        else:
            # One of the two is not None; see move_in.
            set_state(slot.net, state or get_state(fresh))
            slot.enter(tenant)
            if fresh is not None and _is_large(fresh):
                del fresh
                gc.collect()  # a net contains reference cycles
        with self._lock:
            self.slots.append(slot)
        return slot

    def _take_over(self, tenant: Tenant) -> Slot | None:
        """Find an unused net with the tenant's signature, lock it, and take it out."""
        with self._lock:
            for slot in reversed(self.slots):
                if (
                    slot.signature is None
                    or slot.signature != tenant.signature
                    or not self._seize(slot)
                ):
                    continue
                self.slots.remove(slot)
                slot.clear()
                if slot.is_intact():
                    return slot
                slot.lock.release()
        return None


def _is_large(net: keras.Model) -> bool:
    return net.count_params() > _LARGE


pool = Pool()
listeners.append(lambda settings: pool.shrink(settings["kept_networks"]))
