"""Own a net's state as arrays, and borrow a live net only while one is needed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import keras

from keraswrap._engine.model_pool import pool
from keraswrap._engine.seeds import reproducible
from keraswrap._engine.state import NetState, get_state, why_unsaved
from keraswrap.exceptions import SavedFileError

if TYPE_CHECKING:
    from keraswrap._engine.compiled_net import CompiledNet


class Tenant(ABC):
    """What the pool lends nets to.

    Attributes
    ----------
    net : keras.Model
        Its own net, which no other fit will ever use: the first access takes
        it out of the pool of live nets.
    compiled, signature : str or None
        What its net is compiled with, and the signature of the net; None where unknown.
    """

    seed: int
    compiled: str | None = None
    signature: str | None = None
    # A net that is freshly built, or permanently its own. Otherwise the state is in a net of
    # the pool, or here as arrays.
    _net: keras.Model | None = None
    _state: NetState | None = None
    _is_own, _is_compiled = False, False
    # Shapes of its variables when it was built; unknown for networks loaded from a file.
    _shapes: list[tuple[int, ...]] | None = None
    # What another runtime computes the present state by; None until it is asked for.
    compiled_net: CompiledNet | None = None
    is_changing = False

    @abstractmethod
    def build(self, state: NetState | None) -> keras.Model:
        """Build a net in a state; with none, as its builder leaves it."""

    @property
    def fresh_net(self) -> keras.Model | None:
        """A net that was just built for this network, and lent to none; None otherwise."""
        return None if self._is_own else self._net

    @contextmanager
    def using(self) -> Iterator[keras.Model]:
        """Provide a net in this network's state, for exclusive use inside the block."""
        if self._is_apart:
            yield self._net
        else:
            with pool.lend(self) as net:
                yield net

    @contextmanager
    def changing(self) -> Iterator[keras.Model]:
        """Provide a net as `using` does, to change its state."""
        self.is_changing = True
        try:
            with self.using() as net:
                yield net
        finally:
            self.is_changing, self.compiled_net = False, None

    @property
    def _is_apart(self) -> bool:
        # A compiled net that is not its own is on its way to the pool.
        return self._net is not None and (self._is_own or not self._is_compiled)

    @property
    def net(self) -> keras.Model:
        if not self._is_apart:
            self._net = pool.withdraw(self)
            self._is_own = True
        return self._net

    def move_in(self) -> tuple[keras.Model | None, NetState | None]:
        """Hand over a freshly built net, or else the state, to a net of the pool."""
        net, state = self._net, self._state
        self._net = self._state = None
        return net, state

    def move_out(self, state: NetState) -> None:
        """Take the state back from a net of the pool."""
        self._state = state

    def adopt(self, state: NetState) -> None:
        """Take on a state that was reached elsewhere, in place of the present one."""
        self.compiled_net = None
        if not pool.write(self, state):
            self._net, self._state = None, state

    @property
    def state(self) -> NetState:
        """The net's state as arrays.

        Raises
        ------
        SavedFileError
            If the net was changed in a way that a rebuilt net could not reproduce.
        """
        if self._net is not None:
            held = get_state(self._net)
            if self._is_own:
                self._check_state(held)
            return held
        # The state is either in a net of the pool or here, never both.
        state = pool.read(self) or self._state
        assert state is not None
        return state

    def _check_state(self, state: NetState) -> None:
        """Check that the net can be rebuilt, if its variables have changed since it was built."""
        if not self._is_changed(state):
            return
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        try:
            if why := why_unsaved(self._net):
                raise SavedFileError(f"{why}.")
            with reproducible(self.seed, strict=False):
                twin.build(state)
        except Exception as error:  # Keras has many errors for what it cannot rebuild
            raise SavedFileError(
                "The net was changed after the fit in a way that cannot be saved or copied: "
                f"{error} Change it in the build function, and fit again."
            ) from error

    def _is_changed(self, state: NetState) -> bool:
        return [value.shape for value in state.variables] != self._shapes
