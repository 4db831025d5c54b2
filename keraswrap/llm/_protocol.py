"""The protocol of language models: what they are asked, what they answer, what one must have."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, TypeGuard, runtime_checkable

import numpy as np

from keraswrap.exceptions import ParameterError

__all__ = ["Answers", "Continuation", "LanguageModel", "Message", "Piece", "Prompt"]


class Piece(NamedTuple):
    """A part of a prompt.

    Parameters
    ----------
    text : str
    trusted : bool, default=True
        Whether control tokens in it mean what they say. Those in the text of a
        row are text: they are encoded by their letters.
    """

    text: str
    trusted: bool = True


class Message(NamedTuple):
    """What one side says.

    Parameters
    ----------
    role : {"system", "user", "assistant"}
    pieces : tuple of Piece
    """

    role: str
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """All that is said."""
        return "".join(piece.text for piece in self.pieces)


class Prompt(NamedTuple):
    """What comes before the label.

    Parameters
    ----------
    messages : tuple of Message
        If `chat` is False, a single one, whose role does not matter.
    chat : bool, default=False
        Whether the model's chat template goes around the messages, up to where
        the assistant answers.

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
        """All that is said, a line apart."""
        return "\n".join(message.text for message in self.messages)


class Continuation(NamedTuple):
    """What may follow a prompt.

    Parameters
    ----------
    text : str
        Encoded by its letters alone: no token is added before or after it.
    ends : bool, default=False
        Whether the answer has to end after it. It tells a label from another one
        that begins with it.
    """

    text: str
    ends: bool = False


@dataclass(frozen=True, eq=False)
class Answers:
    """What a model says of some prompts.

    Parameters
    ----------
    rows : ndarray of shape (r,), int
        Which of the prompts.
    log_probs : ndarray of shape (r, m)
        Of each continuation, natural logarithm; NaN where the model does not say,
        in a row with others only if it is no likelier than the likeliest of them.
    texts : list of str or None
        What was answered in the model's own words, where it speaks freely;
        None where it only scores. One that begins with no label is no answer to a
        classifier, whatever `log_probs` has.
    n_tokens : tuple of int
        Tokens read and tokens written, of all these prompts, as the model counts them.
    upper : ndarray of shape (r, m), optional
        What a continuation can have at most where `log_probs` is NaN: its natural
        logarithm. Without it nothing is known but what `log_probs` says.
    problems : list of str or None
        What was wrong with the answer: that it was cut. None where nothing was.
    """

    rows: np.ndarray
    log_probs: np.ndarray
    texts: list[str | None] = field(default_factory=list)
    n_tokens: tuple[int, int] = (0, 0)
    upper: np.ndarray | None = None
    problems: list[str | None] = field(default_factory=list)


@runtime_checkable
class LanguageModel(Protocol):
    """A model that says how likely a text goes on in this way or that.

    A live model is shared, never copied, and a pickle of it should hold where its
    weights come from instead of the weights.

    Attributes
    ----------
    fingerprint : str
        The same for models that answer the same; caches go by it.
    context_length : int or None
        Tokens that a prompt and its continuation may have together; None if unknown.
    prices : tuple of float
        What a million tokens read, and a million written, cost. (0, 0) where
        running it costs time alone.

    Notes
    -----
    All attributes and methods listed here are required: a model without one of them
    is refused when a classifier is fitted. Two more methods are optional.

    ``count_work(prompts, continuations)`` returns the tokens read for each prompt, an
    array of shape (n,), and the tokens written for any prompt, at most. Without it,
    the tokens of the prompt and of all continuations count as read, and none as
    written.

    ``expect_seconds(prompts, continuations)`` returns how many seconds scoring will
    take, or None. Without it nobody knows.
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
        """Count the tokens of each continuation, without the one that ends it.

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

    def generate(self, prompts: Sequence[Prompt], max_tokens: int = 64) -> list[str]:
        """Let the model go on freely, always with the likeliest token.

        Parameters
        ----------
        prompts : sequence of Prompt
        max_tokens : int, default=64

        Returns
        -------
        list of str
            Without control tokens.
        """


_ATTRIBUTES = tuple(LanguageModel.__annotations__)
_METHODS = ("count_tokens", "count_continuations", "score", "generate")
# Nets of these have some methods of such names, and are wrapped.
_WRAPPED = {"keras_hub", "transformers"}


def is_language_model(model: object) -> TypeGuard[LanguageModel]:
    """Tell whether a model is meant as a :class:`LanguageModel`, complete or not."""
    packages = {kind.__module__.partition(".")[0] for kind in type(model).__mro__}
    return not packages & _WRAPPED and len(_lacking_methods(model)) < len(_METHODS)


def check_language_model(model: object) -> None:
    """Raise ParameterError if a model lacks what :class:`LanguageModel` requires.

    Attributes are looked up without evaluating them: a fingerprint may take reading
    a file.
    """
    lacking = _lacking_methods(model)
    if not hasattr(type(model), "__getattr__"):  # which may give any
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
    """Return how many seconds scoring takes, where the model can tell."""
    own = getattr(model, "expect_seconds", None)
    return None if own is None else own(prompts, continuations)
