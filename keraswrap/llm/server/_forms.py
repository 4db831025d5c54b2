"""How a server is made to keep to a form: ways that are tried until one holds.

Servers name constraints differently, refuse those that they do not know or, worse,
ignore them. So answers are checked, and a way that does not hold is left.
"""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass, field
from typing import NamedTuple

from keraswrap.llm._protocol import Message, Piece, Prompt
from keraswrap.llm._sampling import Choices, Regex, Schema
from keraswrap.llm._schemas import find_problem
from keraswrap.llm.server._wire import Body, Json

__all__ = ["MOST_TRIES", "PLAIN", "FormState", "Way", "is_about_the_form", "with_hint"]

# How often a row is asked about, at most, until an answer has its form.
MOST_TRIES = 3
# The only property of an object around an answer that is no JSON itself.
_NAME = "answer"
_JSON_BEGINS = r'["\[{\-0-9]|t(r|$)|f(a|$)|n(u|$)|$'
_OF_A_FORM = re.compile(
    r"response_format|schema|grammar|structured|guided|regex|pattern|"
    r"unrecognized|unknown|unsupported|unexpected|not supported|not permitted"
)


class Way(NamedTuple):
    """One way to ask for a form.

    Parameters
    ----------
    fields : dict
        Added to a request.
    wrapped : bool
        Whether the answer comes within a JSON object.
    """

    fields: Body
    wrapped: bool = False

    def read(self, text: str, form: Schema | None) -> str:
        """Return the answer that a text is, or holds."""
        if self.wrapped:
            text = _unwrapped(text)
        # Templates leave white space around an answer.
        bare = text.strip()
        return bare if find_problem(form, text) and not find_problem(form, bare) else text

    def may_begin(self, text: str, form: Schema) -> bool:
        """Return whether a text that was cut may be the beginning of an answer in its form."""
        begun = text.lstrip()
        if self.wrapped:
            return begun.startswith("{") or not begun
        if isinstance(form, Choices):
            return any(choice.lstrip().startswith(begun) for choice in form.texts)
        if isinstance(form, Regex):
            return bool(self.fields)  # nothing tells, so a server that was told is believed
        return re.match(_JSON_BEGINS, begun) is not None


PLAIN = Way({})


def is_about_the_form(status: int, said: str) -> bool:
    """Return whether a refusal may concern how a form was asked for.

    Examples
    --------
    >>> is_about_the_form(400, "'Unknown parameter: grammar'")
    True
    """
    return status in (400, 422) and bool(_OF_A_FORM.search(said.lower()))


def ways_of(form: Schema, api: str) -> list[Way]:
    """Return the ways to ask for a form, the last of which relies on words.

    Examples
    --------
    >>> for way in ways_of(Choices(["yes", "no"]), "chat"):
    ...     print(way.wrapped, sorted(way.fields))
    False ['grammar', 'structured_outputs']
    True ['response_format']
    False []
    """
    wrapped = not isinstance(form, str)
    schema = json.loads(form) if isinstance(form, str) else _around(form)
    told = {"name": _NAME, "schema": schema, "strict": True}
    fields: Body = {"response_format": {"type": "json_schema", "json_schema": told}}
    # llama.cpp's server reads OpenAI's field in chats only, and its own elsewhere.
    common = Way(fields if api == "chat" else fields | {"json_schema": schema}, wrapped)
    own = Way(_own_fields(form))
    # Of choices there is a way without JSON around them that two servers know.
    return [own, common, PLAIN] if isinstance(form, Choices) else [common, own, PLAIN]


def with_hint(prompt: Prompt, form: Schema) -> Prompt:
    """Return a prompt that also says in words which form an answer has."""
    *others, last = prompt.messages
    hint = Piece(f"\n\n{_in_words(form)}\n", trusted=False)
    return Prompt((*others, Message(last.role, (*last.pieces, hint))), prompt.chat)


@dataclass
class FormState:
    """What was learned of how a server keeps to a form.

    Parameters
    ----------
    ways : list of Way
    """

    ways: list[Way]
    number: int = 0
    _valid: int = 0
    _invalid: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def leave(self, number: int) -> None:
        """Leave a way that does not hold, for the next one."""
        with self._lock:
            if number == self.number and number < len(self.ways) - 1:
                self.number, self._valid, self._invalid = number + 1, 0, 0

    def note(self, number: int, holds: bool) -> None:
        """Note whether an answer has its form; a way is left if more have not."""
        with self._lock:
            if number == self.number:
                self._valid += holds
                self._invalid += not holds
        if self._invalid > self._valid:
            self.leave(number)


def _own_fields(form: Schema) -> Body:
    """Return the fields of llama.cpp's server and of vLLM, each of which ignores the other's."""
    if isinstance(form, Regex):
        return {"structured_outputs": {"regex": form.pattern}}
    if isinstance(form, Choices):
        quoted = " | ".join(map(_quote, form.texts))
        return {"grammar": f"root ::= {quoted}", "structured_outputs": {"choice": [*form.texts]}}
    schema = json.loads(form)
    return {"json_schema": schema, "structured_outputs": {"json": schema}}


def _quote(text: str) -> str:
    """Return a text as llama.cpp's grammars write it: JSON's escapes, but for those of letters."""
    return json.dumps(text, ensure_ascii=False)


def _around(form: Regex | Choices) -> Json:
    if isinstance(form, Regex):
        inner: Json = {"type": "string", "pattern": f"^({form.pattern})$"}
    else:
        inner = {"type": "string", "enum": [*form.texts]}
    return {
        "type": "object",
        "properties": {_NAME: inner},
        "required": [_NAME],
        "additionalProperties": False,
    }


def _unwrapped(text: str) -> str:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    inner = value.get(_NAME) if isinstance(value, dict) else None
    return inner if isinstance(inner, str) else text


def _in_words(form: Schema) -> str:
    if isinstance(form, Regex):
        return f"Answer only with a text that matches this regular expression: {form.pattern}"
    if isinstance(form, Choices):
        return f"Answer only with one of these texts: {json.dumps(form.texts, ensure_ascii=False)}"
    return f"Answer only with JSON of this schema: {form}"
