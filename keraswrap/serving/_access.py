"""Who may ask: keys from the environment, and the names under which a server is reached."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass

from keraswrap._web import is_loopback, own_names, refusal
from keraswrap.exceptions import ParameterError, warn_user
from keraswrap.serving._refusals import RequestError

__all__ = ["KEYS", "ServingAccess"]

# The environment variable with the keys, separated by commas.
KEYS = "KERASWRAP_API_KEYS"
_SHORTEST = 16
# What says of the process alone that it lives, for whoever starts and stops it.
_OPEN = ("/health", "/ready")


@dataclass(frozen=True, repr=False)
class ServingAccess:
    """Who may ask a server.

    Parameters
    ----------
    keys : tuple of str, default=()
        A request has to bring one of them, as ``Authorization: Bearer KEY`` or
        ``X-API-Key: KEY``; all but ``/health`` and ``/ready``. None if it is empty.
    expose : bool, default=False
        Whether the server may listen where other machines reach it.
    no_keys : bool, default=False
        Whether it may do so without keys.
    names : tuple of str, default=()
        Names under which it is reached without keys, beside addresses and ``localhost``:
        those of a proxy.

    Raises
    ------
    ParameterError
        If a key is shorter than 16 characters, or not of ASCII.

    Examples
    --------
    >>> ServingAccess(keys=("secret",))
    Traceback (most recent call last):
    keraswrap.exceptions.ParameterError: Expected keys of at least 16 characters of ASCII, ...
    """

    keys: tuple[str, ...] = ()
    expose: bool = False
    no_keys: bool = False
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for key in self.keys:
            if not key.isascii() or not key.isprintable() or len(key) < _SHORTEST or " " in key:
                raise ParameterError(
                    f"Expected keys of at least {_SHORTEST} characters of ASCII, without spaces, "
                    f"got one of {len(key)}. Make one with: openssl rand -hex 32"
                )

    @classmethod
    def from_environment(
        cls, *, expose: bool = False, no_keys: bool = False, names: tuple[str, ...] = ()
    ) -> ServingAccess:
        """Read the keys from ``KERASWRAP_API_KEYS``, separated by commas.

        Parameters
        ----------
        expose, no_keys : bool, default=False
        names : tuple of str, default=()
            As in the constructor.

        Returns
        -------
        ServingAccess

        Examples
        --------
        >>> ServingAccess.from_environment().expose
        False
        """
        given = os.environ.get(KEYS, "").split(",")
        keys = tuple(key.strip() for key in given if key.strip())
        return cls(keys, expose, no_keys, names)

    def check_host(self, host: str) -> None:
        """Raise ParameterError unless a server may listen there.

        Parameters
        ----------
        host : str
        """
        if is_loopback(host):
            return
        if not self.expose:
            raise ParameterError(
                f"Expected a loopback address, such as 127.0.0.1, got host={host!r}: other "
                "machines would reach the model. Pass expose=True if that is meant."
            )
        if not self.keys and not self.no_keys:
            raise ParameterError(
                f"Expected keys in the environment variable {KEYS}, separated by commas, as "
                f"host={host!r} is reached by other machines, got none. Set it, or pass "
                "no_keys=True if everyone may ask."
            )
        warn_user(f"The server on {host} is not encrypted"
                  + (": put a proxy with TLS before it." if self.keys
                     else ", and open to everyone who can reach it."))  # fmt: skip


class Door:
    """Lets requests in, or says why not.

    Parameters
    ----------
    access : ServingAccess
    host : str
        Where the server listens.
    """

    def __init__(self, access: ServingAccess, host: str) -> None:
        # Hashes are of one length, so that comparing them takes the same time for any key.
        self._hashes = [_hashed(key.encode()) for key in access.keys]
        self._names = {name.lower() for name in (*access.names, *own_names(host))}

    def check(self, method: str, path: str, headers: Mapping[bytes, bytes]) -> None:
        """Raise a RequestError unless a request may be answered.

        A browser's page elsewhere cannot know a key, so only without keys its origin and
        the name that it uses are looked at.
        """
        if path in _OPEN:
            return
        if self._hashes:
            self._check_key(headers)
            return
        plain = {key.decode("latin-1"): value.decode("latin-1") for key, value in headers.items()}
        why = refusal(method, plain, self._names)
        if why is not None:
            raise RequestError(403, why)

    def _check_key(self, headers: Mapping[bytes, bytes]) -> None:
        given = headers.get(b"x-api-key", b"")
        scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
        if scheme.lower() == b"bearer":
            given = token.strip()
        found = _hashed(given)
        # All are compared, so that the time does not tell which one was near.
        matches = [hmac.compare_digest(found, one) for one in self._hashes]
        if not any(matches):
            raise RequestError(
                401,
                "Expected a key of this server, as 'Authorization: Bearer KEY', got "
                + ("another one." if given else "none."),
                {"WWW-Authenticate": 'Bearer realm="keraswrap"'},
            )


def _hashed(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()
