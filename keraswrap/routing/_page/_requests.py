"""What the page sends: a message, and the conversation so far. Pure."""

from __future__ import annotations

import json

from keraswrap.exceptions import InputError
from keraswrap.routing._conversation import Conversation

__all__ = ["MOST_BYTES", "read_request"]

# Above what the longest conversation needs whose signs are all escaped, twice.
MOST_BYTES = 1 << 21


def read_request(body: bytes) -> tuple[str, Conversation]:
    """Read a message and the conversation before it.

    Parameters
    ----------
    body : bytes
        JSON with ``message``, and ``conversation`` as a reply gave it or null.

    Returns
    -------
    message : str
    conversation : Conversation

    Raises
    ------
    InputError, InputTypeError
        If it is anything else.

    Examples
    --------
    >>> read_request(b'{"message": "Hello", "conversation": null}')[0]
    'Hello'
    """
    try:
        raw = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"Expected a request as JSON, got {error}.") from None
    if not isinstance(raw, dict) or set(raw) != {"message", "conversation"}:
        raise InputError(f"Expected a message and a conversation, got {raw!r:.100}.")
    if not isinstance(raw["message"], str):
        raise InputError(f"Expected a message as a string, got {raw['message']!r:.60}.")
    kept = raw["conversation"]
    return raw["message"], Conversation() if kept is None else Conversation.from_json(kept)
