"""Show a fitted net and its properties."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from keraswrap._estimator.files import KeptEstimator

if TYPE_CHECKING:
    import keras

    from keraswrap._engine.builders import Builder


class NetEstimator(KeptEstimator):
    """An estimator with a net, once it is fitted."""

    runtime: str

    def _recipe(self) -> Builder:
        """Return how the net is built, checked before anything is."""
        raise NotImplementedError

    def __sklearn_is_fitted__(self) -> bool:
        return "network_" in self.__dict__

    @property
    def net(self) -> keras.Model | None:
        """The fitted ``keras.Model``; None before fit."""
        return self.network_.net if self.__sklearn_is_fitted__() else None

    @property
    def precision_(self) -> str:
        """The dtype policy in which most of the fitted net computes."""
        return self._of_network("precision")

    @property
    def runtime_(self) -> str:
        """What computes the fitted net's predictions now, and in which precision."""
        return self._of_network("runtime")(self.runtime)

    @property
    def jit_compile_(self) -> bool:
        """Whether XLA compiles the fitted net."""
        return self._of_network("jit_compile")

    @property
    def callbacks_(self) -> list[keras.callbacks.Callback]:
        """The callbacks that the last fit ran: copies of those given, in their final state."""
        found = self._of_network("callbacks")
        if found is None:
            raise AttributeError(
                f"{type(self).__name__} has no callbacks_ from before it was saved."
            )
        return list(found)

    def _of_network(self, name: str) -> Any:
        if not self.__sklearn_is_fitted__():
            raise AttributeError(f"{type(self).__name__} has no {name}_ before fit.")
        return getattr(self.network_, name)

    def summary(self, **kwargs: object) -> None:
        """Print the net's summary.

        Before fit, a temporary net is built if its build function works without
        ``meta``.

        Parameters
        ----------
        **kwargs
            Passed to ``keras.Model.summary``.

        Raises
        ------
        BuildError
            If the net cannot be built without data.
        """
        net = self.net
        (self._recipe().preview() if net is None else net).summary(**kwargs)

    def _need_target(self, name: str) -> None:
        if "_target" not in self.__dict__:
            raise AttributeError(f"{type(self).__name__} has no {name} before fit.")
