"""What the classifiers share: a live model that is never copied, and one way to ask it."""

from __future__ import annotations

import copy
import inspect
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from keraswrap._texts import check_texts
from keraswrap.exceptions import ParameterError
from keraswrap.llm._cache import AnswerCache, memory_of
from keraswrap.llm._context_window import CHOICES, fit_context
from keraswrap.llm._costs import Account, Estimate
from keraswrap.llm._probabilities import CALIBRATIONS
from keraswrap.llm._prompts import Template
from keraswrap.llm._protocol import Continuation, LanguageModel, Prompt
from keraswrap.llm._query import Query, Said, ask, estimate

__all__ = ["LanguageModelClassifier"]

# Texts without content, by which contextual calibration learns what a model prefers anyway:
# those of Zhao et al. (2021), section 4.
CONTENT_FREE = ("N/A", "", "[MASK]")
# Rows of X that batch calibration learns from in `fit`, each of which is asked about.
MOST_TO_CALIBRATE = 128
_LIVE = ("model", "tokenizer")
_METHODS = ("score", "generate", "count_tokens", "count_continuations")
_ATTRIBUTES = ("fingerprint", "context_length", "prices")
_FLAGS = ("use_caching", "chat", "probas_sum_to_1", "length_norm")


class LanguageModelClassifier(BaseEstimator):
    """Base of the classifiers that ask a language model."""

    # The parameters that all have; each class stores its own.
    model_name: Any
    model: Any
    tokenizer: Any
    prompt: Any
    device: Any
    dtype: Any
    use_caching: bool
    cache: Any
    max_cost: float | None
    calibration: str | None
    chat: bool
    on_too_long: str
    progress: bool | None
    descriptions: Mapping[str, str] | None
    classes_: np.ndarray
    model_: Any

    # A live model: one a process

    def __sklearn_clone__(self) -> Any:
        params = self.get_params(deep=False)
        made = type(self)(
            **{n: v if n in _LIVE else clone(v, safe=False) for n, v in params.items()}
        )
        if hasattr(self, "_metadata_request"):
            made._metadata_request = copy.deepcopy(self._metadata_request)
        return made

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        for name in (*_LIVE, "model_", "_language_model"):
            live = self.__dict__.get(name)
            memo[id(live)] = live
        made = type(self).__new__(type(self))
        memo[id(self)] = made
        made.__dict__.update(copy.deepcopy(self.__dict__, memo))
        return made

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        if self.model is not None and not is_language_model(self.model):
            state.pop("_language_model", None)  # wrapped again from `model`
        return state

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        shown = {n: _name(v) if n in _LIVE else v for n, v in self.get_params(deep=False).items()}
        return BaseEstimator.__repr__(type(self)(**shown), N_CHAR_MAX)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.target_tags.required = True
        tags.no_validation = False
        return tags

    def _load(self) -> None:
        """Find the model that is asked, and keep it as `model_`."""
        self._language_model = self._find_model()
        foreign = self.model is not None and not is_language_model(self.model)
        self.model_ = self.model if foreign else self._language_model

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

    def _check_model(self) -> None:
        given = self.model is not None or self.tokenizer is not None
        if (self.model_name is not None) == given:
            raise ParameterError(
                f"{type(self).__name__}: Expected either model_name, or model (with its tokenizer "
                f"if it needs one), got {'both' if given else 'neither'}. Name a checkpoint, or "
                "pass a live model."
            )
        if is_language_model(self.model):
            self._check_attributes()
        if is_language_model(self.model) and self.tokenizer is not None:
            raise ParameterError(
                f"Expected tokenizer=None, since {type(self.model).__name__} has its own, got "
                f"{type(self.tokenizer).__name__}. Leave it out."
            )

    def _check_attributes(self) -> None:
        # Looked up without asking: a fingerprint may take reading a file.
        lacking = [n for n in _ATTRIBUTES if inspect.getattr_static(self.model, n, self) is self]
        if lacking and not hasattr(type(self.model), "__getattr__"):
            raise ParameterError(
                f"Expected a language model with {', '.join(_ATTRIBUTES)}, got a "
                f"{type(self.model).__name__} without {', '.join(lacking)}. See LanguageModel."
            )

    @property
    def _asked(self) -> LanguageModel:
        if "_language_model" not in self.__dict__:  # unpickled beside a model that was wrapped
            self._language_model = self._find_model()
        return self._language_model

    # What is checked before anything is asked

    def _check_params(self) -> None:
        check_choice(self.calibration, CALIBRATIONS, "calibration")
        check_choice(self.on_too_long, CHOICES, "on_too_long")
        for name in _FLAGS:
            value = getattr(self, name, True)
            if not isinstance(value, bool | np.bool_):
                raise ParameterError(f"Expected {name} as a bool, got {value!r:.60}.")
        if self.progress not in (None, True, False):
            raise ParameterError(f"Expected progress as a bool or None, got {self.progress!r:.60}.")
        if self.max_cost is not None:
            _check_cost(self.max_cost)
        if self.cache is not None:
            if not self.use_caching:
                raise ParameterError(
                    "Expected use_caching=True with a cache, got False. Set one of the two."
                )
            AnswerCache(self.cache).info()  # a file that cannot be used is named before any work

    # Asking

    def _query(self) -> Query:
        store = None
        if self.use_caching:
            store = memory_of(self._asked) if self.cache is None else AnswerCache(self.cache)
        return Query(self._asked, store, self._account, self.max_cost, self.progress)

    def _prompts(self, texts: Sequence[str]) -> list[Prompt]:
        raise NotImplementedError

    def _continuations(self) -> Sequence[Continuation]:
        raise NotImplementedError

    def _ask(self, texts: Sequence[str]) -> Said:
        return ask(self._query(), self._prompts(texts), self._continuations())

    def _ask_and_keep(self, texts: Sequence[str]) -> Said:
        said = self._ask(texts)
        self._last |= {"texts": said.texts, "problems": said.problems}
        return said

    def _fitting(self, texts: Sequence[str], make: Any) -> list[Prompt]:
        return fit_context(self._asked, texts, make, self._continuations(), self.on_too_long)

    def _texts(self, X: Any) -> list[str]:
        check_is_fitted(self, "classes_")
        return check_texts(X, empty="allow")

    def estimate(self, X: Any) -> Estimate:
        """Say what predicting would take, before anything is asked.

        A local model is loaded for it, and run for a second.

        Parameters
        ----------
        X : array-like of str, shape (n,)

        Returns
        -------
        Estimate
            Calls, tokens, and how many answers are known already; seconds by the
            pace so far, or what the model expects; cost by the model's prices.
        """
        prompts = self._prompts(self._texts(X))
        return estimate(self._query(), prompts, self._continuations())

    def explain_low_prob(self, X: Any, max_tokens: int = 64) -> list[str]:
        """Let the model say freely what it would rather answer.

        Where labels have little probability, this shows what has it instead. Each
        call asks anew; it counts neither in `cost_` nor against `max_cost`.

        Parameters
        ----------
        X : str or array-like of str, shape (n,)
        max_tokens : int, default=64
            Tokens of an answer at most.

        Returns
        -------
        list of str
        """
        texts = self._texts([X] if isinstance(X, str) else X)
        return self._asked.generate(self._prompts(texts), max_tokens)

    def clear_model_cache(self) -> None:
        """Forget what the model answered in this process; a cache on disk stays.

        To clear that one, use :meth:`AnswerCache.clear`.
        """
        if "_language_model" in self.__dict__:
            memory_of(self._language_model).clear()

    @property
    def answers_(self) -> list[str | None]:
        """What the model answered in its own words to the rows of the last prediction."""
        check_is_fitted(self, "classes_")
        return self._last["texts"]

    @property
    def problems_(self) -> list[str | None]:
        """Why rows of the last prediction have no answer: refused by a server, or cut."""
        check_is_fitted(self, "classes_")
        return self._last["problems"]

    @property
    def cost_(self) -> float:
        """What was spent since `fit`, by the model's prices."""
        check_is_fitted(self, "classes_")
        return self._account.cost

    @property
    def tokenizer_(self) -> Any:
        """The model's own tokenizer, or the one that was given with it; None if it has none."""
        check_is_fitted(self, "classes_")
        own = self.tokenizer is None
        return getattr(self._asked, "tokenizer", None) if own else self.tokenizer

    @property
    def device_(self) -> Any:
        """Where the model is."""
        check_is_fitted(self, "classes_")
        return getattr(self.model_, "device", self.device)

    def _start(self) -> None:
        """Forget what an earlier fit learned."""
        self._account = Account()
        self._last: dict[str, Any] = {"texts": [], "problems": []}
        self._template: Template


