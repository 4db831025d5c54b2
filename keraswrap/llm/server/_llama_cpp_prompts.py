"""Prompts as llama.cpp's own server takes them: in its template, with control tokens as meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from keraswrap.llm._protocol import Message, Piece, Prompt
from keraswrap.llm.server._next_tokens import Start, Tokens
from keraswrap.llm.server._wire import Body, Json

__all__ = ["Controls", "PromptReader", "Send"]

# Sends a body to a path of the server, and returns what its answer's JSON holds.
Send: TypeAlias = Callable[[str, "Body | None"], Json]
_HOLDER = "\ue000{}\ue001"
_HELD = re.compile("\ue000([0-9]+)\ue001")
# How a control token is written, where the server does not list them.
_BRACKETED = re.compile(r"(<[^<>\s]+>|\[/?[A-Z_]+\])")
# Texts that no template changes: without space around them, and what may be a control token.
_TAME = re.compile(r"(?!\s)[^<>\[\]{}\ue000\ue001]+(?<!\s)")
# Prompts with examples differ from row to row: not all are worth keeping.
_MOST_FRAMES = 16


@dataclass
class Controls:
    """What was learned of control tokens, and of the template that contains them.

    Parameters
    ----------
    pattern : re.Pattern or None
        Any control token; None if the server does not tell them.
    tokens : dict of str to tuple of int
        The token of each control token's text; none for what is no control token.
    frames : dict of tuple of Message to list of str
        Chats in the template, around their texts; empty if the template changes texts.
    """

    pattern: re.Pattern[str] | None = None
    tokens: dict[str, Tokens] = field(default_factory=dict)
    frames: dict[tuple[Message, ...], list[str]] = field(default_factory=dict)


class PromptReader:
    """Reads prompts by a server's tokenizer and template.

    Parameters
    ----------
    chat : bool
        Whether the model's chat template goes around a prompt.
    extra : mapping
        The user's own fields, which may be for the template.
    known : Controls
        Filled in on the way.
    """

    def __init__(self, send: Send, chat: bool, extra: Mapping[str, Json], known: Controls) -> None:
        self._send, self._chat, self._extra, self._known = send, chat, extra, known

    def learn_controls(self, answer: Json, end: Json) -> None:
        """Learn which texts are control tokens: those that are listed without letters.

        Parameters
        ----------
        answer : object
            The server's, with a list of all tokens.
        end : object
            The text of one control token.
        """
        try:
            listed = answer["completion_probabilities"][0]["top_logprobs"]
            found = [each["id"] for each in listed if each["bytes"] == []]
            line = self.split("\n", special=False)
            rows = [token for each in found for token in (*line, each)]
            text = self._send("detokenize", {"tokens": rows})["content"]
            texts = [each.strip() for each in text.split("\n")[1:]]
        except (LookupError, TypeError, AttributeError):
            return
        as_found = len(texts) == len(found) and end in texts
        if as_found and self.split("".join(texts), special=True) == tuple(found):
            ways = "|".join(map(re.escape, sorted(texts, key=len, reverse=True)))
            self._known.tokens.update(zip(texts, ((n,) for n in found), strict=True))
            self._known.pattern = re.compile(f"({ways})")

    def after_answer(self) -> str:
        """Return what a template puts behind an answer."""
        said = [("user", "a"), ("assistant", _HOLDER.format(0)), ("user", "a")]
        turns = tuple(Message(role, (Piece(text),)) for role, text in said)
        return _HELD.split(self.render(turns))[-1]

    def encode(self, messages: tuple[Message, ...]) -> Tokens:
        """Return a prompt's tokens. Control tokens in what is not trusted are letters."""
        start = self.begin(messages)
        return self.split(start, special=True, first=True) if isinstance(start, str) else start

    def begin(self, messages: tuple[Message, ...]) -> Start:
        """Return a prompt as its text if the server reads it as meant, else its tokens."""
        if self._is_plain([piece for message in messages for piece in message.pieces]):
            return self._whole(messages)
        runs, texts = list[str | Tokens]([""]), list[str]()
        parts = _HELD.split(self._written(_held(messages, texts)))
        for n, part in enumerate(parts):
            # Adjacent characters are tokenized together, whichever part they come from.
            for text in [texts[int(part)]] if n % 2 else _BRACKETED.split(part):
                control = () if n % 2 else self._control(text)
                runs = [*runs, control, ""] if control else [*runs[:-1], f"{runs[-1]}{text}"]
        spelled = [r if isinstance(r, tuple) else self.split(r, False) for r in runs]
        whole, plain = (self.split("a", False, first) for first in (True, False))
        return (*whole[: len(whole) - len(plain)], *(n for ids in spelled for n in ids))

    def _is_plain(self, pieces: Sequence[Piece]) -> bool:
        """Return whether no control token is spelled by what is not trusted."""
        pattern = self._known.pattern
        if pattern is not None:
            own = [len(pattern.findall(piece.text)) for piece in pieces if piece.trusted]
            return len(pattern.findall("".join(piece.text for piece in pieces))) == sum(own)
        text = "\n".join(piece.text for piece in pieces if not piece.trusted)
        return self.split(text, special=True) == self.split(text, special=False)

    def _control(self, text: str) -> Tokens:
        """Return the token that a text is where control tokens are meant, or none."""
        if not _BRACKETED.fullmatch(text):
            return ()
        if text not in self._known.tokens:
            ways = [self.split(text, special) for special in (True, False)]
            self._known.tokens[text] = ways[0] if ways[0] != ways[1] else ()
        return self._known.tokens[text]

    def _written(self, messages: tuple[Message, ...]) -> str:
        return self.render(messages) if self._chat else Prompt(messages).text

    def _whole(self, messages: tuple[Message, ...]) -> str:
        """Return a prompt's text, without a request if the template around it is known."""
        texts, frames = list[str](), self._known.frames
        held = _held(messages, texts)
        if not self._chat or not texts or not all(map(_TAME.fullmatch, texts)):
            return self._written(messages)
        if frame := frames.get(held):
            return _fill(frame, texts)
        whole = self.render(messages)
        if held not in frames and len(frames) < _MOST_FRAMES:
            frame = _HELD.split(self.render(held))
            frames[held] = frame if _fill(frame, texts) == whole else []
        return whole

    def render(self, messages: tuple[Message, ...]) -> str:
        """Return a chat in the model's template."""
        said = [{"role": message.role, "content": message.text} for message in messages]
        found = self._send("apply-template", {**self._extra, "messages": said})
        text = found.get("prompt") if isinstance(found, dict) else None
        if not isinstance(text, str):
            raise ValueError("no chat in its template")
        return text

    def split(self, text: str, special: bool, first: bool = False) -> Tokens:
        """Return the tokens of a text: whether it may have control tokens, and begins a prompt."""
        if not text:
            return ()
        body = {"content": text, "add_special": first, "parse_special": special}
        found = self._send("tokenize", body)
        ids = found.get("tokens") if isinstance(found, dict) else None
        if not isinstance(ids, list) or not all(type(n) is int for n in ids):
            raise ValueError("a text that is not in tokens")
        return tuple(ids)


def _held(messages: tuple[Message, ...], texts: list[str]) -> tuple[Message, ...]:
    """Put a holder in the place of each text that is not trusted, and keep the text."""

    def hold(piece: Piece) -> Piece:
        if piece.trusted:
            return piece
        texts.append(piece.text)
        return Piece(_HOLDER.format(len(texts) - 1))

    return tuple(Message(m.role, tuple(map(hold, m.pieces))) for m in messages)


def _fill(frame: Sequence[str], texts: Sequence[str]) -> str:
    """Put texts where a frame has the numbers of their holders."""
    return "".join(texts[int(part)] if n % 2 else part for n, part in enumerate(frame))
