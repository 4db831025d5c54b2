"""What is asked of a server row by row, and what becomes of its answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from keraswrap.exceptions import EndpointError, ParameterError
from keraswrap.llm.addresses import scrub
from keraswrap.llm.protocol import Answers, Continuation, Prompt
from keraswrap.llm.sending import Sender
from keraswrap.llm.walking import Weighed, weigh, without_longer
from keraswrap.llm.wire import (
    EchoMissing,
    chat_body,
    completion_body,
    echo_body,
    read_chat,
    read_completion,
    read_echo,
)

__all__ = ["PATHS", "Asker", "guess_chat", "guess_tokens", "longest_answer", "refuse_chats"]

_T = TypeVar("_T")
PATHS = {"chat": "/chat/completions", "completions": "/completions"}
# Of a token: English has 4 letters to one, other scripts fewer letters of more bytes each.
_BYTES_PER_TOKEN = 4
# That a chat template adds, about, and tokens of an answer beside the label's own.
_TOKENS_PER_MESSAGE, _SPARE_TOKENS = 4, 8
# Letters that are kept of an answer: a label is shorter, and a server may send any number.
_LONGEST_TEXT = 2000


@dataclass
class Asker:
    """Asks a server about one row at a time; several threads may use one.

    Parameters
    ----------
    sender : Sender
    model : str
    api : {"chat", "completions"}
    top_logprobs : int
    extra : mapping or None
        Fields that take the place of those that are sent; None leaves one out.
    """

    sender: Sender
    model: str
    api: str
    top_logprobs: int
    extra: Mapping[str, Any] | None
    told: bool = False

    def score(self, row: int, prompt: Prompt, continuations: Sequence[Continuation]) -> Answers:
        """Ask how likely each continuation is, and give the answer as that of a row."""
        ask = self._by_echo if self.api == "completions" else self._by_chat
        log_probs, upper, text, n_tokens = ask(prompt, continuations)
        return Answers(np.array([row]), log_probs[None], [text], n_tokens, upper[None])

    def generate(self, prompt: Prompt, max_tokens: int) -> str:
        """Ask for an answer."""
        if self.api == "completions":
            text = self._send(completion_body(self.model, prompt, max_tokens), read_completion)
        else:
            text = self._send(chat_body(self.model, prompt, max_tokens, 0), read_chat).text
        return self._clean(text)

    def _by_chat(
        self, prompt: Prompt, continuations: Sequence[Continuation]
    ) -> tuple[np.ndarray, np.ndarray, str | None, tuple[int, int]]:
        body = chat_body(self.model, prompt, longest_answer(continuations), self.top_logprobs)
        said = self._send(body, read_chat)
        found = Weighed(*np.tile([[np.nan], [0.0]], len(continuations)))
        if said.steps:
            found, self.told = weigh(said.steps, continuations), True
        n_tokens = said.n_tokens or (guess_chat(prompt), guess_tokens(said.text))
        return *found, self._clean(said.text)[:_LONGEST_TEXT], n_tokens

    def _by_echo(
        self, prompt: Prompt, continuations: Sequence[Continuation]
    ) -> tuple[np.ndarray, np.ndarray, str | None, tuple[int, int]]:
        body = echo_body(self.model, prompt, continuations)
        try:
            values, n_tokens = self._send(
                body, lambda answer: read_echo(answer, prompt.text, continuations)
            )
        except EchoMissing:
            raise EndpointError(
                f"Expected log-probabilities of what {self.sender.url} was sent, got only what it "
                "wrote itself. This server cannot score a text: use api='chat'."
            ) from None
        self._refuse_unspelled(values, continuations)
        guess = sum(guess_tokens(text) for text in body["prompt"]), len(continuations)
        log_probs = without_longer(np.array(values), continuations)
        return log_probs, log_probs, None, n_tokens or guess

    def _refuse_unspelled(
        self, values: Sequence[float], continuations: Sequence[Continuation]
    ) -> None:
        # It might be the likeliest one: to go by the others would be a guess.
        open_ = [c.text for c, value in zip(continuations, values, strict=True) if value != value]
        if open_:
            raise EndpointError(
                f"Expected a log-probability of {open_[0]!r:.60} from {self.sender.url}, got "
                "tokens that do not spell it. Use another word for the label, or api='chat'."
            )

    def _send(self, body: dict[str, Any], read: Callable[[Any], _T]) -> _T:
        fields = {**body, **(self.extra or {})}
        sent = {name: value for name, value in fields.items() if value is not None}
        return self.sender.send(sent, read)

    def _clean(self, text: str) -> str:
        # Texts are kept: what is no Unicode, or the key that a server repeats, is not to get
        # into a file.
        return scrub(_bytes(text).decode(), self.sender.key)


def refuse_chats(api: str, prompts: Sequence[Prompt]) -> None:
    """Raise ParameterError for a chat that is to be completed as a text."""
    if api == "completions" and any(prompt.chat for prompt in prompts):
        raise ParameterError(
            "Expected prompts that are no chats for api='completions', got chats, whose "
            "template only the server has. Use api='chat', or no chat template."
        )


def longest_answer(continuations: Sequence[Continuation]) -> int:
    """Say how many tokens an answer may have: more than any of the labels.

    Examples
    --------
    >>> longest_answer([Continuation("yes"), Continuation("positive")])
    12
    """
    longest = max((len(_bytes(each.text)) for each in continuations), default=0)
    return _SPARE_TOKENS + longest // 2


def guess_tokens(text: str) -> int:
    """Guess the tokens of a text: one for 4 bytes.

    Examples
    --------
    >>> guess_tokens("positive"), guess_tokens("")
    (2, 1)
    """
    return max(1, -(-len(_bytes(text)) // _BYTES_PER_TOKEN))


def guess_chat(prompt: Prompt) -> int:
    """Guess the tokens of a prompt, with those around its messages."""
    return guess_tokens(prompt.text) + _TOKENS_PER_MESSAGE * len(prompt.messages)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
