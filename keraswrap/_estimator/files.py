"""Copy, pickle, save and load an estimator."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from keraswrap._estimator.engine import engine
from keraswrap._estimator.parameters import RoutedParameters
from keraswrap._targets import AnyTarget, restore_target
from keraswrap._targets.head import number_head

if TYPE_CHECKING:
    from typing import Self

    from keraswrap._engine import Network

# Constructor parameters that hold Keras's objects, which neither pickle nor copy by themselves.
_HOLD_KERAS = ("layers", "compile_kwargs")


def _to_spec(value: object) -> object:
    # If Keras was never loaded, none of its objects can be there.
    return engine().to_spec(value) if "keras" in sys.modules else value


def _from_spec(value: object) -> object:
    return engine().from_spec(value) if "keras" in sys.modules else value


class KeptEstimator(RoutedParameters):
    """An estimator that pickles, clones, saves and loads."""

    network_: Network
    _target: AnyTarget

    def __getstate__(self) -> dict[str, object]:
        state = super().__getstate__()
        return {**state, **{k: _to_spec(state[k]) for k in _HOLD_KERAS if k in state}}

    def __setstate__(self, state: dict[str, object]) -> None:
        super().__setstate__(state)
        if "network_" in state and "_target" not in state:
            self._take_target()
        self._revive()

    def __sklearn_clone__(self) -> Self:
        stand_in = object.__new__(type(self))
        stand_in.__dict__.update(self.__getstate__())
        made = BaseEstimator.__sklearn_clone__(stand_in)
        made._revive()
        return made

    def _revive(self) -> None:
        for name in _HOLD_KERAS:
            if name in self.__dict__:
                setattr(self, name, _from_spec(getattr(self, name)))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Save the fitted estimator to one file, which contains no code.

        An older file at `path` stays until the new one is complete.

        Parameters
        ----------
        path : str or path-like
            Conventionally ending in ``.keraswrap``; a zip of JSON and arrays.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        OSError
            If the file cannot be written.
        """
        from keraswrap import _saving

        check_is_fitted(self)
        _saving.save(self, path)

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        *,
        custom_objects: Mapping[str, object] | None = None,
        **params: object,
    ) -> Self:
        """Load a saved estimator without running code from the file.

        Parameters
        ----------
        path : str or path-like
        custom_objects : dict, optional
            Custom layer classes and functions by name, as in Keras.
        **params
            Constructor parameters that replace the saved ones, or that a file cannot
            hold: pass ``model=`` to fit from scratch later, and to rebuild nets whose
            layers have no configuration.

        Returns
        -------
        estimator
            Its predictions equal the saved estimator's, bit for bit.

        Raises
        ------
        SavedFileError
            If the file is corrupt, holds another class, or needs custom classes that
            were not passed.
        """
        from keraswrap import _saving

        return _saving.load(cls, path, custom_objects or {}, params)

    def _take_target(self) -> None:
        """Make the target for a pickle of version 0.1, which had none; to be removed in 0.3."""
        self._target = restore_target(self.__dict__)
        for name in self._target.learned:
            self.__dict__.pop(name, None)
        if vars(self.network_)["head"] is None:
            self.network_.head = number_head(self.network_.width)
