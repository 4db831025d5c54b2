"""Check parameters, and ask a language model for texts: the base of TextSynthesizer."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sklearn.base import BaseEstimator

from keraswrap._texts import check_texts
from keraswrap._versions import find_version
from keraswrap.exceptions import InputTypeError, ParameterError
from keraswrap.llm._cache import AnswerCache, check_cache, store_of
from keraswrap.llm._model_parameter import NamedModelEstimator
from keraswrap.llm._protocol import LanguageModel
from keraswrap.llm._query import Account, Query, check_cost
from keraswrap.llm._questions import Generation, Texts
from keraswrap.llm._sampling import SEEDS, Generated, Sampling
from keraswrap.synthetic._attributes import Attributes, Holds, check_attributes, check_holds
from keraswrap.synthetic._checks import CustomCheck, check_checks
from keraswrap.synthetic._judge import check_judge
from keraswrap.synthetic._prompts import Writing
from keraswrap.synthetic._training_rows import check_mapping, check_whole
from keraswrap.synthetic._writer import Writer

__all__ = ["ModelAsker"]

_PACKAGES = ("keraswrap", "numpy", "scikit-learn")


class ModelAsker(NamedModelEstimator):
    """Ask a language model for texts, with the parameters of TextSynthesizer."""

    # Parameters
    attributes: Attributes | None
    shots: int
    temperature: float
    random_state: int
    checks: str | Sequence[str | CustomCheck]
    max_cost: float | None
    top_p: float
    max_tokens: int
    max_tries: int
    instruction: str
    descriptions: Mapping[object, str] | None
    holds: Holds | None
    min_words: int | None
    judge: BaseEstimator | None
    chat: bool
    cache: str | os.PathLike[str] | AnswerCache | None
    progress: bool | None
    # What is learned
    model_: LanguageModel
    _language_model: LanguageModel
    _account: Account

    @property
    def cost_(self) -> float:
        """Cost since `fit`, from the model's prices."""
        return self._account.cost

    def _check(self) -> None:
        for name, least in (("shots", 0), ("random_state", 0), ("max_tokens", 1), ("max_tries", 1)):
            check_whole(name, getattr(self, name), least)
        if self.random_state >= SEEDS:
            raise ParameterError(f"Expected random_state below 2**32, got {self.random_state}.")
        if self.min_words is not None:
            check_whole("min_words", self.min_words, 0)
        for name, values in (("chat", (True, False)), ("progress", (None, True, False))):
            if getattr(self, name) not in values:
                raise ParameterError(f"Expected {name} as a bool, got {getattr(self, name)!r:.60}.")
        if self.max_cost is not None:
            check_cost(self.max_cost)
        check_holds(self.holds, check_attributes(self.attributes))
        check_checks(self.checks)
        check_judge(self.judge)
        check_mapping("descriptions", self.descriptions)
        self._check_words()
        self._sampling()
        check_cache(self.cache)  # an unusable file is reported before any work

    def _check_words(self) -> None:
        if not isinstance(self.instruction, str):
            raise InputTypeError(f"Expected instruction as a text, got {self.instruction!r:.60}.")
        Writing.read(self.instruction, "", chat=bool(self.chat))
        if self.descriptions:
            check_texts(list(self.descriptions.values()))
            if "{label}" not in self.instruction:
                raise ParameterError(
                    "Expected {label} in instruction, which descriptions stand for, got "
                    f"{self.instruction!r:.100}."
                )

    def _start(self) -> None:
        """Find the model, and forget what was spent."""
        self._language_model = self._find_model()
        self.model_, self._account = self._language_model, Account()

    def _sampling(self) -> Sampling:
        return Sampling(self.max_tokens, self.temperature, self.top_p, seed=int(self.random_state))

    def _query(self, sampling: Sampling) -> Query[Texts, list[Generated]]:
        store = store_of(self.cache, self._asked)
        question = Generation(sampling)
        return Query(self._asked, question, store, self._account, self.max_cost, self.progress)

    def _writer(self, stop: tuple[str, ...]) -> Writer:
        return Writer(self._query, replace(self._sampling(), stop=stop))

    def _provenance(self) -> dict[str, object]:
        params = self.get_params(deep=False)
        return {
            "seed": int(self.random_state),
            "versions": {name: find_version(name) for name in _PACKAGES},
            "settings": {name: _plain(value) for name, value in params.items() if name != "model"},
            "model": self._asked.fingerprint,
            "cost": self.cost_,
            "tokens": [self._account.tokens_in, self._account.tokens_out],
        }


def _plain(value: object) -> object:
    """Return a value as JSON can hold it; others by their repr."""
    try:
        return json.loads(json.dumps(value))
    except (TypeError, ValueError):
        return repr(value)[:200]
