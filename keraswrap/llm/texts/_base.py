"""The base of transformers that let a language model write: one column in, named columns out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Self

import numpy as np
from sklearn.base import TransformerMixin
from sklearn.utils._set_output import _get_output_config

from keraswrap._texts import check_optional_texts, column_of
from keraswrap.exceptions import BudgetError, ParameterError, warn_user
from keraswrap.llm._cache import AnswerCache, check_cache, store_of
from keraswrap.llm._model_parameter import LiveModelEstimator
from keraswrap.llm._protocol import Prompt
from keraswrap.llm._query import Account, Estimate, Query, check_cost
from keraswrap.llm._questions import Generation, Texts
from keraswrap.llm._sampling import SEEDS, Generated
from keraswrap.llm.texts._columns import Column, make_table
from keraswrap.llm.texts._parts import Part, split_text
from keraswrap.llm.texts._task import Row, Task, limits_of

if TYPE_CHECKING:
    from sklearn.utils import Tags

__all__ = ["TextTransformer", "check_whole"]

_ON_BUDGET = ("raise", "skip")
_MISSING = "missing: there is no text"


class TextTransformer(TransformerMixin, LiveModelEstimator):
    """Base of the transformers that let a language model write."""

    # Parameters of all classes; each class stores its own.
    chat: bool
    max_tokens: int | None
    temperature: float
    random_state: int
    part_words: int | None
    max_parts: int
    cache: str | os.PathLike[str] | AnswerCache | None
    max_cost: float | None
    on_budget: str
    progress: bool | None
    # Tells skrub to pass one column at a time.
    __single_column_transformer__ = True
    _column: str | None = None

    # What each class has of its own

    def _task(self) -> Task:
        """Return what is asked about each text, or raise if a parameter is invalid."""
        raise NotImplementedError

    def _columns(self, column: str | None) -> list[Column]:
        """Return the output columns for a text column of this name."""
        raise NotImplementedError

    # scikit-learn

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.requires_fit = False
        tags.transformer_tags.preserves_dtype = []
        return tags

    def fit(self, X: object = None, y: object = None) -> Self:
        """Check parameters, model, cache and texts; nothing is learned, and nothing asked.

        Parameters
        ----------
        X : array-like of str, shape (n,), optional
            A column: None, NaN and blank texts in it are missing.
        y : ignored

        Returns
        -------
        self

        Raises
        ------
        InputTypeError, InputError, ParameterError
            If a parameter or X cannot be used.
        SavedFileError, StorageError
            If the cache cannot be used.
        """
        self._check()
        if X is not None:
            check_optional_texts(X)
        self._language_model = self._find_model()
        self._account = Account()
        self._rows: list[Row] = []
        self._n_parts: list[int] = []
        self._column = column_of(X)
        return self

    def transform(self, X: object) -> np.ndarray:
        """Ask the model about each text, and return the columns.

        Parameters
        ----------
        X : array-like of str, shape (n,)
            A column: a list, a Series, a frame or an array with one column.

        Returns
        -------
        ndarray of shape (n, k)
            Of floats if all columns are numbers, else of objects; or a frame, after
            `set_output`. None, or NaN in a column of numbers, where there is no value:
            `problems_` says why.

        Raises
        ------
        InputTypeError, InputError, ParameterError
            If X or a parameter cannot be used.
        BudgetError
            If the next texts would exceed `max_cost`, and `on_budget` is "raise". Answers
            so far are kept, as after every other error.
        EndpointError
            If a server leaves texts without an answer; RefusedError if it refuses all of
            them.
        SavedFileError, StorageError
            If the cache cannot be used.

        Warns
        -----
        UserWarning
            If texts are split, or not asked about because of `max_cost`.
        """
        task = self._check()
        parts = self._split(task, check_optional_texts(X))
        self._tell_split(parts)
        self._rows = self._answer(task, parts)
        self._n_parts = [0 if each is None else len(each) for each in parts]
        self._tell_budget()
        columns = self._columns(self._column)
        container = _get_output_config("transform", self)["dense"]
        rows = [row.values or [None] * len(columns) for row in self._rows]
        return make_table(rows, columns, container, X)  # type: ignore[return-value]

    def get_feature_names_out(self, input_features: Iterable[str] | None = None) -> np.ndarray:
        """Return the names of the columns.

        Parameters
        ----------
        input_features : array-like of one str, optional
            Name of the column of texts; by default that of the Series or DataFrame
            passed to `fit`.

        Returns
        -------
        ndarray of str (object), shape (k,)
        """
        names = [self._column] if input_features is None else list(input_features)
        column = str(names[0]) if len(names) == 1 and names[0] is not None else None
        return np.array([each.name for each in self._columns(column)], dtype=object)

    def estimate(self, X: object) -> Estimate:
        """Estimate the calls, tokens and cost of :meth:`transform`, before anything is asked.

        Parameters
        ----------
        X : array-like of str, shape (n,)

        Returns
        -------
        Estimate
            For the texts that are not answered yet. Tokens and cost are upper bounds.
        """
        task = self._check()
        return self._estimate(task, self._split(task, check_optional_texts(X)))

    @property
    def problems_(self) -> list[str | None]:
        """Why values of the last rows are missing; None where nothing went wrong."""
        return [row.problem for row in self.__dict__.get("_rows", [])]

    @property
    def n_parts_(self) -> list[int]:
        """Number of parts in which each of the last texts was asked about; 0 if it was not."""
        parts: list[int] = self.__dict__.get("_n_parts", [])
        return parts

    @property
    def cost_(self) -> float:
        """Cost since `fit`, from the model's prices."""
        return self._books.cost

    # What is checked before anything is asked

    def _check(self) -> Task:
        self._check_model()
        if self.on_budget not in _ON_BUDGET:
            raise ParameterError(
                f"Expected on_budget to be one of {list(_ON_BUDGET)}, got {self.on_budget!r:.60}."
            )
        for name, least in (("max_parts", 1), ("part_words", 1), ("max_tokens", 1)):
            check_whole(name, getattr(self, name), least, optional=name != "max_parts")
        check_whole("random_state", self.random_state, 0)
        if self.random_state >= SEEDS:
            raise ParameterError(f"Expected random_state below 2**32, got {self.random_state}.")
        for name, values in (("chat", (True, False)), ("progress", (None, True, False))):
            if getattr(self, name) not in values:
                raise ParameterError(f"Expected {name} as a bool, got {getattr(self, name)!r:.60}.")
        if self.max_cost is not None:
            check_cost(self.max_cost)
        task = self._task()
        check_cache(self.cache)  # an unusable file is reported before any work
        return task

    # Asking

    @property
    def _books(self) -> Account:
        if "_account" not in self.__dict__:  # transformed without a fit
            self._account = Account()
        return self._account

    def _query(self, task: Task) -> Query[Texts, list[Generated]]:
        store = store_of(self.cache, self._asked)
        question = Generation(task.sampling)
        return Query(self._asked, question, store, self._books, self.max_cost, self.progress)

    def _written(self, task: Task, prompts: Sequence[Prompt]) -> list[Generated | None]:
        """Return what the model writes; None for texts after the end of the budget."""
        query = self._query(task)
        try:
            return query.ask(prompts).found
        except BudgetError:
            if self.on_budget == "raise":
                raise
            return query.recall(prompts).found

    def _answer(self, task: Task, parts: Sequence[list[Part] | None]) -> list[Row]:
        """Return a row for each text, from the answers about its parts."""
        written = iter(self._written(task, _prompts(task, parts)))
        return [self._row(task, each, [next(written) for _ in each or ()]) for each in parts]

    def _estimate(self, task: Task, parts: Sequence[list[Part] | None]) -> Estimate:
        return self._query(task).estimate(_prompts(task, parts))

    def _row(
        self, task: Task, parts: list[Part] | None, written: Sequence[Generated | None]
    ) -> Row:
        if parts is None:
            return Row((), f"too long: it takes more than max_parts={self.max_parts} parts")
        return task.merge(parts, written) if parts else Row((), _MISSING)

    def _split(self, task: Task, texts: Sequence[str | None]) -> list[list[Part] | None]:
        """Return the parts of each text: none if it is missing, None if there would be too many."""
        limits = limits_of(self._asked, task, self.part_words)
        return [split_text(text, limits, self.max_parts) if text else [] for text in texts]

    def _tell_split(self, parts: Sequence[list[Part] | None]) -> None:
        split = [row for row, each in enumerate(parts) if each is not None and len(each) > 1]
        if split:
            warn_user(
                f"Split {len(split)} of {len(parts)} texts at sentences, first in row {split[0]}: "
                "they exceed part_words or the model's context. Each part is asked about by "
                "itself, and the answers are merged; n_parts_ says how many parts there are."
            )

    def _tell_budget(self) -> None:
        left = sum((problem or "").startswith("budget: ") for problem in self.problems_)
        if left:
            warn_user(
                f"{left} of {len(self._rows)} rows were not asked about: max_cost={self.max_cost:g}"
                f" is reached, with {self.cost_:.6g} spent. The answers are kept: with a larger "
                "max_cost only the rest is asked."
            )


def _prompts(task: Task, parts: Sequence[list[Part] | None]) -> list[Prompt]:
    return [task.prompt(part.text) for each in parts for part in each or ()]


def check_whole(name: str, value: object, least: int, *, optional: bool = False) -> None:
    """Raise ParameterError unless a value is a whole number, or may be None."""
    if optional and value is None:
        return
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or value < least:  # type: ignore[operator]
        raise ParameterError(
            f"Expected {name} as a whole number of at least {least}, got {value!r:.60}."
        )
