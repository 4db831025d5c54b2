"""An estimator that holds a live model, which is shared, never copied or printed in full."""

from __future__ import annotations

import copy
import os
from typing import Self

from sklearn.base import BaseEstimator, clone

from keraswrap.llm._protocol import is_language_model

__all__ = ["LiveModelEstimator"]

_LIVE = ("model", "tokenizer")


class LiveModelEstimator(BaseEstimator):
    """Base of estimators with the parameters `model` and `tokenizer`, which are never copied.

    What is found for them in `fit` is `model_` and `_language_model`.
    """

    model: object
    tokenizer: object

    def __sklearn_clone__(self) -> Self:
        params = self.get_params(deep=False)
        made = type(self)(
            **{n: v if n in _LIVE else clone(v, safe=False) for n, v in params.items()}
        )
        if hasattr(self, "_metadata_request"):
            made._metadata_request = copy.deepcopy(self._metadata_request)
        return made

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        for name in (*_LIVE, "model_", "_language_model"):
            live = self.__dict__.get(name)
            memo[id(live)] = live
        made = type(self).__new__(type(self))
        memo[id(self)] = made
        made.__dict__.update(copy.deepcopy(self.__dict__, memo))
        return made

    def __getstate__(self) -> dict[str, object]:
        state = dict(super().__getstate__())
        if self.model is not None and not is_language_model(self.model):
            state.pop("_language_model", None)  # wrapped again from `model`
        return state

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        shown = {n: _name(v) if n in _LIVE else v for n, v in self.get_params(deep=False).items()}
        return BaseEstimator.__repr__(type(self)(**shown), N_CHAR_MAX)


def _name(live: object) -> object:
    # The repr of a net may be pages long.
    if live is None or isinstance(live, str | os.PathLike) or is_language_model(live):
        return live
    return _Named(type(live).__name__)


class _Named:
    """Shows a name without quotes."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name
