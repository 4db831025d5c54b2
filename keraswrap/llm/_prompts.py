"""Templates → prompts: where fields are filled in, and which pieces are not trusted. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import TypeAlias

from keraswrap._texts import check_texts
from keraswrap.exceptions import InputTypeError, ParameterError, warn_user
from keraswrap.llm._protocol import Message, Piece, Prompt

__all__ = [
    "DEFAULT_PROMPT_FEW_SHOT",
    "DEFAULT_PROMPT_MULTI_LABEL",
    "DEFAULT_PROMPT_ZERO_SHOT",
    "EXAMPLE_PROMPT",
    "Template",
    "read_template",
]

# The text comes last: everything before it is the same for every row and is run only once.
_TASK = """Read the text and choose the label that fits it best.

Labels: {labels}

Answer with one of these labels, spelled as above, and with nothing else.
"""
_QUESTION = "Text:\n{text}\n\nLabel:\n"

DEFAULT_PROMPT_ZERO_SHOT = _TASK + _QUESTION
DEFAULT_PROMPT_FEW_SHOT = _TASK + "Some texts with their labels:\n\n{examples}\n\n" + _QUESTION
EXAMPLE_PROMPT = _QUESTION + "{label}"
DEFAULT_PROMPT_MULTI_LABEL = """Does the label fit the text? Answer yes or no, and nothing else.

Text:
{text}

Label: {label}

