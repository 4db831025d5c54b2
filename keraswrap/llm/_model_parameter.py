"""An estimator that holds a live model, which is shared, never copied or printed in full."""

from __future__ import annotations

import copy
import os
from typing import Self

from sklearn.base import BaseEstimator, clone

from keraswrap.exceptions import InputTypeError, ParameterError
from keraswrap.llm._protocol import LanguageModel, check_language_model, is_language_model

__all__ = ["LiveModelEstimator", "NamedModelEstimator"]

_LIVE = ("model", "tokenizer")


class LiveModelEstimator(BaseEstimator):
    """Base of estimators with the parameters `model` and `tokenizer`, which are never copied.

    What is found for them in `fit` is `model_` and `_language_model`.
    """

    # Each class stores its own.
    model_name: str | os.PathLike[str] | None
    model: object
    tokenizer: object
    device: str
    dtype: str | None

    def _find_model(self) -> LanguageModel:
        self._check_model()
        if is_language_model(self.model):
            return self.model
        from keraswrap.llm._load import load_model

        return load_model(
            self.model_name,
            model=self.model,
            tokenizer=self.tokenizer,
            device=self.device,
            dtype=self.dtype,
        )

    @property
    def _asked(self) -> LanguageModel:
        if "_language_model" not in self.__dict__:  # unpickled together with a wrapped model
            self._language_model = self._find_model()
        return self._language_model

    def _check_model(self) -> None:
        given = self.model is not None or self.tokenizer is not None
        if (self.model_name is not None) == given:
            raise ParameterError(
                f"{type(self).__name__}: Expected either model_name, or model (with its tokenizer "
                f"if it needs one), got {'both' if given else 'neither'}. Name a checkpoint, or "
                "pass a live model."
            )
        if is_language_model(self.model):
            check_language_model(self.model)
            if self.tokenizer is not None:
                raise ParameterError(
                    f"Expected tokenizer=None, since {type(self.model).__name__} has its own, got "
                    f"{type(self.tokenizer).__name__}. Leave it out."
                )

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


class NamedModelEstimator(LiveModelEstimator):
    """Base of estimators whose one parameter `model` is a live model or the name of one."""

    def _find_model(self) -> LanguageModel:
        if is_language_model(self.model):
            check_language_model(self.model)
            return self.model
        if not isinstance(self.model, str | os.PathLike):
            raise InputTypeError(
                "Expected model to be a LanguageModel or the name of one, got "
                f"{type(self.model).__name__}. Get one with keraswrap.llm.load_model."
            )
        from keraswrap.llm._load import load_model

        return load_model(self.model)


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
