"""What a server is asked about one row, and what becomes of its answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar

import numpy as np

from keraswrap.exceptions import EndpointError, ParameterError
from keraswrap.llm._protocol import Answers, Continuation, Message, Piece, Prompt
from keraswrap.llm._sampling import Generated, Sampling, as_schema
from keraswrap.llm.server._addresses import scrub
from keraswrap.llm.server._capabilities import Capabilities, is_about_the_text
from keraswrap.llm.server._forms import (
    MOST_TRIES,
    PLAIN,
    FormState,
    Way,
    is_about_the_form,
    with_hint,
)
from keraswrap.llm.server._generation import (
    checked,
    generated,
    read_written,
    reseeded,
    writing_body,
)
from keraswrap.llm.server._llama_cpp import LlamaCppScorer, Send, Vocabulary
from keraswrap.llm.server._token_guesses import guess_chat, guess_tokens, longest_answer
from keraswrap.llm.server._top_logprobs import Bounds, read_top_logprobs, without_longer
from keraswrap.llm.server._transport import Refusal, Transport
from keraswrap.llm.server._wire import (
    Body,
    ChatReply,
    EchoMissing,
    Json,
    chat_body,
    echo_body,
    read_chat,
    read_echo,
)

__all__ = ["PATHS", "RowClient", "refuse_chats"]

_T = TypeVar("_T")
PATHS = {"chat": "/chat/completions", "completions": "/completions"}
# Characters kept of an answer: labels are shorter, and a server may send any number.
_LONGEST_TEXT = 2000
# How the message about an answer that exceeded the limit begins.
CUT = "cut "
_LIMITS = ("max_completion_tokens", "max_tokens")
# Fields that steer what llama.cpp's server writes; if a user sets one, the written answer counts.
_STEERING = {"grammar", "json_schema", "response_format", "tools", "logit_bias", "n_probs"}


class _Found(NamedTuple):
    """The content of an answer: the probability of each continuation, and its upper bound."""

    log_probs: np.ndarray
    upper: np.ndarray
    text: str | None
    n_tokens: tuple[int, int]
    problem: str | None = None


@dataclass
class RowClient:
    """Asks a server about one row at a time; several threads may use one.

    Parameters
    ----------
    api : {"chat", "completions"}
    extra : mapping or None
        Fields that take the place of those that are sent; None leaves one out.
    capabilities : Capabilities
        What the server was found to take, and what is found on the way.
    continuations : sequence of Continuation
        What :meth:`score` asks about.
    """

    transport: Transport
    model: str
    api: str
    top_logprobs: int
    extra: Mapping[str, Json] | None
    capabilities: Capabilities
    continuations: Sequence[Continuation] = ()
    told: bool = False

    def score(self, row: int, prompt: Prompt) -> Answers:
        """Ask how likely each continuation is, and return the answer as that of a row."""
        found = None
        if not isinstance(self.capabilities.scores, Vocabulary):
            ask = self._by_echo if self.api == "completions" else self._by_chat
            found = ask(prompt)
        log_probs, upper, text, n_tokens, problem = found or self._by_tokens(prompt)
        values = (log_probs[None], [text], n_tokens, upper[None], [problem])
        return Answers(np.array([row]), *values)

    def is_of_a_row(self, refusal: Refusal, alone: bool) -> bool:
        """Return whether a refusal concerns one text: others are answered, or none was asked."""
        if is_about_the_text(refusal.status, refusal.said):
            return True
        known = refusal.status in (400, 422)
        return known and (alone or self.capabilities.works or self._answers_at_all())

    def _answers_at_all(self) -> bool:
        prompt = Prompt((Message("user", (Piece("Say yes."),)),), self.api == "chat")
        try:
            self.generate(0, prompt, Sampling(1))
        except EndpointError:
            return False
        return True

    def generate(self, row: int, prompt: Prompt, sampling: Sampling) -> Generated:
        """Ask for a text, and return it as that of a row.

        If it does not have its form, ask again: in another way, or in words and with
        another seed.
        """
        form = as_schema(sampling)
        if form is None:
            return self._write(row, prompt, sampling, PLAIN)
        state, spent, asked = self.capabilities.form(form, self.api), (0, 0), prompt
        for again in range(MOST_TRIES):
            one, number = self._write_formed(row, asked, reseeded(sampling, again), state)
            spent = spent[0] + one.n_tokens[0], spent[1] + one.n_tokens[1]
            if one.finish_reason in ("stop", "invalid"):
                state.note(number, one.is_whole)
            if one.finish_reason != "invalid":
                break
            if not state.ways[state.number].fields:
                asked = with_hint(prompt, form)
        return replace(one, n_tokens=spent)

    def _write_formed(
        self, row: int, prompt: Prompt, sampling: Sampling, state: FormState
    ) -> tuple[Generated, int]:
        """Ask in the first way that the server does not refuse."""
        while True:
            number = state.number
            try:
                return self._write(row, prompt, sampling, state.ways[number]), number
            except Refusal as refusal:
                ours = is_about_the_form(refusal.status, refusal.said)
                if not ours or not state.ways[number].fields:
                    raise
                state.leave(number)

    def _write(self, row: int, prompt: Prompt, sampling: Sampling, way: Way) -> Generated:
        body = writing_body(self.model, self.api, prompt, sampling) | way.fields
        said = self._send(body, read_written)
        said = said._replace(text=self._clean(said.text))
        guess = guess_chat(prompt), guess_tokens(said.text)
        cut = self._name_cut(body, said.text, False)
        return checked(generated(row, said, sampling, guess, cut), sampling, way)

    def _by_chat(self, prompt: Prompt) -> _Found | None:
        """Ask for an answer in words; None if the server is found to score tokens."""
        body = chat_body(self.model, prompt, longest_answer(self.continuations), self.top_logprobs)
        said = self._send(body, read_chat)
        if said.native and self.top_logprobs and not said.thought and self._find_scores():
            return None
        found = Bounds(*np.tile([[np.nan], [0.0]], len(self.continuations)))
        if said.steps:
            found, self.told = read_top_logprobs(said.steps, self.continuations), True
        n_tokens = said.n_tokens or (guess_chat(prompt), guess_tokens(said.text))
        text = self._clean(said.text)[:_LONGEST_TEXT]
        return _Found(*found, text, n_tokens, self._say_cut(body, said))

    def _by_echo(self, prompt: Prompt) -> _Found | None:
        """Ask for the labels back; None if the server is found to score tokens instead."""
        body = echo_body(self.model, prompt, self.continuations)
        try:
            values, n_tokens = self._send(
                body, lambda answer: read_echo(answer, prompt.text, self.continuations)
            )
        except EchoMissing as missing:
            if missing.native and self._find_scores():
                return None
            raise EndpointError(
                f"Expected log-probabilities of what {self.transport.url} was sent, got only those "
                "of its own output. This server cannot score a text: use api='chat'."
            ) from None
        self._refuse_unspelled(values)
        guess = sum(guess_tokens(text) for text in body["prompt"]), len(self.continuations)
        log_probs = without_longer(np.array(values), self.continuations)
        return _Found(log_probs, log_probs, None, n_tokens or guess)

    def _by_tokens(self, prompt: Prompt) -> _Found:
        """Ask how likely each token of each label is."""
        known, self.told = self.capabilities.scores, True
        assert isinstance(known, Vocabulary)
        try:
            scored = self._llama_cpp(known, self._fetch).score(prompt, self.continuations)
        except ValueError as error:
            raise EndpointError(
                f"Expected how likely a token is from {self.transport.url}, got {error}. Pass "
                "extra_body={'n_probs': 0} to ask for an answer in words instead."
            ) from None
        log_probs, n_tokens = scored
        return _Found(log_probs, log_probs, None, n_tokens)

    def count(self, prompts: Sequence[Prompt]) -> list[int]:
        """Count the tokens of prompts: exactly if the server does it, else by a rule of thumb."""
        with self.capabilities.lock:
            if self.capabilities.counts is None:
                found = self.capabilities.scores
                known = found if isinstance(found, Vocabulary) else self._find_vocabulary()
                self.capabilities.counts = known
        known = self.capabilities.counts
        if not isinstance(known, Vocabulary):
            return [guess_chat(prompt) for prompt in prompts]
        counter = self._llama_cpp(known, self._fetch)
        return [counter.count(prompt) for prompt in prompts]

    def _find_scores(self) -> bool:
        """Look, once, whether the server can score tokens, and the user leaves it the choice."""
        with self.capabilities.lock:
            if self.capabilities.scores is None:
                steered = {name for name, value in (self.extra or {}).items() if value is not None}
                looks = not _STEERING & steered
                self.capabilities.scores = self._find_vocabulary() if looks else False
            return self.capabilities.scores is not False

    def _find_vocabulary(self) -> Vocabulary | bool:
        known = Vocabulary()
        try:
            works = self._llama_cpp(known, self._fetch_once).works()
        except (EndpointError, ValueError):
            return False
        return known if works else False

    def _llama_cpp(self, known: Vocabulary, send: Send) -> LlamaCppScorer:
        root = self.transport.url.removesuffix(PATHS[self.api]).removesuffix("/v1")
        return LlamaCppScorer(send, root, self.api == "chat", self.extra, known)

    def _fetch(self, url: str, body: Body | None) -> Json:
        return self.transport.send(body, _as_it_is, url)

    def _fetch_once(self, url: str, body: Body | None) -> Json:
        return self.transport.send(body, _as_it_is, url, 0)

    def _refuse_unspelled(self, values: Sequence[float]) -> None:
        # It might be the likeliest one, so deciding by the others would be a guess.
        pairs = zip(self.continuations, values, strict=True)
        open_ = [one.text for one, value in pairs if value != value]
        if open_:
            raise EndpointError(
                f"Expected a log-probability of {open_[0]!r:.60} from {self.transport.url}, got "
                "tokens that do not spell it. Use another word for the label, or api='chat'."
            )

    def _send(self, body: Body, read: Callable[[Json], _T]) -> _T:
        while True:
            sent = self.capabilities.fit(body, self.extra)
            try:
                answer = self.transport.send(sent, read)
                self.capabilities.works = True
                return answer
            except Refusal as refusal:
                learned = self.capabilities.learn(sent, refusal.status, refusal.said)
                if not learned or self.capabilities.fit(body, self.extra) == sent:
                    raise

    def _say_cut(self, body: Body, said: ChatReply) -> str | None:
        return self._name_cut(body, said.text, said.thought) if said.cut else None

    def _name_cut(self, body: Body, text: str, thought: bool) -> str:
        sent = self.capabilities.fit(body, self.extra)
        limits = [f"{name}={sent[name]}" for name in _LIMITS if name in sent]
        thinking = thought or not text or text.lstrip().startswith("<think")
        where = "in its thoughts" if thinking else "short"
        return f"{CUT}{where} by {limits[0] if limits else 'the server'}"

    def _clean(self, text: str) -> str:
        # Texts are kept: what is no Unicode, or the key that a server repeats, is not to get
        # into a file.
        return scrub(text.encode("utf-8", "replace").decode(), self.transport.key)


def _as_it_is(answer: Json) -> Json:
    return answer


def refuse_chats(api: str, prompts: Sequence[Prompt]) -> None:
    """Raise ParameterError for a chat that is to be completed as a text."""
    if api == "completions" and any(prompt.chat for prompt in prompts):
        raise ParameterError(
            "Expected prompts that are not chats for api='completions', got chats, whose "
            "template only the server has. Use api='chat', or no chat template."
        )
