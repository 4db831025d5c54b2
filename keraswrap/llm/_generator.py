"""Texts from a language model: each prompt is asked once, and within a budget."""

from __future__ import annotations

import os
from collections.abc import Sequence

from keraswrap._texts import check_texts
from keraswrap.exceptions import InputTypeError, ParameterError
from keraswrap.llm._cache import AnswerCache, check_cache, store_of
from keraswrap.llm._protocol import (
    LanguageModel,
    Message,
    Piece,
    Prompt,
    check_language_model,
    is_language_model,
)
from keraswrap.llm._query import Account, Estimate, Query, check_cost
from keraswrap.llm._questions import Generation, Texts
from keraswrap.llm._sampling import Generated, Sampling

__all__ = ["TextGenerator"]


class TextGenerator:
    """Let a language model write after prompts, and keep what it wrote.

    The same prompt is asked once, here and after a restart, as long as the model and
    `sampling` are the same.

    Parameters
    ----------
    model : LanguageModel
        See :func:`~keraswrap.llm.load_model` for one by its name.
    sampling : Sampling, default=Sampling()
    cache : str, path or AnswerCache, optional
        A file of answers, which classifiers may share; by default this process keeps
        them as long as the model lives.
    max_cost : float, optional
        What all calls together may cost, by the model's prices.
    progress : bool, optional
        Whether to show a progress bar; by default on a terminal.

    Attributes
    ----------
    account : Account
        Calls, tokens, seconds and cost so far.

    Raises
    ------
    InputTypeError
        If `model`, `sampling` or `cache` has another type.
    ParameterError
        If `model` lacks what :class:`LanguageModel` requires, or another parameter has
        an invalid value.
    SavedFileError, StorageError
        If the cache cannot be used.

    Notes
    -----
    What was cut, or does not have the form of the schema, is kept like other answers:
    to have it written anew, use another `seed` or more tokens. A prompt that a server
    refuses is asked again in each call.

    Examples
    --------
    >>> from keraswrap.llm import FakeLM, Sampling, TextGenerator
    >>> model = FakeLM(says=lambda prompt: prompt.upper())
    >>> writer = TextGenerator(model, Sampling(max_tokens=2))
    >>> for one in writer.generate(["so it goes", "well", "well"]):
    ...     print(one.row, one.text, one.finish_reason)
    0 SO IT length
    1 WELL stop
    2 WELL stop
    >>> writer.account.calls
    2
    """

    def __init__(
        self,
        model: LanguageModel,
        sampling: Sampling = Sampling(),  # noqa: B008 - it is frozen
        cache: str | os.PathLike[str] | AnswerCache | None = None,
        max_cost: float | None = None,
        progress: bool | None = None,
    ) -> None:
        if not is_language_model(model):
            raise InputTypeError(
                f"Expected model to be a LanguageModel, got {type(model).__name__}. Get one with "
                "keraswrap.llm.load_model."
            )
        check_language_model(model)
        if not isinstance(sampling, Sampling):
            raise InputTypeError(f"Expected sampling as a Sampling, got {sampling!r:.60}.")
        if max_cost is not None:
            check_cost(max_cost)
        if progress not in (None, True, False):
            raise ParameterError(f"Expected progress as a bool or None, got {progress!r:.60}.")
        self.model, self.sampling, self.cache = model, sampling, cache
        self.max_cost, self.progress = max_cost, progress
        self.account = Account()
        check_cache(cache)  # an unusable file is reported before any work
        self._store = store_of(cache, model)

    def generate(self, prompts: Sequence[Prompt | str]) -> list[Generated]:
        """Return what the model writes after each prompt.

        Parameters
        ----------
        prompts : sequence of Prompt or str
            A str is a prompt that is not a chat; control tokens in it are letters.

        Returns
        -------
        list of Generated
            One for each prompt, in their order. Only if its `finish_reason` is "stop",
            it is a whole answer. `n_tokens` is what was once spent on it.

        Raises
        ------
        InputTypeError, InputError
            If a prompt is neither a Prompt nor a valid str, or has no room in the
            model's context.
        BudgetError
            If the next prompts would pass `max_cost`. What was answered is kept, here
            as after every other error.
        EndpointError
            If the model leaves prompts without an answer. A RefusedError if a server
            refuses all; if it answers some, those refused have "refused" as their
            `finish_reason`.
        """
        return [one for one in self._query().ask(_read(prompts)).found if one is not None]

    def estimate(self, prompts: Sequence[Prompt | str]) -> Estimate:
        """Return what :meth:`generate` would take, before anything is asked.

        Parameters
        ----------
        prompts : sequence of Prompt or str

        Returns
        -------
        Estimate
            Tokens and cost are upper bounds: an answer may end early. Seconds come from
            the pace so far.
        """
        return self._query().estimate(_read(prompts))

    @property
    def cost_(self) -> float:
        """Cost so far, from the model's prices."""
        return self.account.cost

    def _query(self) -> Query[Texts, list[Generated]]:
        question = Generation(self.sampling)
        return Query(self.model, question, self._store, self.account, self.max_cost, self.progress)


def _read(prompts: Sequence[Prompt | str]) -> list[Prompt]:
    if isinstance(prompts, str | Prompt):
        raise InputTypeError(
            f"Expected a list of prompts, got {prompts!r:.60}. Put it into a list."
        )
    given = list(prompts)
    for n, each in enumerate(given):
        if not isinstance(each, Prompt | str):
            raise InputTypeError(
                f"Expected a prompt as a text or a Prompt, got {each!r:.60} in row {n}."
            )
    if given:
        check_texts([each if isinstance(each, str) else each.text for each in given], empty="allow")
    return [each if isinstance(each, Prompt) else as_prompt(each) for each in given]


def as_prompt(text: str) -> Prompt:
    """Return a text as a prompt that is not a chat, without control tokens.

    Examples
    --------
    >>> as_prompt("Once upon a time").text
    'Once upon a time'
    """
    return Prompt((Message("user", (Piece(text, trusted=False),)),))
