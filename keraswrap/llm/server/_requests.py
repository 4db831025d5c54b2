"""What is asked of a server row by row, and what becomes of its answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from keraswrap.exceptions import EndpointError, ParameterError
from keraswrap.llm._protocol import Answers, Continuation, Message, Piece, Prompt
from keraswrap.llm.server._addresses import scrub
from keraswrap.llm.server._capabilities import Manners, is_about_the_text
from keraswrap.llm.server._llama_cpp import Chain
from keraswrap.llm.server._top_logprobs import Weighed, weigh, without_longer
from keraswrap.llm.server._transport import Refusal, Sender
from keraswrap.llm.server._wire import (
    EchoMissing,
    Said,
    chat_body,
    completion_body,
    echo_body,
    read_chat,
    read_completion,
    read_echo,
)

__all__ = ["PATHS", "Asker", "guess_chat", "guess_tokens", "longest_answer", "refuse_chats"]

_T = TypeVar("_T")
# Log-probabilities, what they are at most, what was said, tokens, and what was wrong with it.
_Found = tuple[np.ndarray, np.ndarray, "str | None", tuple[int, int], "str | None"]
PATHS = {"chat": "/chat/completions", "completions": "/completions"}
# Of a token: English has 4 letters to one, other scripts fewer letters of more bytes each, and
# those of China, Japan and Korea one.
_BYTES_PER_TOKEN = 4
_WIDE = re.compile("[\u0800-\U0010ffff]")
# That a chat template adds, about, and tokens of an answer beside the label's own.
_TOKENS_PER_MESSAGE, _SPARE_TOKENS = 4, 8
# Letters that are kept of an answer: a label is shorter, and a server may send any number.
_LONGEST_TEXT = 2000
# How the problem of an answer begins that was longer than it might be.
CUT = "cut "
_LIMITS = ("max_completion_tokens", "max_tokens")
# Fields by which a user steers what llama.cpp's server writes, which is then what is read.
_STEERING = {"grammar", "json_schema", "response_format", "tools", "logit_bias", "n_probs"}


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
    manners : Manners
        What the server was found to take, and what is found on the way.
    """

    sender: Sender
    model: str
    api: str
    top_logprobs: int
    extra: Mapping[str, Any] | None
    manners: Manners
    told: bool = False

    def score(self, row: int, prompt: Prompt, continuations: Sequence[Continuation]) -> Answers:
        """Ask how likely each continuation is, and give the answer as that of a row."""
        ask = self._by_echo if self.api == "completions" else self._by_chat
        if isinstance(self.manners.chain, Chain):
            ask = self._by_chain
        log_probs, upper, text, n_tokens, problem = ask(prompt, continuations)
        values = (log_probs[None], [text], n_tokens, upper[None], [problem])
        return Answers(np.array([row]), *values)

    def is_of_a_row(self, refusal: Refusal, alone: bool) -> bool:
        """Tell whether a refusal is of one text: the server answers others, or is not asked any."""
        if is_about_the_text(refusal.status, refusal.said):
            return True
        known = refusal.status in (400, 422)
        return known and (alone or self.manners.works or self._answers_at_all())

    def _answers_at_all(self) -> bool:
        prompt = Prompt((Message("user", (Piece("Say yes."),)),), self.api == "chat")
        try:
            self.generate(prompt, 1)
        except EndpointError:
            return False
        return True

    def generate(self, prompt: Prompt, max_tokens: int) -> str:
        """Ask for an answer."""
        if self.api == "completions":
            text = self._send(completion_body(self.model, prompt, max_tokens), read_completion)
        else:
            text = self._send(chat_body(self.model, prompt, max_tokens, 0), read_chat).text
        return self._clean(text)

    def _by_chat(self, prompt: Prompt, continuations: Sequence[Continuation]) -> _Found:
        body = chat_body(self.model, prompt, longest_answer(continuations), self.top_logprobs)
        said = self._send(body, read_chat)
        if said.native and self.top_logprobs and not said.thought and self._find_chain():
            return self._by_chain(prompt, continuations)
        found = Weighed(*np.tile([[np.nan], [0.0]], len(continuations)))
        if said.steps:
            found, self.told = weigh(said.steps, continuations), True
        n_tokens = said.n_tokens or (guess_chat(prompt), guess_tokens(said.text))
        text = self._clean(said.text)[:_LONGEST_TEXT]
        return *found, text, n_tokens, self._say_cut(body, said)

    def _by_echo(self, prompt: Prompt, continuations: Sequence[Continuation]) -> _Found:
        body = echo_body(self.model, prompt, continuations)
        try:
            values, n_tokens = self._send(
                body, lambda answer: read_echo(answer, prompt.text, continuations)
            )
        except EchoMissing as missing:
            if missing.native and self._find_chain():
                return self._by_chain(prompt, continuations)
            raise EndpointError(
                f"Expected log-probabilities of what {self.sender.url} was sent, got only what it "
                "wrote itself. This server cannot score a text: use api='chat'."
            ) from None
        self._refuse_unspelled(values, continuations)
        guess = sum(guess_tokens(text) for text in body["prompt"]), len(continuations)
        log_probs = without_longer(np.array(values), continuations)
        return log_probs, log_probs, None, n_tokens or guess, None

    def _by_chain(self, prompt: Prompt, continuations: Sequence[Continuation]) -> _Found:
        chain, self.told = self.manners.chain, True
        assert isinstance(chain, Chain)
        try:
            log_probs, n_tokens = chain.score(self._fetch, prompt, continuations)
        except ValueError as error:
            raise EndpointError(
                f"Expected how likely a token is from {self.sender.url}, got {error}. Pass "
                "extra_body={'n_probs': 0} to ask for an answer in words instead."
            ) from None
        return log_probs, log_probs, None, n_tokens, None

    def _find_chain(self) -> bool:
        """Look, once, whether the server can score tokens, and the user leaves it the choice."""
        with self.manners.lock:
            if self.manners.chain is None:
                steered = {name for name, value in (self.extra or {}).items() if value is not None}
                self.manners.chain = False if _STEERING & steered else self._make_chain()
            return self.manners.chain is not False

    def count(self, prompts: Sequence[Prompt]) -> list[int]:
        """Count the tokens of prompts: exactly, where the server does it, or by a rule of thumb."""
        with self.manners.lock:
            if self.manners.counter is None:
                self.manners.counter = self._make_chain()
        counter = self.manners.counter
        if not isinstance(counter, Chain):
            return [guess_chat(prompt) for prompt in prompts]
        return [counter.count(self._fetch, prompt) for prompt in prompts]

    def _make_chain(self) -> Chain | bool:
        root = self.sender.url.removesuffix(PATHS[self.api]).removesuffix("/v1")
        chain = Chain(root, self.api == "chat", self.extra)
        return chain if self._can(chain) else False

    def _can(self, chain: Chain) -> bool:
        try:
            return chain.works(lambda url, body: self.sender.send(body, _as_it_is, url, 0))
        except (EndpointError, ValueError):
            return False

    def _fetch(self, url: str, body: dict[str, Any] | None) -> Any:
        return self.sender.send(body, _as_it_is, url)

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
        while True:
            sent = self.manners.fit(body, self.extra)
            try:
                answer = self.sender.send(sent, read)
                self.manners.works = True
                return answer
            except Refusal as refusal:
                learned = self.manners.learn(sent, refusal.status, refusal.said)
                if not learned or self.manners.fit(body, self.extra) == sent:
                    raise

    def _say_cut(self, body: Mapping[str, Any], said: Said) -> str | None:
        if not said.cut:
            return None
        sent = self.manners.fit(body, self.extra)
        limits = [f"{name}={sent[name]}" for name in _LIMITS if name in sent]
        thinking = said.thought or not said.text or said.text.lstrip().startswith("<think")
        where = "in its thoughts" if thinking else "short"
        return f"{CUT}{where} by {limits[0] if limits else 'the server'}"

    def _clean(self, text: str) -> str:
        # Texts are kept: what is no Unicode, or the key that a server repeats, is not to get
        # into a file.
        return scrub(_bytes(text).decode(), self.sender.key)


def _as_it_is(answer: Any) -> Any:
    return answer


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
    """Guess the tokens of a text: one for 4 bytes, and for each letter of 3 bytes or more.

    Examples
    --------
    >>> guess_tokens("positive"), guess_tokens(""), guess_tokens("价格太高了")
    (2, 1, 5)
    """
    wide = _WIDE.findall(text)
    narrow = len(_bytes(text)) - sum(len(_bytes(letter)) for letter in wide)
    return max(1, len(wide) - (-narrow // _BYTES_PER_TOKEN))


def guess_chat(prompt: Prompt) -> int:
    """Guess the tokens of a prompt, with those around its messages."""
    return guess_tokens(prompt.text) + _TOKENS_PER_MESSAGE * len(prompt.messages)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