def spread(texts: Sequence[str], most: int = MOST_TO_CALIBRATE) -> list[str]:
    """Take texts evenly, so that sorted ones are all there."""
    rows = np.unique(np.linspace(0, len(texts) - 1, min(most, len(texts))).round().astype(int))
    return [texts[row] for row in rows]


def is_language_model(model: Any) -> bool:
    """Tell whether a model is a :class:`LanguageModel`, by its methods.

    `isinstance` also asks for its properties, and a fingerprint may take reading a file.
    """
    return all(callable(getattr(type(model), name, None)) for name in _METHODS)


def check_choice(value: Any, choices: tuple[Any, ...], name: str) -> None:
    """Raise ParameterError unless a value is one of the choices."""
    if not (value is None or isinstance(value, str)) or value not in choices:
        raise ParameterError(f"Expected {name} to be one of {list(choices)}, got {value!r:.60}.")


def _check_cost(value: Any) -> None:
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not number or not value >= 0:  # NaN would be no limit
        raise ParameterError(f"Expected max_cost as a number from 0 on, got {value!r:.60}.")


def _name(live: Any) -> Any:
    # A net's own repr may be pages long.
    if live is None or isinstance(live, str | os.PathLike) or is_language_model(live):
        return live
    return _Named(type(live).__name__)


class _Named:
    """Shows a name without quotes."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name
