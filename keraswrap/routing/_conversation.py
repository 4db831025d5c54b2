"""What was said so far: plain JSON, which can be kept anywhere and is checked when it is back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from keraswrap.exceptions import InputError, InputTypeError

__all__ = ["Conversation", "Pending", "Turn"]

_ROLES = ("customer", "shop")
# Turns that are kept, and characters of each. Earlier turns are dropped.
MOST_TURNS = 20
MOST_CHARACTERS = 4000
# Characters of a file: twice what turns can hold in escaped form would never be reached by ours.
_MOST_JSON = 1_000_000
_MOST_FIELDS = 20
_VERSION = 1


@dataclass(frozen=True)
class Turn:
    """What one side said.

    Parameters
    ----------
    role : {"customer", "shop"}
    text : str
    """

    role: str
    text: str


@dataclass(frozen=True)
class Pending:
    """A route that waits for fields.

    Parameters
    ----------
    route : str
    fields : tuple of (str, str)
        Fields that were found so far, as the messages spell them.
    asked : int
        How often was asked.
    """

    route: str
    fields: tuple[tuple[str, str], ...] = ()
    asked: int = 1


@dataclass(frozen=True)
class Conversation:
    """The state of a conversation between two messages.

    `MessageRouter.respond` takes one and returns the next one in its reply. It is plain
    data: keep `to_json` wherever sessions are kept.

    Parameters
    ----------
    turns : tuple of Turn
        The last 20 at most, each cut to 4,000 characters.
    pending : Pending, optional
        The route that asked a question back, with the fields found before. Their texts
        pass the fields' patterns again when they are used.

    Examples
    --------
    >>> kept = Conversation().add("Where is it?", "Please tell me your order number.").to_json()
    >>> Conversation.from_json(kept).turns[-1].text
    'Please tell me your order number.'
    """

    turns: tuple[Turn, ...] = ()
    pending: Pending | None = field(default=None)

    def add(self, message: str, reply: str, pending: Pending | None = None) -> Conversation:
        """Return the conversation after a message and its reply.

        Parameters
        ----------
        message, reply : str
        pending : Pending, optional

        Returns
        -------
        Conversation
        """
        said = (("customer", message), ("shop", reply))
        new = tuple(Turn(role, text[:MOST_CHARACTERS]) for role, text in said)
        return replace(self, turns=(*self.turns, *new)[-MOST_TURNS:], pending=pending)

    def to_json(self) -> str:
        """Return the conversation as JSON text.

        Returns
        -------
        str
        """
        waits = self.pending and {
            "route": self.pending.route,
            "fields": dict(self.pending.fields),
            "asked": self.pending.asked,
        }
        turns = [{"role": turn.role, "text": turn.text} for turn in self.turns]
        return json.dumps({"version": _VERSION, "turns": turns, "pending": waits})

    @classmethod
    def from_json(cls, text: str) -> Conversation:
        """Read a conversation from JSON text that may have been changed by anyone.

        Parameters
        ----------
        text : str

        Returns
        -------
        Conversation

        Raises
        ------
        InputTypeError
            If it is no string.
        InputError
            If it is no JSON, longer than a million characters, or holds anything else
            than a conversation.
        """
        if not isinstance(text, str):
            raise InputTypeError(f"Expected a conversation as JSON text, got {text!r:.60}.")
        if len(text) > _MOST_JSON:
            raise InputError(
                f"Expected at most {_MOST_JSON:,} characters of a conversation, got {len(text):,}."
            )
        try:
            raw = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InputError(f"Expected a conversation as JSON text, got {error}.") from None
        _need(isinstance(raw, dict) and set(raw) == {"version", "turns", "pending"}, raw)
        _need(raw["version"] == _VERSION and type(raw["version"]) is int, raw["version"])
        _need(isinstance(raw["turns"], list) and len(raw["turns"]) <= MOST_TURNS, raw["turns"])
        turns = tuple(_read_turn(each) for each in raw["turns"])
        return cls(turns, None if raw["pending"] is None else _read_pending(raw["pending"]))


def check_conversation(conversation: object) -> Conversation:
    """Return a conversation, an empty one for None; raise InputTypeError for anything else."""
    if conversation is None:
        return Conversation()
    if not isinstance(conversation, Conversation):
        raise InputTypeError(
            f"Expected a Conversation or None, got {conversation!r:.60}. Read what was kept with "
            "Conversation.from_json."
        )
    return conversation


def _read_turn(raw: Any) -> Turn:
    _need(isinstance(raw, dict) and set(raw) == {"role", "text"}, raw)
    _need(raw["role"] in _ROLES and _is_text(raw["text"], MOST_CHARACTERS), raw)
    return Turn(raw["role"], raw["text"])


def _read_pending(raw: Any) -> Pending:
    _need(isinstance(raw, dict) and set(raw) == {"route", "fields", "asked"}, raw)
    _need(_is_text(raw["route"], 200) and isinstance(raw["fields"], Mapping), raw)
    _need(type(raw["asked"]) is int and 0 <= raw["asked"] <= 100, raw)
    fields = tuple(raw["fields"].items())
    _need(len(fields) <= _MOST_FIELDS and all(_is_text(text, 64) for _, text in fields), raw)
    return Pending(raw["route"], fields, raw["asked"])


def _is_text(value: object, most: int) -> bool:
    return isinstance(value, str) and len(value) <= most


def _need(good: bool, got: object) -> None:
    if not good:
        raise InputError(
            f"Expected a conversation as Conversation.to_json writes it, got {got!r:.100}. Begin "
            "a new one."
        )
