"""Wait until a server is ready with the model that is meant to be in use."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from http.client import HTTPException
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from keraswrap.exceptions import EndpointError, ParameterError

__all__ = ["check_address", "wait_ready"]

# Seconds to wait in all, between two looks, and for one answer; bytes of an answer.
_PATIENCE, _PAUSE, _ANSWER = 120.0, 0.5, 10.0
_MOST = 1 << 20


def check_address(address: str) -> str:
    """Return the address of a server, without a slash at its end.

    Raises
    ------
    ParameterError
        If it is none.

    Examples
    --------
    >>> check_address("http://127.0.0.1:8000/")
    'http://127.0.0.1:8000'
    """
    try:
        parts = urlsplit(address)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known:
        raise ParameterError(
            f"Expected the address of a server as wait_ready, such as http://127.0.0.1:8000, got "
            f"{address!r:.100}."
        )
    return address.rstrip("/")


def wait_ready(
    address: str, versions: Sequence[str], patience: float = _PATIENCE
) -> dict[str, object]:
    """Wait for a server that is ready with a version of the model.

    Parameters
    ----------
    address : str
    versions : sequence of str
        Names that the version may go by.
    patience : float, default=120.0
        Seconds.

    Returns
    -------
    dict
        ``address``, and the ``version`` that the server says; None if it says none.

    Raises
    ------
    EndpointError
        If it is not ready in time, or has another version.
    """
    ends = time.monotonic() + patience
    while True:
        told = _get(f"{address}/ready")
        found = _version(address, told) if isinstance(told, Mapping) else None
        if isinstance(told, Mapping) and (found is None or found in versions):
            return {"address": address, "version": found}
        if time.monotonic() >= ends:
            last = f"version {found}" if isinstance(told, Mapping) else told
            raise EndpointError(
                f"Expected {address} to be ready with version {versions[0]} within "
                f"{patience:.0f} s, got {last}. Is the server started, and does it follow the "
                "registry?"
            )
        time.sleep(_PAUSE)


def _version(address: str, ready: Mapping[str, object]) -> str | None:
    """Return the version of the model, from what tells it."""
    schema = _get(f"{address}/schema")
    about = schema.get("x-model") if isinstance(schema, Mapping) else None
    for told in (ready, about):
        if isinstance(told, Mapping) and told.get("version") is not None:
            return str(told["version"])
    return None


def _get(url: str) -> Mapping[str, object] | str:
    """Return the JSON object that a server answers, or why there is none."""
    try:
        with urlopen(Request(url), timeout=_ANSWER) as answer:
            told = json.loads(answer.read(_MOST))
    except (URLError, HTTPException, OSError, ValueError) as error:
        return str(getattr(error, "reason", error))[:200] or type(error).__name__
    return told if isinstance(told, Mapping) else "no JSON object"
