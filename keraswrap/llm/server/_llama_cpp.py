"""Exact probabilities from llama.cpp's own server: token by token, down the tree of labels.

Its completions do not echo, but take tokens, and list the likeliest next ones after
several prompts in one request. What is between the labels' tokens is not asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import NamedTuple, TypeAlias

import numpy as np

from keraswrap.exceptions import EndpointError
from keraswrap.llm._protocol import Continuation, Message, Piece, Prompt
from keraswrap.llm.server._llama_cpp_prompts import Controls, PromptReader, Send
from keraswrap.llm.server._next_tokens import (
    Start,
    Tokens,
    after,
    as_asked,
    biased_body,
    plain_body,
    read_biased,
    read_plain,
)
from keraswrap.llm.server._wire import Body, Json

__all__ = ["LlamaCppScorer", "Send", "Vocabulary"]

# How many likely tokens are listed: what goes on with a word that has begun is among 50. If there
# are no other lists, 200 cost no more than 20, and few labels begin with a rarer token.
_LISTED, _LISTED_ALONE = 50, 200
_ALL = 10**6
# Draws until one is a whole character, which nearly all tokens are.
_SEEDS = (1, 2, 3)
_OPEN_THOUGHT = re.compile(r"(<(think|thinking|thought|reasoning)>|\[THINK\])\s*\Z")
# Logarithms of the probabilities of tokens.
_Listed: TypeAlias = dict[int, float]


class _Tree(NamedTuple):
    """Which tokens are asked after which, and the steps of each label.

    Parameters
    ----------
    paths : list of list of (tuple of int, tuple of int)
        After these tokens any of those.
    wide : set of tuple of int
        Where what is wanted may be anywhere in the distribution: it is made likelier.
    bare : set of tuple of int
        Where that gives no list.
    """

    asked: dict[Tokens, set[int]]
    paths: list[list[tuple[Tokens, Tokens]]]
    wide: set[Tokens]
    bare: set[Tokens]


@dataclass
class Vocabulary:
    """What was learned of a server and its tokens, for all that is asked of it.

    Parameters
    ----------
    safe : int
        A token after which others are listed.
    biases : bool
        Whether tokens can be made likelier by a known factor.
    slots : SimpleQueue of int
        Where prompts can be computed at the same time; -1 leaves it to the server.
    """

    safe: int = -1
    biases: bool = False
    trees: dict[tuple[Continuation, ...], _Tree] = field(default_factory=dict)
    controls: Controls = field(default_factory=Controls)
    slots: SimpleQueue[int] = field(default_factory=SimpleQueue)

    @contextmanager
    def slot(self) -> Iterator[int]:
        """Have a place where what was computed of a prompt stays until the end of the block."""
        number = self.slots.get()
        try:
            yield number
        finally:
            self.slots.put(number)

    def count_work(self, continuations: Sequence[Continuation]) -> tuple[int, int] | None:
        """Return the tokens read beside a prompt and written, or None if not known yet."""
        tree = self.trees.get(tuple(continuations))
        return None if tree is None else (sum(map(len, tree.asked)), len(tree.asked))


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
        self.root, self.chat, self.known = root, chat, known
        self._send_to = send
        self._prompts = PromptReader(self._send, chat, dict(extra or {}), known.controls)

    def works(self) -> bool:
        """Return whether the server tokenizes a text, and a chat, in a way that can be scored."""
        ids, known = self._prompts.split("a", special=False), self.known
        if not ids:
            return False
        known.safe = ids[0]
        listed = self._next([*ids], 20)
        if not self._can_force(ids, listed):
            return False
        known.biases = self._can_bias(ids, listed)
        props = self._props()
        slots = props.get("total_slots")
        for number in range(slots) if isinstance(slots, int) and 1 < slots < 1000 else [-1]:
            known.slots.put(number)
        self._learn_controls(ids, props.get("eos_token"))
        said = self._prompts.render((Message("user", (Piece("a"),)),)) if self.chat else ""
        return _OPEN_THOUGHT.search(said) is None

    def _can_force(self, ids: Tokens, listed: dict[int, float]) -> bool:
        """Return whether forcing a token leaves its probability unchanged."""
        last = min(listed, key=lambda token: listed[token])
        forced = self._next([*ids], 20, last)
        return last in forced and abs(forced[last] - listed[last]) < 1

    def _can_bias(self, ids: Tokens, listed: dict[int, float]) -> bool:
        """Return whether a token's probability can be told where it is made likelier."""
        last = min(listed, key=lambda token: listed[token])
        try:
            body = biased_body([[*ids], [*ids, *ids]], {last})
            found = read_biased(self._complete(body, 2)[0], {last})
        except ValueError:
            return False
        return all(abs(found.get(token, 1.0) - listed[token]) < 0.5 for token in listed)

    def _learn_controls(self, ids: Tokens, end: Json) -> None:
        """List the whole vocabulary, once, for its control tokens; it may be too much to send."""
        with suppress(EndpointError, ValueError):
            (answer,) = self._complete(plain_body([[*ids]], _ALL, self.known.safe), 1)
            self._prompts.learn_controls(answer, end)

    def _props(self) -> Body:
        """Return what the server tells of itself, which it may not."""
        with suppress(EndpointError):
            if isinstance(found := self._send("props", None), dict):
                return found
        return {}

    def _send(self, path: str, body: Body | None) -> Json:
        return self._send_to(f"{self.root}/{path}", body)

    def count(self, prompt: Prompt) -> int:
        """Count the tokens of a prompt."""
        return len(self._prompts.encode(prompt.messages))

    def score(
        self, prompt: Prompt, continuations: Sequence[Continuation]
    ) -> tuple[np.ndarray, tuple[int, int]]:
        """Ask how likely each continuation comes next, and count tokens read and written.

        Raises
        ------
        ValueError
            If an answer is none.
        """
        start, tree = self._prompts.begin(prompt.messages), self._grow(tuple(continuations))
        with self.known.slot() as slot:
            found, n_read = self._ask(start, tree, slot)
        sums = [
            sum(_either([found[before][token] for token in ways]) for before, ways in path)
            for path in tree.paths
        ]
        return np.array(sums), (n_read + sum(map(len, tree.asked)), len(tree.asked))

    def _ask(self, start: Start, tree: _Tree, slot: int) -> tuple[dict[Tokens, _Listed], int]:
        """Return what is listed after all that is asked, and count the prompt's tokens."""
        wide = [before for before in tree.asked if before in tree.wide]
        narrow = [before for before in tree.asked if before not in tree.wide]
        found, n_read = dict[Tokens, _Listed](), 0
        for biased, nodes in ((True, wide), (False, narrow)):
            if nodes:
                listed, n_read = self._list(start, tree, nodes, biased, slot)
                found |= listed
        missed = [n for n in narrow if n not in tree.bare and tree.asked[n] - found[n].keys()]
        if missed and self.known.biases:
            tree.wide.update(missed)
            found |= self._list(start, tree, missed, True, slot)[0]
        for before, wanted in tree.asked.items():
            self._force(after(start, before), wanted, found[before], slot)
        return found, n_read

    def _list(
        self, start: Start, tree: _Tree, nodes: list[Tokens], biased: bool, slot: int
    ) -> tuple[dict[Tokens, _Listed], int]:
        """List the next tokens after some of what is asked, in one request if all are listed."""
        tokens = set[int]().union(*(tree.asked[before] for before in nodes))
        n_probs = _LISTED if self.known.biases else _LISTED_ALONE
        found, n_read = dict[Tokens, _Listed](), None
        for seed in _SEEDS if biased else _SEEDS[:1]:
            left = [before for before in nodes if not found.get(before)]
            if not left:
                break
            prompts = [after(start, before) for before in left]
            if biased:
                answers = self._complete(biased_body(prompts, tokens, seed), len(left), slot)
                listed = [read_biased(answer, tokens) for answer in answers]
            else:
                # Nothing is listed after half a character or at the end: a letter is appended.
                body = plain_body(prompts, n_probs, self.known.safe)
                answers = self._complete(body, len(left), slot)
                listed = [read_plain(answer) for answer in answers]
            found |= dict(zip(left, listed, strict=True))
            n_read = answers[0].get("tokens_evaluated") if n_read is None else n_read
        none = {before for before, each in found.items() if not each}
        tree.bare.update(none)
        tree.wide.difference_update(none)
        if type(n_read) is not int:
            raise ValueError("no count of tokens")
        return found, n_read - len(nodes[0])

    def _force(self, prompt: Json, wanted: set[int], listed: _Listed, slot: int) -> None:
        """Add what is not listed, one after another."""
        for token in wanted - listed.keys():
            listed |= self._next(prompt, 1, token, whole=False, slot=slot)
        if wanted - listed.keys():
            listed |= self._next(prompt, _ALL, self.known.safe, slot=slot)
        if wanted - listed.keys():
            raise ValueError("a list without a token of its own")

    def _next(
        self,
        prompt: Json,
        n_probs: int,
        forced: int | None = None,
        whole: bool = True,
        slot: int = -1,
    ) -> _Listed:
        """Ask for the likeliest next tokens, where one may be forced."""
        (answer,) = self._complete(plain_body([prompt], n_probs, forced), 1, slot)
        return read_plain(answer, whole)

    def _complete(self, body: Body, n: int, slot: int = -1) -> list[Json]:
        where = {} if slot < 0 else {"id_slot": slot}
        return as_asked(self._send("completion", body | where), n)

    def _grow(self, continuations: tuple[Continuation, ...]) -> _Tree:
        if continuations not in self.known.trees:
            ends: Tokens = self._ends() if any(c.ends for c in continuations) else ()
            paths = [self._path(each, ends) for each in continuations]
            asked: dict[Tokens, set[int]] = {}
            for path in paths:
                for before, ways in path:
                    asked.setdefault(before, set()).update(ways)
            wide = {n for n in asked if not n or len(asked[n]) > 1} if self.known.biases else set()
            self.known.trees[continuations] = _Tree(asked, paths, wide, set())
        return self.known.trees[continuations]

    def _path(self, one: Continuation, ends: Tokens) -> list[tuple[Tokens, Tokens]]:
        ids = self._go_on(one.text)
        steps: list[tuple[Tokens, Tokens]] = [(ids[:k], (ids[k],)) for k in range(len(ids))]
        return [*steps, (ids, ends)] if one.ends else steps

    def _go_on(self, text: str) -> Tokens:
        # Some tokenizers put a space before a text that stands alone.
        line = self._prompts.split("\n", special=False)
        ids = self._prompts.split("\n" + text, special=False)
        if ids[: len(line)] == line and len(ids) > len(line):
            return ids[len(line) :]
        return self._prompts.split(text, special=False)

    def _ends(self) -> Tokens:
        """Return the tokens that end an answer: the text's, and the turn's or a line's."""
        if self.chat:
            follows = self._prompts.after_answer().lstrip()
            more = [self._prompts.split(follows, special=True)[:1]]
        else:
            lines = [self._prompts.split(text, special=False) for text in ("\n", "\n\n")]
            more = [line for line in lines if len(line) == 1]
        end = self._props().get("eos_token") or ""
        own = self._prompts.split(end, special=True) if end else ()
        return tuple(sorted({*own, *(token for each in more for token in each)}))


def _either(log_probs: list[float]) -> float:
    return float(np.logaddexp.reduce(log_probs))
