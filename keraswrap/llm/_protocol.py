"""The protocol of language models: what they are asked, what they answer, what one must have."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, TypeGuard, runtime_checkable

import numpy as np

from keraswrap.exceptions import ParameterError
from keraswrap.llm._sampling import Generated, Sampling

__all__ = ["Answers", "Continuation", "LanguageModel", "Message", "Piece", "Prompt"]


class Piece(NamedTuple):
    """A part of a prompt.

    Parameters
    ----------
    text : str
    trusted : bool, default=True
        Whether control tokens in it are control tokens. In the text of a row they are
        encoded as plain text.
    """

    text: str
    trusted: bool = True


class Message(NamedTuple):
    """A message of one side of a chat.

    Parameters
    ----------
    role : {"system", "user", "assistant"}
    pieces : tuple of Piece
    """

    role: str
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """The text of all pieces."""
        return "".join(piece.text for piece in self.pieces)


class Prompt(NamedTuple):
    """The text before the label.

    Parameters
    ----------
    messages : tuple of Message
        If `chat` is False, a single message whose role does not matter.
    chat : bool, default=False
        Whether to apply the model's chat template to the messages, up to the
        assistant's turn.

    Examples
    --------
    >>> prompt = Prompt((Message("user", (Piece("Review: "), Piece("Superb!", trusted=False))),))
    >>> prompt.text
    'Review: Superb!'
    """

    messages: tuple[Message, ...]
    chat: bool = False

    @property
    def text(self) -> str:
        """The text of all messages, one per line."""
        return "\n".join(message.text for message in self.messages)


class Continuation(NamedTuple):
    """A text that may follow a prompt.

    Parameters
    ----------
    text : str
        Encoded as plain text: no token is added before or after it.
    ends : bool, default=False
        Whether the answer must end after it. This distinguishes a label from another
        one that begins with it.
    """

    text: str
    ends: bool = False


@dataclass(frozen=True, eq=False)
class Answers:
    """A model's answers to some prompts.

    Parameters
    ----------
    rows : ndarray of shape (r,), int
        Indices of the prompts.
    log_probs : ndarray of shape (r, m)
        Natural log-probability of each continuation. NaN if the model gives none; in a
        row with other values, only if it is no likelier than the likeliest of them.
    texts : list of str or None
        The answer in the model's own words, if it generates text; None if it only
        scores. A classifier does not count a text that does not begin with a label as
        an answer, whatever `log_probs` says.
    n_tokens : tuple of int
        Tokens read and generated for all these prompts, as the model counts them.
    upper : ndarray of shape (r, m), optional
        Upper bound of the log-probability of a continuation whose `log_probs` is NaN.
        Without it, nothing beyond `log_probs` is known.
    problems : list of str or None
        What was wrong with the answer: that it was truncated. None if nothing was.
    """

    rows: np.ndarray
    log_probs: np.ndarray
    texts: list[str | None] = field(default_factory=list)
    n_tokens: tuple[int, int] = (0, 0)
    upper: np.ndarray | None = None
    problems: list[str | None] = field(default_factory=list)


@runtime_checkable
class LanguageModel(Protocol):
    """A model that scores how likely each continuation of a text is.

    A live model is shared, never copied, and a pickle of it should hold where its
    weights come from instead of the weights.

    Attributes
    ----------
    fingerprint : str
        The same for models that answer the same; caches go by it.
    context_length : int or None
        Maximum number of tokens of a prompt with its continuation; None if unknown.
    prices : tuple of float
        Price of a million tokens read, and of a million generated. (0, 0) if running
        the model costs only time.

    Notes
    -----
    All attributes and methods listed here are required: a model without one of them
    is refused when a classifier is fitted. Five more methods are optional.

    ``count_work(prompts, continuations)`` returns the tokens read for each prompt, an
    array of shape (n,), and the tokens written for any prompt, at most. Without it,
    the tokens of the prompt and of all continuations count as read, and none as
    written.

    ``expect_seconds(prompts, continuations)`` returns how many seconds scoring will
    take, or None. Without it, the time is unknown.

    ``score_families(families)`` yields answers to several questions about each text, as
    :class:`LanguageModelFeatures` asks them; a model that has it runs what they share
    once. A family is a list of prompts, each with its continuations; rows count the
    prompts of all families, and columns beyond a prompt's own are NaN. Without it, one
    question after another is scored. ``expect_families(families)`` returns how many
    seconds that will take.

    ``most_tries(sampling)`` returns how often generating may ask about a prompt, at
    most. Without it, once.
    """

    fingerprint: str
    context_length: int | None
    prices: tuple[float, float]

    def count_tokens(self, prompts: Sequence[Prompt]) -> np.ndarray:
        """Count the tokens of each prompt, including those that the model adds.

        Parameters
        ----------
        prompts : sequence of Prompt

        Returns
        -------
        ndarray of shape (n,), int
        """

    def count_continuations(self, continuations: Sequence[Continuation]) -> np.ndarray:
        """Count the tokens of each continuation, without the end token.

        Parameters
        ----------
        continuations : sequence of Continuation

        Returns
        -------
        ndarray of shape (m,), int
        """

    def score(
        self, prompts: Sequence[Prompt], continuations: Sequence[Continuation]
    ) -> Iterator[Answers]:
        """Yield how likely each continuation is after each prompt.

        Parameters
        ----------
        prompts : sequence of Prompt
        continuations : sequence of Continuation

        Yields
        ------
        Answers
            In any order, each row once. What was yielded is complete and may be
            kept, even if an error follows.
        """

    def generate(self, prompts: Sequence[Prompt], sampling: Sampling) -> Iterator[Generated]:
        """Yield what the model writes after each prompt.

        Parameters
        ----------
        prompts : sequence of Prompt
        sampling : Sampling
            The same prompt and sampling should give the same text, whatever else is
            asked.

        Yields
        ------
        Generated
            In any order, each row once. What was yielded is complete and may be kept,
            even if an error follows.
        """


_ATTRIBUTES = tuple(LanguageModel.__annotations__)
_METHODS = ("count_tokens", "count_continuations", "score", "generate")
# Packages whose nets have some methods of these names; their nets are wrapped.
_WRAPPED = {"keras_hub", "transformers"}


def is_language_model(model: object) -> TypeGuard[LanguageModel]:
    """Return whether a model is meant as a :class:`LanguageModel`, complete or not."""
    packages = {kind.__module__.partition(".")[0] for kind in type(model).__mro__}
    return not packages & _WRAPPED and len(_lacking_methods(model)) < len(_METHODS)


def check_language_model(model: object) -> None:
    """Raise ParameterError if a model lacks what :class:`LanguageModel` requires.

    Attributes are looked up without evaluating them: a fingerprint may take reading
    a file.
    """
    lacking = _lacking_methods(model)
    if not hasattr(type(model), "__getattr__"):  # which may return any attribute
        here = inspect.getattr_static
        lacking = [n for n in _ATTRIBUTES if here(model, n, model) is model] + lacking
    if lacking:
        raise ParameterError(
            f"Expected a language model with {', '.join((*_ATTRIBUTES, *_METHODS))}, got a "
            f"{type(model).__name__} without {', '.join(lacking)}. See LanguageModel."
        )


def _lacking_methods(model: object) -> list[str]:
    return [name for name in _METHODS if not callable(getattr(type(model), name, None))]


def count_work(
    model: LanguageModel, prompts: Sequence[Prompt], continuations: Sequence[Continuation]
) -> tuple[np.ndarray, int]:
    """Count the tokens that scoring takes, as the model does, or by those of each part.

    Returns
    -------
    read : ndarray of shape (n,), int
        For each prompt.
    written : int
        For any prompt, at most.
    """
    own = getattr(model, "count_work", None)
    if own is not None:
        read, written = own(prompts, continuations)
        return np.asarray(read), int(written)
    together = int(np.sum(model.count_continuations(continuations)))
    return np.asarray(model.count_tokens(prompts)) + together, 0


def expect_seconds(
    model: LanguageModel, prompts: Sequence[Prompt], continuations: Sequence[Continuation]
) -> float | None:
    """Return how many seconds scoring takes, if the model can estimate it."""
    own = getattr(model, "expect_seconds", None)
    return None if own is None else own(prompts, continuations)


def count_writing(
    model: LanguageModel, prompts: Sequence[Prompt], sampling: Sampling
) -> tuple[np.ndarray, int]:
    """Count the tokens that generating takes, at most.

    Returns
    -------
    read : ndarray of shape (n,), int
        For each prompt.
    written : int
        For any prompt.
    """
    own = getattr(model, "most_tries", None)
    tries = 1 if own is None else int(own(sampling))
    return np.asarray(model.count_tokens(prompts)) * tries, sampling.max_tokens * tries
