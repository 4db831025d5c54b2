"""What the classifiers share: a live model that is never copied, and one way to ask it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from sklearn.utils.validation import check_is_fitted

from keraswrap._texts import check_texts
from keraswrap.exceptions import InputError, ParameterError
from keraswrap.llm._answers import CALIBRATIONS
from keraswrap.llm._cache import AnswerCache
from keraswrap.llm._context_window import CHOICES, ContextWindow, Make
from keraswrap.llm._label_words import LabelWords
from keraswrap.llm._model_parameter import LiveModelEstimator
from keraswrap.llm._prompts import PromptLike
from keraswrap.llm._protocol import (
    Answers,
    Continuation,
    Prompt,
    check_language_model,
    is_language_model,
)
from keraswrap.llm._query import Account, Estimate, Query, check_cost
from keraswrap.llm._questions import Scoring
from keraswrap.llm._responses import Responses, memory_of
from keraswrap.llm._sampling import Sampling

if TYPE_CHECKING:
    import os

    from sklearn.utils import Tags

__all__ = ["LanguageModelClassifier"]

# Texts without content, from which contextual calibration learns a model's own preferences:
# those of Zhao et al. (2021), section 4.
CONTENT_FREE = ("N/A", "", "[MASK]")
# Rows of X that batch calibration learns from in `fit`; each costs a request.
MOST_TO_CALIBRATE = 128
_FLAGS = ("use_caching", "chat", "probas_sum_to_1", "length_norm")


class LanguageModelClassifier(LiveModelEstimator):
    """Base of the classifiers that ask a language model."""

    # Parameters of all classes; each class stores its own.
    prompt: PromptLike | None
    use_caching: bool
    cache: str | os.PathLike[str] | None
    max_cost: float | None
    calibration: str | None
    chat: bool
    on_too_long: str
    progress: bool | None
    descriptions: Mapping[str, str] | None
    classes_: np.ndarray
    model_: object
    _words: LabelWords

    # What each class has of its own

    def _prompt_maker(self, texts: Sequence[str]) -> Make:
        """Return what makes the prompt of a row's number and text, which may be a part of it."""
        raise NotImplementedError

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.target_tags.required = True
        tags.no_validation = False
        return tags

    def _start(self) -> None:
        """Find the model that is asked, and forget what an earlier fit learned."""
        self._language_model = self._find_model()
        foreign = self.model is not None and not is_language_model(self.model)
        self.model_ = self.model if foreign else self._language_model
        self._account = Account()
        self._last: dict[str, list[str | None]] = {"texts": [], "problems": []}

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
            check_cost(self.max_cost)
        if self.cache is not None:
            if not self.use_caching:
                raise ParameterError(
                    "Expected use_caching=True with a cache, got False. Set one of the two."
                )
            AnswerCache(self.cache).info()  # an unusable file is reported before any work
        self._check_model()

    def _texts(self, X: object) -> list[str]:
        check_is_fitted(self, "classes_")
        return check_texts(X, empty="allow")

    # Asking

    def _continuations(self) -> tuple[Continuation, ...]:
        return tuple(Continuation(word, self._words.ends) for word in self._words.words)

    def _query(self) -> Query[Responses, Answers]:
        store = None
        if self.use_caching:
            store = memory_of(self._asked) if self.cache is None else AnswerCache(self.cache)
        given = (self._asked, Scoring(self._continuations()), store, self._account)
        return Query(*given, self.max_cost, self.progress)

    def _ask_and_keep(self, prompts: Sequence[Prompt]) -> Responses:
        said = self._query().ask(prompts)
        self._last |= {"texts": said.texts, "problems": said.problems}
        return said

    def _prompts(self, texts: Sequence[str]) -> list[Prompt]:
        """Return what is asked about texts, cut to the model's context if need be."""
        make = self._prompt_maker(texts)
        if self._asked.context_length is None:
            return [make(row, text) for row, text in enumerate(texts)]
        window = ContextWindow(self._asked, self._continuations(), self.on_too_long)
        return window.fit(texts, make)

    def _check_several(self, n_texts: int) -> None:
        if n_texts < 2:
            raise InputError(
                "Expected several texts to calibrate by, got 1: calibration='batch' compares a "
                "text with the others. Pass more at once, or texts as X in fit."
            )

    def _texts_to_calibrate(self, texts: list[str] | None) -> list[str] | None:
        """Return what a prior is learned from in `fit`: None if nothing is."""
        if self.calibration == "contextual":
            return list(CONTENT_FREE)
        return spread(texts) if self.calibration == "batch" and texts is not None else None

    def estimate(self, X: object) -> Estimate:
        """Return what predicting would take, before anything is asked.

        A local model is loaded and run for a second.

        Parameters
        ----------
        X : array-like of str, shape (n,)

        Returns
        -------
        Estimate
            Calls, tokens, and the number of known answers; seconds from the pace so far
            or the model's own estimate; cost from the model's prices.

        Raises
        ------
        ParameterError
            If the model lacks what :class:`LanguageModel` requires.
        """
        texts = self._texts(X)
        check_language_model(self._asked)
        return self._query().estimate(self._prompts(texts))

    def explain_low_prob(self, X: object, max_tokens: int = 64) -> list[str]:
        """Generate the model's unconstrained answers.

        If labels have little probability, this shows what has it instead. Each call
        asks again; it does not count in `cost_` or against `max_cost`.

        Parameters
        ----------
        X : str or array-like of str, shape (n,)
        max_tokens : int, default=64
            Maximum number of tokens per answer.

        Returns
        -------
        list of str
        """
        sampling = Sampling(max_tokens)
        texts = self._texts([X] if isinstance(X, str) else X)
        written = self._asked.generate(self._prompts(texts), sampling)
        return [one.text for one in sorted(written, key=lambda one: one.row)]

    def clear_model_cache(self) -> None:
        """Clear the model's answers in this process; a cache on disk stays.

        To clear the cache on disk, use :meth:`AnswerCache.clear`.
        """
        if "_language_model" in self.__dict__:
            memory_of(self._language_model).clear()

    @property
    def answers_(self) -> list[str | None]:
        """The model's answers in its own words for the rows of the last prediction."""
        check_is_fitted(self, "classes_")
        return self._last["texts"]

    @property
    def problems_(self) -> list[str | None]:
        """Why rows of the last prediction have no answer: refused by a server, or truncated."""
        check_is_fitted(self, "classes_")
        return self._last["problems"]

    @property
    def cost_(self) -> float:
        """Cost since `fit`, from the model's prices."""
        check_is_fitted(self, "classes_")
        return self._account.cost

    @property
    def tokenizer_(self) -> object:
        """The model's own tokenizer, or the one passed with it; None if it has none."""
        check_is_fitted(self, "classes_")
        own = self.tokenizer is None
        return getattr(self._asked, "tokenizer", None) if own else self.tokenizer

    @property
    def device_(self) -> object:
        """Device of the model."""
        check_is_fitted(self, "classes_")
        return getattr(self.model_, "device", self.device)


def spread(texts: Sequence[str], most: int = MOST_TO_CALIBRATE) -> list[str]:
    """Take texts evenly, so that sorted ones are all there."""
    rows = np.unique(np.linspace(0, len(texts) - 1, min(most, len(texts))).round().astype(int))
    return [texts[row] for row in rows]


def check_choice(value: object, choices: tuple[object, ...], name: str) -> None:
    """Raise ParameterError unless a value is one of the choices."""
    if not (value is None or isinstance(value, str)) or value not in choices:
        raise ParameterError(f"Expected {name} to be one of {list(choices)}, got {value!r:.60}.")
