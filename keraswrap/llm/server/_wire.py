"""Requests to an OpenAI-compatible server, and the parsing of its answers. Pure.

An answer comes from outside: nothing in it is taken to be there, or to be of a kind.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from keraswrap.llm._protocol import Continuation, Prompt

__all__ = [
    "Body",
    "ChatReply",
    "EchoMissing",
    "Json",
    "Step",
    "chat_body",
    "completion_body",
    "echo_body",
    "read_chat",
    "read_echo",
    "read_reply",
]


# Parsed JSON: readers check what it holds.
Json: TypeAlias = Any
Body: TypeAlias = dict[str, Json]
# The reasoning that a model writes before it answers. Some templates open it themselves, so that
# the answer contains only its end.
_THOUGHTS = re.compile(
    r"\A.*</(think|thinking|thought|reasoning)>\s*|\A.*\[/THINK\]\s*", re.DOTALL | re.IGNORECASE
)


class EchoMissing(Exception):  # noqa: N818 - it says what a server cannot do; nothing went wrong
    """Raised for a server that does not give the log-probabilities of what it is sent.

    Parameters
    ----------
    native : bool
        Whether the server looks like llama.cpp's own.
    """

    def __init__(self, native: bool = False) -> None:
        super().__init__()
        self.native = native


class Step(NamedTuple):
    """A token of an answer, and those that might have come in its place.

    Parameters
    ----------
    tokens : dict of bytes to float
        Log-probability of each token that the server lists, `chosen` among them.
    """

    chosen: bytes
    tokens: dict[bytes, float]


class ChatReply(NamedTuple):
    """What a chat answered.

    Parameters
    ----------
    steps : list of Step or None
        None where the server gives none, or gives those of another text.
    n_tokens : tuple of int or None
        Read and written, as the server counts them.
    thought : bool
        Whether the model thought before it answered.
    cut : bool
        Whether the answer was cut for its length.
    native : bool
        Whether the server looks like llama.cpp's own.
    """

    text: str
    steps: list[Step] | None
    n_tokens: tuple[int, int] | None
    thought: bool = False
    cut: bool = False
    native: bool = False


def chat_body(model: str, prompt: Prompt, max_tokens: int, top_logprobs: int) -> Body:
    """Make the request that asks for an answer.

    A prompt that is not a chat goes as what one user says.

    Examples
    --------
    >>> from keraswrap.llm._protocol import Message, Piece
    >>> prompt = Prompt((Message("user", (Piece("Superb!"),)),))
    >>> chat_body("smollm2", prompt, 8, 0)["messages"]
    [{'role': 'user', 'content': 'Superb!'}]
    """
    said = [(m.role, m.text) for m in prompt.messages] if prompt.chat else [("user", prompt.text)]
    messages = [{"role": role, "content": text} for role, text in said]
    body = {"model": model, "messages": messages, "max_tokens": max_tokens, "temperature": 0}
    return body | ({"logprobs": True, "top_logprobs": top_logprobs} if top_logprobs else {})


def completion_body(model: str, prompt: Prompt, max_tokens: int) -> Body:
    """Make the request that lets a model go on after a text."""
    return {"model": model, "prompt": prompt.text, "max_tokens": max_tokens, "temperature": 0}


def echo_body(model: str, prompt: Prompt, continuations: Sequence[Continuation]) -> Body:
    """Make the request that asks for the log-probabilities of a prompt with each continuation.

    One token is written, since some servers refuse to write none.
    """
    texts = [prompt.text + continuation.text for continuation in continuations]
    body = {"model": model, "prompt": texts, "max_tokens": 1, "temperature": 0}
    return body | {"echo": True, "logprobs": 1}


def read_chat(answer: Json) -> ChatReply:
    """Read the answer to a chat.

    Raises
    ------
    ValueError
        If it is no answer to a chat.
    """
    choice = _choices(answer)[0]
    message = _dict(choice.get("message"), "a message")
    text = message.get("content") or message.get("refusal") or ""
    if not isinstance(text, str):
        raise ValueError("a message whose content is no text")
    steps = _read_steps(choice.get("logprobs"))
    said = skip_thoughts(text)
    # If a model reasons before it answers, these may be tokens of its reasoning.
    thought = bool(message.get("reasoning_content") or message.get("reasoning") or said != text)
    told = steps and not thought and _spells(steps, text)
    cut = choice.get("finish_reason") == "length"
    usage = _read_usage(answer)
    return ChatReply(said, steps if told else None, usage, thought, cut, _is_native(answer))


def skip_thoughts(text: str) -> str:
    """Return a model's answer after its reasoning, or everything if the reasoning does not end.

    Examples
    --------
    >>> skip_thoughts("<think>Good, or bad?</think> good"), skip_thoughts("<think>Go")
    ('good', '<think>Go')
    """
    return _THOUGHTS.sub("", text, count=1)


def _is_native(answer: Mapping[str, Json]) -> bool:
    timings = answer.get("timings")
    return isinstance(timings, dict) and "prompt_n" in timings


def read_reply(answer: Json) -> tuple[Body, str, tuple[int, int] | None]:
    """Read what a model answered, or went on with: the choice it is in, its text, its tokens.

    Raises
    ------
    ValueError
        If it is no answer to a chat, and no completion.
    """
    choice = _choices(answer)[0]
    if "message" in choice:
        said = read_chat(answer)
        return choice, said.text, said.n_tokens
    return choice, _text(choice), _read_usage(answer)


def read_echo(
    answer: Json, prompt: str, continuations: Sequence[Continuation]
) -> tuple[list[float], tuple[int, int] | None]:
    """Read the log-probabilities of continuations out of an echo.

    Parameters
    ----------
    answer : object
        What the body's JSON holds.

    Returns
    -------
    log_probs : list of float
        NaN where the tokens do not spell the continuation.
    n_tokens : tuple of int or None
        Read and written, as the server counts them.

    Raises
    ------
    ValueError
        If these are not as many completions as continuations.
    EchoMissing
        If the server sent back only what it wrote itself.
    """
    choices = _choices(answer)
    if len(choices) != len(continuations):
        raise ValueError(f"{len(choices)} completions of {len(continuations)}")
    if all(isinstance(choice.get("index"), int) for choice in choices):
        choices = sorted(choices, key=lambda choice: choice["index"])
    pairs = zip(choices, continuations, strict=True)
    try:
        return [_echoed(choice, prompt, c.text) for choice, c in pairs], _read_usage(answer)
    except EchoMissing:
        raise EchoMissing(_is_native(answer)) from None


def _echoed(choice: Mapping[str, Json], prompt: str, continuation: str) -> float:
    log_probs, text = choice.get("logprobs"), _text(choice)
    if not isinstance(log_probs, dict) or not text.startswith(prompt + continuation):
        raise EchoMissing
    tokens, values = log_probs.get("tokens"), log_probs.get("token_logprobs")
    if not isinstance(tokens, list) or not isinstance(values, list):
        raise EchoMissing
    if len(tokens) != len(values) or not all(isinstance(token, str) for token in tokens):
        raise ValueError("tokens without a log-probability each")
    end = _end_of_echo(tokens, text, prompt + continuation)
    return _sum_back(tokens[:end], values[:end], continuation)


def _end_of_echo(tokens: Sequence[str], text: str, echoed: str) -> int:
    """Return how many tokens were sent: all but the generated one, if it is listed."""
    only_echo = text == echoed and "".join(tokens).endswith(echoed) and tokens[-1] != ""
    return len(tokens) - (not only_echo)


def _sum_back(tokens: Sequence[str], values: Sequence[Json], continuation: str) -> float:
    """Sum the last tokens' log-probabilities, up to where they spell the continuation.

    From the end, since what comes first may be a token that was not sent. Where
    the prompt's last letters are in one token with the continuation's first, the
    token counts.
    """
    spelled, total, n = "", 0.0, len(tokens)
    while len(spelled) < len(continuation) and n > 0:
        n -= 1
        spelled, total = tokens[n] + spelled, total + _log_prob(values[n], math.nan)
    return total if spelled.endswith(continuation) else math.nan


def _choices(answer: Json) -> list[Body]:
    choices = _dict(answer, "an object").get("choices")
    if not isinstance(choices, list) or not choices:
        said = answer.get("error")
        said = said.get("message") if isinstance(said, dict) else said
        raise ValueError("no choices" + (f", but an error: {said!s:.200}" if said else ""))
    return [_dict(choice, "a choice") for choice in choices]


def _dict(value: Json, what: str) -> Body:
    if not isinstance(value, dict):
        raise ValueError(f"something else than {what}")
    return value


def _text(choice: Mapping[str, Json]) -> str:
    text = choice.get("text")
    if not isinstance(text, str):
        raise ValueError("a completion without text")
    return text


def _read_steps(log_probs: Json) -> list[Step] | None:
    entries = log_probs.get("content") if isinstance(log_probs, dict) else None
    if not isinstance(entries, list):
        return None
    steps = [_read_step(entry) for entry in entries]
    return [step for step in steps if step] if all(steps) else None


def _read_step(entry: Json) -> Step | None:
    chosen = _read_token(entry)
    if chosen is None:
        return None
    listed = entry.get("top_logprobs")
    tokens = dict([chosen])
    for each in map(_read_token, listed if isinstance(listed, list) else []):
        if each is not None:
            tokens.setdefault(*each)
    return Step(chosen[0], tokens)


def _read_token(entry: Json) -> tuple[bytes, float] | None:
    token = entry.get("token") if isinstance(entry, dict) else None
    if not isinstance(token, str):
        return None
    # Tokens may split a character: only its bytes can be joined again.
    raw = entry.get("bytes")
    whole = isinstance(raw, list) and all(type(b) is int and 0 <= b < 256 for b in raw)
    spelled = bytes(raw) if whole and raw else token.encode("utf-8", "replace")
    return spelled, _log_prob(entry.get("logprob"), -math.inf)


def _log_prob(value: Json, otherwise: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return otherwise
    return float(max(min(value, 0), -1e4))


def _spells(steps: Sequence[Step], text: str) -> bool:
    """Return whether the tokens spell the text, with or without an end token."""
    spelled = b"".join(step.chosen for step in steps).decode("utf-8", "replace")
    if not text.strip():
        return len(steps) == 1
    return spelled.strip().startswith(text.strip().rstrip("\ufffd"))


def _read_usage(answer: Mapping[str, Json]) -> tuple[int, int] | None:
    usage = answer.get("usage")
    if not isinstance(usage, dict):
        return None
    counts = [usage.get("prompt_tokens"), usage.get("completion_tokens", 0)]
    if all(type(n) is int and 0 <= n < 2**40 for n in counts):
        return counts[0], counts[1]
    return None
