"""Exact probabilities from llama.cpp's own server: token by token, down the tree of labels.

Its completions do not echo, but take tokens, list the likeliest next ones, and say
how likely one is that they are made to write. What is between the labels' tokens
is not asked.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

import numpy as np

from keraswrap.llm._protocol import Continuation, Message, Piece, Prompt
from keraswrap.llm.server._wire import Body, Json

__all__ = ["LlamaCppScorer", "Send", "Vocabulary"]

# Sends a body to an address of the server, and returns what its answer's JSON holds.
Send: TypeAlias = Callable[[str, "Body | None"], Json]
# How many likely tokens to list: 200 cost no more than 20, and few labels begin with a rarer one.
_LISTED = 200
_ALL = 10**6
# Larger than any difference between two logits.
_FORCE = 1000
_HOLDER = "\ue000{}\ue001"
_HELD = re.compile("\ue000([0-9]+)\ue001")
# How a control token is written.
_BRACKETED = re.compile(r"(<[^<>\s]+>|\[/?[A-Z_]+\])")
_OPEN_THOUGHT = re.compile(r"(<(think|thinking|thought|reasoning)>|\[THINK\])\s*\Z")

Tokens = tuple[int, ...]


class _Tree(NamedTuple):
    """Which tokens are asked after which, and the steps of each label.

    Parameters
    ----------
    paths : list of list of (tuple of int, tuple of int)
        After these tokens any of those.
    """

    asked: dict[Tokens, set[int]]
    paths: list[list[tuple[Tokens, Tokens]]]


@dataclass
class Vocabulary:
    """What was learned of a server's tokens, for all that is asked of it.

    Parameters
    ----------
    safe : int
        A token after which others are listed.
    controls : dict of str to tuple of int
        The token of each control token's text; none for what is no control token.
    """

    safe: int = -1
    trees: dict[tuple[Continuation, ...], _Tree] = field(default_factory=dict)
    controls: dict[str, Tokens] = field(default_factory=dict)


class LlamaCppScorer:
    """Scores labels behind prompts on a server that takes tokens.

    Parameters
    ----------
    root : str
        Address of the server, without the ``/v1`` of the other protocol.
    chat : bool
        Whether the model's chat template goes around a prompt.
    extra : mapping or None
        The user's own fields, which may be for the template.
    known : Vocabulary
        Filled in on the way.
    """

    def __init__(
        self, send: Send, root: str, chat: bool, extra: Mapping[str, Json] | None, known: Vocabulary
    ) -> None:
        self.root, self.chat, self.extra, self.known = root, chat, dict(extra or {}), known
        self._send_to = send

    def works(self) -> bool:
        """Return whether the server tokenizes a text, and a chat, in a way that can be scored."""
        ids = self._split("a", special=False)
        if not ids or not self._can_force(ids):
            return False
        self.known.safe = ids[0]
        said = self._render((Message("user", (Piece("a"),)),)) if self.chat else ""
        return _OPEN_THOUGHT.search(said) is None

    def _can_force(self, ids: Tokens) -> bool:
        """Return whether forcing a token leaves its probability unchanged."""
        listed = self._next(ids, 20)
        last = min(listed, key=lambda token: listed[token])
        forced = self._next(ids, 20, last)
        return last in forced and abs(forced[last] - listed[last]) < 1

    def _send(self, path: str, body: Body | None) -> Json:
        return self._send_to(f"{self.root}/{path}", body)

    def count(self, prompt: Prompt) -> int:
        """Count the tokens of a prompt."""
        return len(self._encode(prompt.messages))

    def score(
        self, prompt: Prompt, continuations: Sequence[Continuation]
    ) -> tuple[np.ndarray, tuple[int, int]]:
        """Ask how likely each continuation comes next, and count tokens read and written.

        Raises
        ------
        ValueError
            If an answer is none.
        """
        ids, tree = self._encode(prompt.messages), self._grow(tuple(continuations))
        found: dict[Tokens, dict[int, float]] = {}
        for before, wanted in tree.asked.items():
            found[before] = self._ask([*ids, *before], wanted)
        sums = [
            sum(_either([found[before][token] for token in ways]) for before, ways in path)
            for path in tree.paths
        ]
        n_read = len(ids) + sum(map(len, tree.asked))
        return np.array(sums), (n_read, len(tree.asked))

    def _ask(self, ids: list[int], wanted: set[int]) -> dict[int, float]:
        # Nothing is listed after half a character or at the end, so a letter is appended.
        listed = self._next(ids, _LISTED, self.known.safe)
        for token in wanted - listed.keys():
            listed |= self._next(ids, 1, token, whole=False)
        if wanted - listed.keys():
            listed |= self._next(ids, _ALL, self.known.safe)
        if wanted - listed.keys():
            raise ValueError("a list without a token of its own")
        return listed

    def _next(
        self, ids: Sequence[int], n_probs: int, forced: int | None = None, whole: bool = True
    ) -> dict[int, float]:
        """Ask for the likeliest next tokens, where one may be forced."""
        body = {"prompt": [*ids], "n_predict": 1, "temperature": 0, "cache_prompt": True}
        bias = {} if forced is None else {"logit_bias": [[forced, _FORCE]]}
        return _read_next(self._send("completion", {**body, "n_probs": n_probs, **bias}), whole)

    def _grow(self, continuations: tuple[Continuation, ...]) -> _Tree:
        if continuations not in self.known.trees:
            ends: Tokens = self._ends() if any(c.ends for c in continuations) else ()
            paths = [self._path(each, ends) for each in continuations]
            asked: dict[Tokens, set[int]] = {}
            for path in paths:
                for before, ways in path:
                    asked.setdefault(before, set()).update(ways)
            self.known.trees[continuations] = _Tree(asked, paths)
        return self.known.trees[continuations]

    def _path(self, one: Continuation, ends: Tokens) -> list[tuple[Tokens, Tokens]]:
        ids = self._go_on(one.text)
        steps: list[tuple[Tokens, Tokens]] = [(ids[:k], (ids[k],)) for k in range(len(ids))]
        return [*steps, (ids, ends)] if one.ends else steps

    def _go_on(self, text: str) -> Tokens:
        # Some tokenizers put a space before a text that stands alone.
        line = self._split("\n", special=False)
        ids = self._split("\n" + text, special=False)
        if ids[: len(line)] == line and len(ids) > len(line):
            return ids[len(line) :]
        return self._split(text, special=False)

    def _ends(self) -> Tokens:
        """Return the tokens that end an answer: the text's, and the turn's or a line's."""
        if self.chat:
            said = [("user", "a"), ("assistant", _HOLDER.format(0)), ("user", "a")]
            turns = tuple(Message(role, (Piece(text),)) for role, text in said)
            after = _HELD.split(self._render(turns))[-1]
            more = [self._split(after.lstrip(), special=True)[:1]]
        else:
            lines = [self._split(text, special=False) for text in ("\n", "\n\n")]
            more = [line for line in lines if len(line) == 1]
        end = self._send("props", None).get("eos_token") or ""
        own = self._split(end, special=True) if end else ()
        return tuple(sorted({*own, *(token for each in more for token in each)}))

    def _encode(self, messages: tuple[Message, ...]) -> Tokens:
        """Return a prompt's tokens. Control tokens in what is not trusted are letters."""
        pieces = [piece for message in messages for piece in message.pieces]
        own = "\n".join(piece.text for piece in pieces if not piece.trusted)
        if self._split(own, special=True) == self._split(own, special=False):
            return self._split(self._whole(messages), special=True, first=True)
        runs, texts = list[str | Tokens]([""]), list[str]()
        parts = _HELD.split(self._whole(_held(messages, texts)))
        for n, part in enumerate(parts):
            # Adjacent characters are tokenized together, whichever part they come from.
            for text in [texts[int(part)]] if n % 2 else _BRACKETED.split(part):
                control = () if n % 2 else self._control(text)
                runs = [*runs, control, ""] if control else [*runs[:-1], f"{runs[-1]}{text}"]
        spelled = [r if isinstance(r, tuple) else self._split(r, False) for r in runs]
        whole, plain = (self._split("a", False, first) for first in (True, False))
        return (*whole[: len(whole) - len(plain)], *(n for ids in spelled for n in ids))

    def _control(self, text: str) -> Tokens:
        """Return the token that a text is where control tokens are meant, or none."""
        if not _BRACKETED.fullmatch(text):
            return ()
        if text not in self.known.controls:
            ways = [self._split(text, special) for special in (True, False)]
            self.known.controls[text] = ways[0] if ways[0] != ways[1] else ()
        return self.known.controls[text]

    def _whole(self, messages: tuple[Message, ...]) -> str:
        return self._render(messages) if self.chat else Prompt(messages).text

    def _render(self, messages: tuple[Message, ...]) -> str:
        said = [{"role": message.role, "content": message.text} for message in messages]
        found = self._send("apply-template", {**self.extra, "messages": said})
        text = found.get("prompt") if isinstance(found, dict) else None
        if not isinstance(text, str):
            raise ValueError("no chat in its template")
        return text

    def _split(self, text: str, special: bool, first: bool = False) -> Tokens:
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


def _read_next(answer: Json, whole: bool = True) -> dict[int, float]:
    """Read the logarithms of the next tokens that are listed; there may be none if not `whole`."""
    try:
        if not whole and "completion_probabilities" not in answer:
            return {}
        (entry,) = answer["completion_probabilities"]
        listed = {e["id"]: float(e["logprob"]) for e in [*entry["top_logprobs"], entry]}
        if not all(math.isfinite(value) for value in listed.values()):
            raise ValueError("a token without a log-probability")
        return listed
    except (LookupError, TypeError) as error:
        raise ValueError(f"no next token ({type(error).__name__})") from None


def _either(log_probs: list[float]) -> float:
    return float(np.logaddexp.reduce(log_probs))
