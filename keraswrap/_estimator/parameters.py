"""Route parameters of an estimator: its own, and those of the net, its compilation and its fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklearn.base import BaseEstimator

from keraswrap import _params

if TYPE_CHECKING:
    from typing import Self


class RoutedParameters(BaseEstimator):
    """An estimator whose dicts hold the arguments of fit, compile and the build function."""

    # The constructor's dicts that routed names are kept in.
    _homes: tuple[str, ...] = ("params", "compile_kwargs")

    def get_params(self, deep: bool = True) -> dict[str, object]:
        """List the parameters.

        Parameters
        ----------
        deep : bool, default=True
            Whether to include all routed names: fit arguments (``epochs``), ``model__``
            and ``compile__``, each with its current value.

        Returns
        -------
        dict
        """
        own = super().get_params(deep=False)
        if not deep:
            return own
        homes = {home: own[home] for home in self._homes}
        return {**_params.list_params(homes, own.get("model")), **own}

    def set_params(self, **params: object) -> Self:
        """Set parameters of the estimator, its net, its compilation and its fit.

        Parameters
        ----------
        **params
            Constructor parameters, bare fit arguments (``epochs=3``), or names
            under ``model__``, ``compile__``, ``fit__`` and ``predict__``.

        Returns
        -------
        self

        Raises
        ------
        ParameterError
            If a name is unknown; similar names are listed. Nothing is set then.
        """
        own = self._get_param_names()
        model = params.get("model", getattr(self, "model", None))
        has_model = "model_kwargs" in self._homes
        homes = {
            name: _params.find_home(name, model, has_model=has_model, own=own)
            for name in params
            if name not in own
        }
        for name in params.keys() - homes.keys():
            setattr(self, name, params[name])
        now = self.get_params() if homes else {}
        for name, (home, key) in homes.items():
            # Writing a default back would turn it into a choice.
            if name not in now or now[name] is not params[name]:
                setattr(self, home, {**(getattr(self, home) or {}), key: params[name]})
        return self
