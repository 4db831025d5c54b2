"""Check, learn and ask questions about texts: the base of LanguageModelFeatures."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Self

import numpy as np

from keraswrap._data import check_order
from keraswrap._texts import check_optional_texts, column_of
from keraswrap.exceptions import ParameterError
from keraswrap.llm._answers import CALIBRATIONS
from keraswrap.llm._cache import AnswerCache, check_cache, store_of
from keraswrap.llm._classifier import CONTENT_FREE, check_choice, spread
from keraswrap.llm._context_window import CHOICES
from keraswrap.llm._examples import generator_of
from keraswrap.llm._model_parameter import NamedModelEstimator
from keraswrap.llm._prompts import PromptLike, Template
from keraswrap.llm._protocol import (
    Answers,
    LanguageModel,
    Prompt,
)
from keraswrap.llm._query import Account, Query, check_cost
from keraswrap.llm._responses import Responses
from keraswrap.llm.features._answered import Answered, answered_to, learn_priors, shares
from keraswrap.llm.features._examples import LabelledTexts, Shown, check_cv
from keraswrap.llm.features._prompts import Questionnaire, read_prompt
from keraswrap.llm.features._question import Question, check_questions

__all__ = ["OUTPUTS", "QuestionAsker"]

OUTPUTS = ("expected", "probabilities")
EXAMPLES = (None, "few_shot")


class QuestionAsker(NamedModelEstimator):
    """Ask a language model questions about texts."""

    # Parameters
    questions: Sequence[Question]
    output: str
    calibration: str | None
    examples: str | None
    n_examples: int
    cv: int
    random_state: int | np.random.RandomState | None
    prompt: PromptLike | None
    chat: bool
    cache: str | os.PathLike[str] | AnswerCache | None
    max_cost: float | None
    on_too_long: str
    progress: bool | None
    # What is learned
    questions_: list[Question]
    model_: LanguageModel
    priors_: dict[str, np.ndarray] | None
    examples_: list[tuple[str, str]]
    _language_model: LanguageModel
    _account: Account
    _template: Template
    _column: str | None
    _shown: Shown
    _priors: list[np.ndarray] | None

    # What is checked and learned

    def _unfitted(self, X: object) -> Self:
        """Return a copy that can ask, but has learned nothing."""
        made = type(self)(**self.get_params(deep=False))
        made._start(X, None)
        made._shown = ()
        return made

    def _start(self, X: object, y: object) -> list[str | None]:
        """Check everything, and forget what an earlier fit learned."""
        questions = self._check_params()
        check_order({"X": X, "y": y} if self.examples else {"X": X})
        texts = check_optional_texts(X)
        self._template = read_prompt(
            self.prompt, chat=self.chat, few_shot=self.examples is not None
        )
        self._language_model = self._find_model()
        self._account = Account()
        self._column, self.n_features_in_ = column_of(X), 1
        self.questions_, self.model_ = questions, self._language_model
        return texts

    def _check_params(self) -> list[Question]:
        for name, choices in (
            ("output", OUTPUTS),
            ("calibration", CALIBRATIONS),
            ("examples", EXAMPLES),
            ("on_too_long", CHOICES),
        ):
            check_choice(getattr(self, name), choices, name)
        if not isinstance(self.chat, bool | np.bool_):
            raise ParameterError(f"Expected chat as a bool, got {self.chat!r:.60}.")
        if self.progress not in (None, True, False):
            raise ParameterError(f"Expected progress as a bool or None, got {self.progress!r:.60}.")
        if self.max_cost is not None:
            check_cost(self.max_cost)
        check_cv(self.cv, self.n_examples)
        check_cache(self.cache)  # an unusable file is reported before any work
        return check_questions(self.questions)

    @property
    def _asked(self) -> LanguageModel:
        if "_language_model" not in self.__dict__:  # unpickled
            self._language_model = self._find_model()
        return self._language_model

    def _learn(self, texts: list[str | None], y: object) -> LabelledTexts | None:
        """Draw examples and learn priors; return the rows that examples come from, if any."""
        labelled = None
        self._shown = ()
        if self.examples:
            random = generator_of(self.random_state)
            labelled = LabelledTexts.read(texts, y, int(self.n_examples), random)
            self._shown = labelled.draw(int(self.n_examples), np.arange(len(texts)))
        self.examples_ = list(self._shown)
        self._priors = self._learn_priors(texts, self._shown)
        names = [question.name for question in self.questions_]
        self.priors_ = dict(zip(names, self._priors, strict=True)) if self._priors else None
        return labelled

    def _learn_priors(self, texts: list[str | None], shown: Shown) -> list[np.ndarray] | None:
        """Learn the model's preferences among answers, whatever the text."""
        if self.calibration is None:
            return None
        some: list[str | None] = list(CONTENT_FREE)
        if self.calibration == "batch":
            examples = {text for text, _ in shown}
            known = [text for text in dict.fromkeys(texts) if text is not None]
            others = [text for text in known if text not in examples]
            some = list(spread(others if len(others) > 1 else known)) if known else [None]
        return learn_priors(self._ask(some, shown))

    # What is asked

    def _out_of_fold(self, labelled: LabelledTexts) -> tuple[np.ndarray, list[Answered]]:
        """Ask about each fold with examples from the others."""
        n = len(labelled.texts)
        answered = [Answered.unknown(n, len(one.answers)) for one in self.questions_]
        width = sum(len(one.columns(self.output)) for one in self.questions_)
        numbers = np.full((n, width), np.nan)
        for others, own in labelled.folds(int(self.cv)):
            shown = labelled.draw(int(self.n_examples), others)
            texts = [labelled.texts[row] for row in own]
            priors = self._learn_priors(texts, shown)
            numbers[own], some = self._look(texts, shown, priors)
            for whole, part in zip(answered, some, strict=True):
                whole.put(own.tolist(), part)
        return numbers, answered

    def _look(
        self, texts: list[str | None], shown: Shown, priors: list[np.ndarray] | None
    ) -> tuple[np.ndarray, list[Answered]]:
        """Return the columns for texts, and the answers about them."""
        answered = self._ask(texts, shown)
        columns = [
            question.numbers(shares(answered[n], priors[n] if priors else None), self.output)
            for n, question in enumerate(self.questions_)
        ]
        return np.hstack(columns), answered

    def _ask(self, texts: Sequence[str | None], shown: Shown) -> list[Answered]:
        """Ask all questions about texts; nothing about those that are missing."""
        rows = [row for row, text in enumerate(texts) if text is not None]
        found = [Answered.unknown(len(texts), len(one.answers)) for one in self.questions_]
        if rows:
            said = self._respond([texts[row] or "" for row in rows], shown)
            for whole, part in zip(found, answered_to(self.questions_, said), strict=True):
                whole.put(rows, part)
        return found

    def _respond(self, texts: list[str], shown: Shown) -> Responses:
        asking = self._questionnaire(shown)
        prompts = asking.prompts(texts, self._asked, self.on_too_long)
        return self._query(asking, prompts).ask(prompts)

    def _questionnaire(self, shown: Shown) -> Questionnaire:
        return Questionnaire(tuple(self.questions_), self._template, shown)

    def _query(self, asking: Questionnaire, prompts: list[Prompt]) -> Query[Responses, Answers]:
        store = store_of(self.cache, self._asked)
        survey = asking.survey(prompts)
        return Query(self._asked, survey, store, self._account, self.max_cost, self.progress)
