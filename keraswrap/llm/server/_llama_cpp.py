"""Exact probabilities from llama.cpp's own server: token by token, down the tree of labels.

Its completions do not echo, but take tokens, list the likeliest next ones, and say
how likely one is that they are made to write. What is between the labels' tokens
is not asked.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from keraswrap.llm._protocol import Continuation, Message, Piece, Prompt

__all__ = ["Chain", "Send"]

# Sends a body to an address of the server, and gives what its answer's JSON holds.
Send = Callable[[str, "dict[str, Any] | None"], Any]
# Likely tokens that are listed: 200 cost no more than 20, and few labels begin with a later one.
_LISTED = 200
_ALL = 10**6
# More than any token's logit is above another's.
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
    asked : dict of tuple of int to set of int
    paths : list of list of (tuple of int, tuple of int)
        After these tokens any of those.
    """

    asked: dict[Tokens, set[int]]
    paths: list[list[tuple[Tokens, Tokens]]]


class Chain:
    """Scores labels behind prompts on a server that takes tokens.

    Parameters
    ----------
    root : str
        Address of the server, without the ``/v1`` of the other protocol.
    chat : bool
        Whether the model's chat template goes around a prompt.
    extra : mapping or None
        The user's own fields, which may be for the template.
    """

    def __init__(self, root: str, chat: bool, extra: Mapping[str, Any] | None) -> None:
        self.root, self.chat, self.extra = root, chat, dict(extra or {})
        self._safe = -1
        self._trees: dict[tuple[Continuation, ...], _Tree] = {}
        self._controls: dict[str, Tokens] = {}

    def works(self, send: Send) -> bool:
        """Tell whether the server takes apart a text, and a chat, in a way that can be scored."""
        ids = self._split(send, "a", special=False)
        if not ids or not self._can_force(send, ids):
            return False
        self._safe = ids[0]
        said = self._render(send, (Message("user", (Piece("a"),)),)) if self.chat else ""
        return _OPEN_THOUGHT.search(said) is None

    def _can_force(self, send: Send, ids: Tokens) -> bool:
        """Tell whether a token that is forced has the probability that it had anyway."""
        listed = _read_next(send(f"{self.root}/completion", self._body(ids, 20)))
        last = min(listed, key=lambda token: listed[token])
        forced = _read_next(send(f"{self.root}/completion", self._body(ids, 20, last)))
        return last in forced and abs(forced[last] - listed[last]) < 1

    def count(self, send: Send, prompt: Prompt) -> int:
        """Count the tokens of a prompt."""
        return len(self._encode(send, prompt))

    def score(
        self, send: Send, prompt: Prompt, continuations: Sequence[Continuation]
    ) -> tuple[np.ndarray, tuple[int, int]]:
        """Ask how likely each continuation comes next.

        Parameters
        ----------
        send : callable
        prompt : Prompt
        continuations : sequence of Continuation

        Returns
        -------
        log_probs : ndarray of shape (m,)
        n_tokens : tuple of int
            Read and written.

        Raises
        ------
        ValueError
            If an answer is none.
        """
        ids, tree = self._encode(send, prompt), self._grow(send, tuple(continuations))
        found: dict[Tokens, dict[int, float]] = {}
        for before, wanted in tree.asked.items():
            found[before] = self._ask(send, [*ids, *before], wanted)
        sums = [
            sum(_either([found[before][token] for token in ways]) for before, ways in path)
            for path in tree.paths
        ]
        n_read = len(ids) + sum(map(len, tree.asked))
        return np.array(sums), (n_read, len(tree.asked))

    def _ask(self, send: Send, ids: list[int], wanted: set[int]) -> dict[int, float]:
        # Where half a letter is written, or the end, nothing is listed: so a letter is.
        listed = _read_next(send(f"{self.root}/completion", self._body(ids, _LISTED, self._safe)))
        for token in wanted - listed.keys():
            body = self._body(ids, 1, token)
            listed |= _read_next(send(f"{self.root}/completion", body), whole=False)
        if wanted - listed.keys():
            body = self._body(ids, _ALL, self._safe)
            listed |= _read_next(send(f"{self.root}/completion", body))
        if wanted - listed.keys():
            raise ValueError("a list without a token of its own")
        return listed

    def _body(self, ids: Sequence[int], n_probs: int, forced: int | None = None) -> dict[str, Any]:
        body = {"prompt": [*ids], "n_predict": 1, "temperature": 0, "cache_prompt": True}
        bias = {} if forced is None else {"logit_bias": [[forced, _FORCE]]}
        return {**body, "n_probs": n_probs, **bias}

    def _grow(self, send: Send, continuations: tuple[Continuation, ...]) -> _Tree:
        if continuations not in self._trees:
            ends: Tokens = self._ends(send) if any(c.ends for c in continuations) else ()
            paths = [self._path(send, each, ends) for each in continuations]
            asked: dict[Tokens, set[int]] = {}
            for path in paths:
                for before, ways in path:
                    asked.setdefault(before, set()).update(ways)
            self._trees[continuations] = _Tree(asked, paths)
        return self._trees[continuations]

    def _path(self, send: Send, one: Continuation, ends: Tokens) -> list[tuple[Tokens, Tokens]]:
        ids = self._go_on(send, one.text)
        steps: list[tuple[Tokens, Tokens]] = [(ids[:k], (ids[k],)) for k in range(len(ids))]
        return [*steps, (ids, ends)] if one.ends else steps

    def _go_on(self, send: Send, text: str) -> Tokens:
        # Alone, some tokenizers put a blank before it.
        line = self._split(send, "\n", special=False)
        ids = self._split(send, "\n" + text, special=False)
        if ids[: len(line)] == line and len(ids) > len(line):
            return ids[len(line) :]
        return self._split(send, text, special=False)

    def _ends(self, send: Send) -> Tokens:
        """Give the tokens that end an answer: the text's, and the turn's or a line's."""
        if self.chat:
            said = [("user", "a"), ("assistant", _HOLDER.format(0)), ("user", "a")]
            turns = tuple(Message(role, (Piece(text),)) for role, text in said)
            after = _HELD.split(self._render(send, turns))[-1]
            more = [self._split(send, after.lstrip(), special=True)[:1]]
        else:
            lines = [self._split(send, text, special=False) for text in ("\n", "\n\n")]
            more = [line for line in lines if len(line) == 1]
        end = send(f"{self.root}/props", None).get("eos_token") or ""
        own = self._split(send, end, special=True) if end else ()
        return tuple(sorted({*own, *(token for each in more for token in each)}))

    def _encode(self, send: Send, prompt: Prompt) -> Tokens:
        """Give a prompt's tokens. Control tokens in what is not trusted are letters."""
        pieces = [piece for message in prompt.messages for piece in message.pieces]
        own = "\n".join(piece.text for piece in pieces if not piece.trusted)
        if self._split(send, own, special=True) == self._split(send, own, special=False):
            return self._split(send, self._whole(send, prompt.messages), special=True, first=True)
        runs, texts = list[str | Tokens]([""]), list[str]()
        parts = _HELD.split(self._whole(send, _held(prompt.messages, texts)))
        for n, part in enumerate(parts):
            # Letters that stand together are taken apart together, whoever wrote them.
            for text in [texts[int(part)]] if n % 2 else _BRACKETED.split(part):
                control = () if n % 2 else self._control(send, text)
                runs = [*runs, control, ""] if control else [*runs[:-1], f"{runs[-1]}{text}"]
        spelled = [r if isinstance(r, tuple) else self._split(send, r, False) for r in runs]
        whole, plain = (self._split(send, "a", False, first) for first in (True, False))
        return (*whole[: len(whole) - len(plain)], *(n for ids in spelled for n in ids))

    def _control(self, send: Send, text: str) -> Tokens:
        """Give the token that a text is where control tokens are meant, or none."""
        if not _BRACKETED.fullmatch(text):
            return ()
        if text not in self._controls:
            ways = [self._split(send, text, special) for special in (True, False)]
            self._controls[text] = ways[0] if ways[0] != ways[1] else ()
        return self._controls[text]

    def _whole(self, send: Send, messages: tuple[Message, ...]) -> str:
        return self._render(send, messages) if self.chat else Prompt(messages).text

    def _render(self, send: Send, messages: tuple[Message, ...]) -> str:
        said = [{"role": message.role, "content": message.text} for message in messages]
        found = send(f"{self.root}/apply-template", {**self.extra, "messages": said})
        text = found.get("prompt") if isinstance(found, dict) else None
        if not isinstance(text, str):
            raise ValueError("no chat in its template")
        return text

    def _split(self, send: Send, text: str, special: bool, first: bool = False) -> Tokens:
        if not text:
            return ()
        body = {"content": text, "add_special": first, "parse_special": special}
        found = send(f"{self.root}/tokenize", body)
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


def _read_next(answer: Any, whole: bool = True) -> dict[int, float]:
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
