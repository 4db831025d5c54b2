"""What a client is told when its request is not answered."""

from __future__ import annotations

import json
from collections.abc import Mapping

__all__ = ["RequestError", "error_body", "invalid", "malformed"]


class RequestError(Exception):
    """A request that is not answered.

    Parameters
    ----------
    status : int
        Of HTTP.
    message : str
        For the client: what was expected, what came, what to do.
    headers : mapping of str to str, optional
    """

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.headers = status, message, dict(headers or {})


def malformed(message: str) -> RequestError:
    """Return the refusal of what cannot be read."""
    return RequestError(400, message)


def invalid(message: str) -> RequestError:
    """Return the refusal of what can be read, but is no row of the model."""
    return RequestError(422, message)


def error_body(message: str) -> bytes:
    """Return an error as JSON.

    Examples
    --------
    >>> error_body("No.")
    b'{"error": "No."}'
    """
    return json.dumps({"error": message}).encode()
