"""Prompts → token ids. Control tokens in what is not trusted are letters."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from keraswrap._checkpoints.tokenizer import texts_only
from keraswrap.exceptions import InputError
from keraswrap.llm._protocol import Piece, Prompt

if TYPE_CHECKING:
    from llguidance import LLTokenizer
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast

__all__ = ["PromptTokens"]

# A tokenizer's JSON, or a part of it.
Spec: TypeAlias = dict[str, Any]
# Placeholder for a message while a template is rendered: private characters, and tabs that
# disappear if the template trims.
_HOLDER = "\t\ue000{}\ue001\t"
_HELD = re.compile("(\t?)\ue000([0-9]+)\ue001(\t?)")
# Control tokens that some vocabularies do not mark as special: <think>, [INST].
_BRACKETED = re.compile(r"<[^<>\s]+>|\[/?[A-Z_]+\]")


class PromptTokens:
    """The tokens of prompts and continuations, by a checkpoint's own tokenizer.

    Parameters
    ----------
    tokenizer : transformers.PreTrainedTokenizerFast
    end_ids : iterable of int, default=()
        Tokens that end a text, besides the tokenizer's own.

    Notes
    -----
    A text of a row may hold ``<|im_end|>``: taken for the control token it would
    end the user's turn. So trusted text is split at control tokens, and all that
    lies between, trusted or not, is encoded with no control token known. Where
    none is in an untrusted text this gives the ids that encoding it all at once
    gives.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerFast, end_ids: Iterable[int] = ()) -> None:
        self.tokenizer = tokenizer
        spec = json.loads(tokenizer.backend_tokenizer.to_str())
        self.controls = _controls(spec)
        self._pattern = _pattern(self.controls, spec)
        # Some tokenizers put a space before the first word of a text, but not before later ones
        # or before a continuation.
        self._first = _letters_only(spec, self.controls)
        later, going_on = _without_first_space(spec), _without_space(spec)
        self._later = self._first if later == spec else _letters_only(later, self.controls)
        self._going_on = (
            self._later if going_on == later else _letters_only(going_on, self.controls)
        )
        self.bos = _leading(tokenizer)
        own = [] if tokenizer.eos_token_id is None else [int(tokenizer.eos_token_id)]
        self.eos = tuple(sorted({*own, *(int(number) for number in end_ids)}))
        self._render = lru_cache(maxsize=64)(self._render_roles)

    def encode(self, prompt: Prompt) -> tuple[int, ...]:
        """Encode one prompt.

        Raises
        ------
        InputError
            If it asks for a chat template and there is none, or none that takes it.
        """
        if not prompt.chat:
            pieces = [piece for message in prompt.messages for piece in message.pieces]
            return (*self.bos, *self._encode_pieces(pieces))
        return tuple(self._encode_pieces(self._in_template(prompt)))

    def encode_continuation(self, text: str) -> tuple[int, ...]:
        """Encode a continuation of a prompt as plain text, with nothing before or after."""
        return tuple(self._spell(self._going_on, text))

    def end_tokens(self, chat: bool) -> tuple[int, ...]:
        """Return the tokens that can end an answer.

        Parameters
        ----------
        chat : bool
            In a chat the turn's end; elsewhere the text's, or a line's.

        Raises
        ------
        InputError
            If the tokenizer knows none.
        """
        more = self._turn_end() if chat else self._line_ends()
        found = tuple(sorted({*self.eos, *more}))
        if not found:
            raise InputError(
                "Expected a tokenizer with a token that ends an answer, got one without. Set its "
                "eos_token."
            )
        return found

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of some tokens, without control tokens."""
        known = set(self.controls.values())
        kept = [int(number) for number in ids if int(number) not in known]
        return str(self.tokenizer.decode(kept, skip_special_tokens=True))

    @cached_property
    def vocabulary(self) -> LLTokenizer:
        """The bytes of each token, for schemas; reading them takes a second."""
        from keraswrap.llm.local._constraints import read_vocabulary

        spec = json.loads(self.tokenizer.backend_tokenizer.to_str())
        return read_vocabulary(spec, list(self.controls.values()), self.eos)

    def _encode_pieces(self, pieces: Iterable[Piece]) -> list[int]:
        ids: list[int] = []
        for number, run in enumerate(self._runs(_merged(pieces))):
            if isinstance(run, int):
                ids.append(run)
            elif run:
                ids += self._spell(self._later if number else self._first, run)
        return ids

    def _runs(self, pieces: Iterable[Piece]) -> list[str | int]:
        runs: list[str | int] = [""]
        for text, trusted in pieces:
            parts = self._pattern.split(text) if trusted and self._pattern else [text]
            for number, part in enumerate(parts):
                if number % 2:
                    runs += [self._control(part), ""]
                else:
                    runs[-1] += part  # type: ignore[operator]  # a text is always last
        return runs

    def _control(self, text: str) -> int:
        return self.controls.get(text, self.controls.get(text.strip(), -1))

    def _spell(self, tokenizer: Tokenizer, text: str) -> list[int]:
        found = tokenizer.encode(text, add_special_tokens=False)
        for number, (start, stop) in zip(found.ids, found.offsets, strict=True):
            # Some vocabularies list a control token among the words.
            content = text[start:stop].strip()
            if stop - start > 1 and self.controls.get(content) == number:
                cut = text.index(content, start) + 1
                return self._spell(tokenizer, text[:cut]) + self._spell(self._going_on, text[cut:])
        return list(found.ids)

    def _in_template(self, prompt: Prompt) -> list[Piece]:
        pieces: list[Piece] = []
        rendered = self._render(tuple(message.role for message in prompt.messages))
        for part in rendered:
            if isinstance(part, str):
                pieces.append(Piece(part))
            else:
                number, left, right = part
                pieces += _trimmed(prompt.messages[number].pieces, left, right)
        return pieces

    def _render_roles(
        self, roles: tuple[str, ...], answered: bool = False
    ) -> list[str | tuple[int, bool, bool]]:
        said = [{"role": role, "content": _HOLDER.format(k)} for k, role in enumerate(roles)]
        try:
            text = self.tokenizer.apply_chat_template(
                said, tokenize=False, add_generation_prompt=not answered
            )
        except Exception as error:  # templates and transformers raise errors of their own
            raise InputError(
                "Expected a model whose chat template takes messages of the roles "
                f"{', '.join(roles)}, got {type(error).__name__}: {error!s:.200}. Use a prompt "
                "that is not a chat, or a model that was trained to chat."
            ) from error
        parts: list[str | tuple[int, bool, bool]] = []
        flat = _HELD.split(str(text))  # text, tab, number, tab, text, ...
        for k in range(0, len(flat) - 1, 4):
            parts += [flat[k], (int(flat[k + 2]), not flat[k + 1], not flat[k + 3])]
        parts.append(flat[-1])
        seen = {part[0] for part in parts if isinstance(part, tuple)}
        if seen != set(range(len(roles))):
            left_out = [role for k, role in enumerate(roles) if k not in seen]
            raise InputError(
                f"Expected a chat template that keeps every message, got one that leaves out "
                f"{', '.join(left_out)}. Use other roles, or a prompt that is not a chat."
            )
        return parts

    def _turn_end(self) -> list[int]:
        after = self._render_roles(("user", "assistant"), answered=True)[-1]
        found = self._pattern.search(str(after)) if self._pattern else None
        if found is None or str(after)[: found.start()].strip():
            return []
        return [self._control(found.group())]

    def _line_ends(self) -> list[int]:
        ways = [self.encode_continuation(text) for text in ("\n", "\n\n")]
        return [way[0] for way in ways if len(way) == 1]


def _merged(pieces: Iterable[Piece]) -> list[Piece]:
    merged: list[Piece] = []
    for piece in pieces:
        if merged and merged[-1].trusted == piece.trusted:
            merged[-1] = Piece(merged[-1].text + piece.text, piece.trusted)
        else:
            merged.append(piece)
    return merged


def _trimmed(pieces: Sequence[Piece], left: bool, right: bool) -> list[Piece]:
    kept = [piece for piece in pieces if piece.text]
    while left and kept and not kept[0].text.strip():
        kept = kept[1:]
    while right and kept and not kept[-1].text.strip():
        kept = kept[:-1]
    if left and kept:
        kept[0] = Piece(kept[0].text.lstrip(), kept[0].trusted)
    if right and kept:
        kept[-1] = Piece(kept[-1].text.rstrip(), kept[-1].trusted)
    return kept


def _controls(spec: Spec) -> dict[str, int]:
    return {
        token["content"]: token["id"]
        for token in spec["added_tokens"]
        if token["special"] or _BRACKETED.fullmatch(token["content"])
    }


def _pattern(controls: Mapping[str, int], spec: Spec) -> re.Pattern[str] | None:
    about = {token["content"]: token for token in spec["added_tokens"]}
    ways = []
    for content in sorted(controls, key=len, reverse=True):
        before = r"\s*" if about[content]["lstrip"] else ""
        after = r"\s*" if about[content]["rstrip"] else ""
        ways.append(before + re.escape(content) + after)
    return re.compile(f"({'|'.join(ways)})") if ways else None


def _letters_only(spec: Spec, controls: Mapping[str, int]) -> Tokenizer:
    added = [{**t, "special": t["content"] in controls} for t in spec["added_tokens"]]
    return texts_only(json.dumps({**spec, "added_tokens": added}))


def _without_first_space(spec: Spec) -> Spec:
    return {**spec, "pre_tokenizer": _changed(spec["pre_tokenizer"], _not_first)}


def _without_space(spec: Spec) -> Spec:
    return {**spec, **{k: _changed(spec[k], _never) for k in ("normalizer", "pre_tokenizer")}}


def _changed(part: Spec | None, change: Callable[[Spec], Spec]) -> Spec | None:
    if part is None or part["type"] != "Sequence":
        return part and change(part)
    key = "normalizers" if "normalizers" in part else "pretokenizers"
    return {**part, key: [_changed(each, change) for each in part[key]]}


def _not_first(part: Spec) -> Spec:
    first = part["type"] == "Metaspace" and part["prepend_scheme"] == "first"
    return {**part, "prepend_scheme": "never"} if first else part


def _never(part: Spec) -> Spec:
    if part["type"] == "Metaspace":
        return {**part, "prepend_scheme": "never"}
    if part["type"] == "ByteLevel" and "add_prefix_space" in part:
        return {**part, "add_prefix_space": False}
    return {"type": "Sequence", "normalizers": []} if part["type"] == "Prepend" else part


def _leading(tokenizer: PreTrainedTokenizerFast) -> tuple[int, ...]:
    whole = list(tokenizer("a")["input_ids"])
    plain = list(tokenizer("a", add_special_tokens=False)["input_ids"])
    for k in range(len(whole) - len(plain) + 1):
        if whole[k : k + len(plain)] == plain:
            return tuple(whole[:k])
    return ()
