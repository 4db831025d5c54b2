"""Schemas → which tokens may come next, by llguidance."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from keraswrap._optional import require
from keraswrap.exceptions import InputError, ParameterError
from keraswrap.llm._sampling import Choices, Regex

if TYPE_CHECKING:
    from llguidance import LLMatcher, LLTokenizer
    from llguidance._lib import JsonCompileOptions

    from keraswrap.llm._sampling import Schema
    from keraswrap.llm.local._prompt_tokens import PromptTokens, Spec

__all__ = ["Constraint", "Grammar"]

# JSON as `json.dumps` writes it: a model that may write any white space may never end.
_JSON_STYLE: JsonCompileOptions = {
    "whitespace_flexible": False,
    "item_separator": ", ",
    "key_separator": ": ",
}


class Grammar:
    """A schema over a tokenizer's vocabulary.

    Parameters
    ----------
    tokens : PromptTokens
    schema : str, Regex or Choices

    Raises
    ------
    ParameterError
        If llguidance cannot follow the schema.
    InputError
        If it cannot read the tokenizer.
    """

    def __init__(self, tokens: PromptTokens, schema: Schema) -> None:
        self._vocabulary = tokens.vocabulary
        matcher = require("llguidance", "llm").LLMatcher
        self._start = matcher(self._vocabulary, _grammar_of(matcher, schema), log_level=0)
        if self._start.is_error():
            raise ParameterError(
                f"Expected a schema that a model in this process can follow, got {schema!r:.200}: "
                f"{' '.join(self._start.get_error().split()):.200}. Use a simpler one, or a server."
            )

    def begin(self, end: Sequence[int]) -> Constraint:
        """Return what may come in an answer that one of these tokens ends."""
        return Constraint(self._vocabulary, self._start.deep_copy(), end)


class Constraint:
    """What may come next in one answer.

    Parameters
    ----------
    vocabulary : llguidance.LLTokenizer
    matcher : llguidance.LLMatcher
    end : sequence of int
    """

    def __init__(self, vocabulary: LLTokenizer, matcher: LLMatcher, end: Sequence[int]) -> None:
        self._vocabulary, self._matcher, self._end = vocabulary, matcher, list(end)

    def allowed(self, size: int) -> np.ndarray:
        """Return which of the first tokens may come: (size,), bool."""
        bits = np.frombuffer(self._matcher.compute_bitmask(), np.uint8)
        found = np.zeros(size, bool)
        listed = np.unpackbits(bits, bitorder="little", count=self._vocabulary.vocab_size)[:size]
        found[: len(listed)] = listed
        found[self._vocabulary.eos_tokens] = False
        found[self._end] = self._matcher.is_accepting()
        return found

    def take(self, token: int) -> None:
        """Go on after a token."""
        self._matcher.consume_token(token)

    @property
    def is_complete(self) -> bool:
        """Whether the answer has its form, and nothing can follow."""
        return bool(self._matcher.is_stopped() and not self._matcher.is_error())

    @property
    def problem(self) -> str | None:
        """Why nothing can come any more, if the limits of the parser were reached."""
        told = " ".join(self._matcher.get_error().split())
        return f"the schema could not be followed any further: {told:.200}" if told else None

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of tokens, as it was matched."""
        return bytes(self._vocabulary.decode_bytes(list(ids))).decode("utf-8", "replace")


def read_vocabulary(spec: Spec, controls: Sequence[int], end: Sequence[int]) -> LLTokenizer:
    """Return a tokenizer's vocabulary, in which control tokens never are a part of a text.

    Raises
    ------
    InputError
        If llguidance cannot read it.
    """
    known = set(controls)
    added = [{**token, "special": token["id"] in known} for token in spec["added_tokens"]]
    plain = {**spec, "added_tokens": added, "padding": None, "truncation": None}
    llguidance = require("llguidance", "llm")
    try:
        return llguidance.LLTokenizer(json.dumps(plain), eos_token=list(end) or None)
    except Exception as error:  # it raises what its parsers raise
        raise InputError(
            "Expected a tokenizer that llguidance can read, to follow a schema, got "
            f"{type(error).__name__}: {error!s:.200}. Leave out the schema, or use a server."
        ) from error


def _grammar_of(matcher: type[LLMatcher], schema: Schema) -> str:
    if isinstance(schema, Regex):
        return matcher.grammar_from_regex(schema.pattern)
    if isinstance(schema, Choices):
        return matcher.grammar_from_lark("start: " + " | ".join(map(json.dumps, schema.texts)))
    return matcher.grammar_from_json_schema(schema, defaults=_JSON_STYLE)