Answer:
"""

# A text, or messages, each with its role.
PromptLike: TypeAlias = str | Sequence[tuple[str, str]]
_ROLES = ("system", "user", "assistant")


@dataclass(frozen=True)
class Template:
    """A prompt with gaps, read by :func:`read_template`.

    Parameters
    ----------
    messages : tuple of (str, tuple of (str, str or None))
        Of each message its role, and its parts: what stands there, and the
        field that follows, or None at the end.
    chat : bool
        Whether the model's chat template goes around.
    """

    messages: tuple[tuple[str, tuple[tuple[str, str | None], ...]], ...]
    chat: bool

    @property
    def fields(self) -> set[str]:
        """Names of the gaps."""
        return {name for _, parts in self.messages for _, name in parts if name is not None}

    def fill(self, values: Mapping[str, str]) -> Prompt:
        """Put values into the gaps.

        Whatever is put there is data: none of it is trusted, and fields written
        in it are text.

        Parameters
        ----------
        values : mapping of str to str
            By field.
        """
        made = (Message(role, _fill(parts, values)) for role, parts in self.messages)
        return Prompt(tuple(made), self.chat)

    def fill_turns(self, turns: Sequence[tuple[str, str]], values: Mapping[str, str]) -> Prompt:
        """Show examples as turns of the chat, each a text and what was answered.

        Parameters
        ----------
        turns : sequence of (str, str)
            Texts and answers. They come right before the message with the text.
        values : mapping of str to str
            By field, for the rest.
        """
        here = max(n for n, (_, parts) in enumerate(self.messages) if ("text" in _names(parts)))
        role, parts = self.messages[here]
        shown: list[Message] = []
        for text, answer in turns:
            shown.append(Message(role, _fill(parts, {**values, "text": text})))
            shown.append(Message("assistant", (Piece(answer, trusted=False),)))
        messages = list(self.fill(values).messages)
        return Prompt((*messages[:here], *shown, *messages[here:]), self.chat)


def _names(parts: tuple[tuple[str, str | None], ...]) -> set[str | None]:
    return {name for _, name in parts}


def _fill(
    parts: tuple[tuple[str, str | None], ...], values: Mapping[str, str]
) -> tuple[Piece, ...]:
    pieces = []
    for literal, name in parts:
        pieces += [Piece(literal)] if literal else []
        if name is not None and values[name]:
            pieces.append(Piece(values[name], trusted=False))
    return tuple(pieces)


def read_template(
    prompt: object, fields: Sequence[str], *, chat: bool = False, needed: Sequence[str] = ("text",)
) -> Template:
    """Read a prompt with fields such as ``{text}``.

    Parameters
    ----------
    prompt : str or list of (str, str)
        A text; or messages, each with its role: "system", "user" or "assistant".
    fields : sequence of str
        What may be filled in.
    chat : bool, default=False
        Whether a prompt that is a str is what the user says in a chat.
        Messages always are a chat.
    needed : sequence of str, default=("text",)
        Fields that must be there, in any of the messages.

    Raises
    ------
    InputTypeError
        If the prompt is neither text nor messages.
    ParameterError
        If a field that is needed is missing, or a role is unknown.
    InputError
        If the prompt is no valid Unicode.

    Warns
    -----
    UserWarning
        If a word in braces is not one of the fields.

    Notes
    -----
    A field is replaced, every other brace stays what it is: a prompt may show
    JSON. Where doubled braces are what `str.format` takes for braces, as in
    skorch's prompts, they become single: that is if the whole prompt is a
    format string with no fields but these. ``'{{"label": "{text}"}}'`` is one,
    ``'{"a": {}} {text}'`` is not.

    Examples
    --------
    >>> template = read_template('{"review": "{text}"}', ["text"])
    >>> template.fill({"text": "Broke {labels}"}).text
    '{"review": "Broke {labels}"}'
    >>> read_template("{{{text}}}", ["text"]).fill({"text": "Superb"}).text
    '{Superb}'
    """
    messages = _as_messages(prompt)
    check_texts([text for _, text in messages], empty="allow")
    read = tuple((role, _split(text, fields)) for role, text in messages)
    template = Template(read, bool(chat) or not isinstance(prompt, str))
    missing = [name for name in needed if name not in template.fields]
    if missing:
        raise ParameterError(
            f"Expected a prompt with the field {{{missing[0]}}}, got {prompt!r:.200}. "
            f"Put {{{missing[0]}}} where it belongs; braces around anything else are text."
        )
    _warn_of_others(messages, fields)
    return template


def _as_messages(prompt: object) -> list[tuple[str, str]]:
    if isinstance(prompt, str):
        return [("user", prompt)]
    messages = list(prompt) if isinstance(prompt, list | tuple) else []
    if not messages or not all(_is_message(one) for one in messages):
        raise InputTypeError(
            "Expected a prompt as a text, or as a list of messages (role, text), got "
            f"{prompt!r:.100}. Write for instance [('system', 'Be brief.'), ('user', '{{text}}')]."
        )
    unknown = [role for role, _ in messages if role not in _ROLES]
    if unknown:
        raise ParameterError(
            f"Expected messages by 'system', 'user' or 'assistant', got one by {unknown[0]!r}. "
            "Name one of the three."
        )
    return [(str(role), str(text)) for role, text in messages]


def _is_message(one: object) -> bool:
    return isinstance(one, list | tuple) and len(one) == 2 and all(isinstance(s, str) for s in one)


def _split(text: str, fields: Sequence[str]) -> tuple[tuple[str, str | None], ...]:
    return _split_format(text, fields) or _split_literal(text, fields)


def _split_format(text: str, fields: Sequence[str]) -> tuple[tuple[str, str | None], ...]:
    """Return the parts of a format string; none if it does not have exactly these fields."""
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        return ()
    if any(
        name is not None and (name not in fields or spec or conv) for _, name, spec, conv in parts
    ):
        return ()
    return tuple((literal, name) for literal, name, _, _ in parts)


def _split_literal(text: str, fields: Sequence[str]) -> tuple[tuple[str, str | None], ...]:
    """Return the parts of a text in which only the fields have a meaning."""
    pieces = re.split("{(" + "|".join(fields) + ")}", text)
    return tuple(zip(pieces[::2], [*pieces[1::2], None], strict=True))


def _warn_of_others(messages: list[tuple[str, str]], fields: Sequence[str]) -> None:
    words = [word for _, text in messages for word in re.findall(r"(?<!{){(\w+)}(?!})", text)]
    others = sorted({word for word in words if word not in fields})
    if others:
        warn_user(
            f"The prompt holds {{{others[0]}}}, which stays as it is: fields are "
            + ", ".join(f"{{{name}}}" for name in fields)
            + "."
        )
