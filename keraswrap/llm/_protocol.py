"""What a language model is asked, and what it answers: the types of one small protocol. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np

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

    A live one is shared, never copied: `copy.deepcopy` gives itself, and a pickle
    holds what it is loaded from, not its weights.

    Attributes
    ----------
    fingerprint : str
        The same for models that answer the same; part of what a cache goes by.
    context_length : int or None
        Tokens that a prompt and its continuation may have together; None if unknown.
    gives_log_probs : bool
        Whether all continuations are scored. Otherwise an answer may be a text only.
    prices : tuple of float
        What a million tokens read, and a million written, cost. (0, 0) where
        running it costs time alone.

    Notes
    -----
    The attributes and the methods below are what a model needs. Two more methods it may
    have. ``count_work(prompts, continuations)`` gives the tokens read for each prompt,
    of shape (n,), as often as they are sent, and those written for any prompt, at
    most; without it, those of the prompt and of all continuations are read, and none is
    written. ``expect_seconds(prompts, continuations)`` says how long scoring takes
    before it is done, or None; without it nobody knows.
    """

    fingerprint: str
    context_length: int | None
    gives_log_probs: bool
    prices: tuple[float, float]

    def count_tokens(self, prompts: Sequence[Prompt]) -> np.ndarray:
        """Count the tokens of each prompt, with those that the model adds.

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
        """Say how likely each continuation is after each prompt.

        Parameters
        ----------
        prompts : sequence of Prompt
        continuations : sequence of Continuation

        Yields
        ------
        Answers
            In any order, each row once. What was yielded is whole and may be
            kept, even if an error ends it.
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
