"""Requests to a server: bounded in time, size and number, and silent about the key."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from keraswrap._optional import require
from keraswrap.exceptions import EndpointError, ParameterError
from keraswrap.llm.server._addresses import is_loopback, scrub
from keraswrap.llm.server._rate_limit import RateLimiter, pause_after, read_retry_after
from keraswrap.llm.server._wire import Body, Json

if TYPE_CHECKING:
    from httpx2 import Response

__all__ = ["Refusal", "Transport"]

_T = TypeVar("_T")
# Largest answer in bytes; echoing 77 labels after a long text takes a few million.
_LARGEST = 64 * 2**20
# Characters of a server's message that an error quotes.
_LONGEST_LINE = 300
_LATE = "an answer that does not end in time"
_AGAIN = {408, 409, 425, 429}
_HINTS = {
    400: "extra_body={'name': None} leaves a field out that the server does not take.",
    401: "Is the key in the environment variable that api_key_env names the right one?",
    403: "May the key in the environment variable that api_key_env names use this model?",
    404: "Check base_url, which usually ends in /v1, and model.",
    413: "Are the texts too long? Shorten them.",
    429: "The quota is used up: waiting does not help.",
}


class Passing(Exception):  # noqa: N818 - a state of the server, which may pass
    """Raised inside for a failure that may be gone the next time."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Refusal(EndpointError):  # noqa: N818 - an answer, too: of a server that will not
    """Raised if a server refuses to answer a request.

    Parameters
    ----------
    said : str
        What the server says, with the code that it gives.
    """

    def __init__(self, message: str, status: int, said: str) -> None:
        super().__init__(message)
        self.status, self.said = status, said

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (str(self), self.status, self.said)


class Stopped(Exception):  # noqa: N818 - not an error: another request has failed for good
    """Raised inside for a request that is not wanted any more."""


class _Request(NamedTuple):
    """An address, and what is sent there: nothing, if its body is None."""

    url: str
    body: Body | None

    def sent(self) -> dict[str, object]:
        """Return the arguments of a request."""
        if self.body is None:
            return {"method": "GET", "url": self.url}
        # Invalid Unicode becomes escapes, which JSON can hold.
        content = json.dumps(self.body, allow_nan=False).encode()
        headers = {"Content-Type": "application/json"}
        return {"method": "POST", "url": self.url, "content": content, "headers": headers}


@dataclass
class Transport:
    """Sends to one address, again after a failure that may pass.

    Parameters
    ----------
    key : str or None
        Sent with each request, and kept out of all that is said.
    timeout : float
        Seconds for each try, from the first byte sent to the last one read.
    backoff : float
        Seconds before the second try; twice as many before each one after it.
    """

    url: str
    key: str | None = field(repr=False)
    timeout: float
    max_retries: int
    backoff: float
    limiter: RateLimiter
    n_connections: int = 1

    def __post_init__(self) -> None:
        self.stop = threading.Event()
        self._deadline = threading.local()
        self._rng = random.Random()
        self._http = require("httpx2", "llm")
        headers = {"Accept-Encoding": "identity", "User-Agent": "keraswrap"}
        if self.key is not None:
            headers["Authorization"] = f"Bearer {self.key}"
        self._client = self._http.Client(
            headers=headers,
            timeout=self.timeout,
            follow_redirects=False,  # another address must not see the key
            trust_env=not is_loopback(self.url),  # a proxy must not see local traffic
            limits=self._http.Limits(max_connections=self.n_connections),
        )
        try:
            self._http.URL(self.url)
        except self._http.InvalidURL as error:
            raise ParameterError(f"Expected an address, got {self.url!r:.100}: {error}.") from None

    def close(self) -> None:
        """Close the connections, and release all waiting threads."""
        self.stop.set()
        self._client.close()

    def send(
        self,
        body: Body | None,
        read: Callable[[Json], _T],
        url: str | None = None,
        max_retries: int | None = None,
    ) -> _T:
        """Send a request, and read the answer.

        Parameters
        ----------
        body : dict or None
            None asks for what is there, without saying anything.
        read : callable
            Takes what the answer's JSON holds; a ValueError says that it cannot be read.
        url : str, optional
            Another one of the same server.
        max_retries : int, optional
            Instead of the sender's own.

        Returns
        -------
        object
            What `read` returned.

        Raises
        ------
        EndpointError
            If the server refuses, or if the last try has failed.
        """
        reason, url = "", url or self.url
        request = _Request(url, body)
        last = self.max_retries if max_retries is None else max_retries
        for attempt in range(last + 1):
            if not self.limiter.wait(self.stop):
                break
            try:
                return self._try(request, read)
            except Passing as failure:
                reason = str(failure)
                if attempt < last:
                    self._pause(attempt, failure.retry_after)
        if not reason:
            raise Stopped
        raise EndpointError(
            f"Expected an answer from {url}, got {scrub(reason, self.key)} the last time, "
            f"tried {attempt + 1} times. Is the server up? Raise timeout or max_retries, or "
            "lower max_concurrency or requests_per_minute."
        )

    def _try(self, request: _Request, read: Callable[[Json], _T]) -> _T:
        try:
            return read(json.loads(self._ask(request).decode("utf-8")))
        except (ValueError, RecursionError, OverflowError) as error:
            raise Passing(f"an answer that cannot be read ({error})") from None
        except self._http.TransportError as error:
            raise Passing(f"{type(error).__name__} ({error})") from None

    def _pause(self, attempt: int, retry_after: float | None) -> None:
        seconds = pause_after(attempt, self.backoff, self._rng, retry_after)
        if retry_after:
            self.limiter.hold(seconds)
        self.stop.wait(seconds)

    def _ask(self, request: _Request) -> bytes:
        deadline = self._deadline.at = time.monotonic() + self.timeout
        sent = {**request.sent(), "extensions": {"trace": self._bound}}
        with self._client.stream(**sent) as answer:
            self._refuse_encoded(answer)
            raw = _read_within(answer.iter_raw(), deadline)
            if answer.status_code != 200:
                self._explain(request.url, answer, raw)
            return raw

    def _bound(self, event: str, info: Mapping[str, Any]) -> None:
        """Limit each new connection's reads, headers included, to the rest of an attempt."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            stream = info["return_value"]
            stream.read = self._within(stream.read)

    def _within(self, read: Callable[..., bytes]) -> Callable[..., bytes]:
        def bounded(max_bytes: int, timeout: float | None = None) -> bytes:
            left = self._deadline.at - time.monotonic()
            if left <= 0:
                raise Passing(_LATE)
            return read(max_bytes, left if timeout is None else min(timeout, left))

        return bounded

    def _refuse_encoded(self, answer: Response) -> None:
        # Compression was not requested, and a small body may unpack to any size.
        encoding = answer.headers.get("content-encoding", "identity")
        if encoding != "identity":
            raise EndpointError(
                f"Expected an answer from {self.url} that is not packed, got {encoding!r:.40}."
            )

    def _explain(self, url: str, answer: Response, raw: bytes) -> None:
        status = answer.status_code
        said = _message(raw, self.key)
        spent = "insufficient_quota" in _code(raw)
        if (status in _AGAIN or status >= 500) and not spent:
            raise Passing(
                f"status {status} ({said})", read_retry_after(answer.headers.get("retry-after"))
            )
        hint = _HINTS.get(status, "Look at what it says.")
        if 300 <= status < 400:
            hint = "A redirect is not followed: pass the base_url that it leads to."
        message = f"Expected an answer from {url}, got status {status}: {said}. {hint}"
        raise Refusal(message, status, f"{said} {_code(raw)}")


def _read_within(chunks: Iterator[bytes], deadline: float) -> bytes:
    raw = bytearray()
    for chunk in chunks:
        raw += chunk
        if len(raw) > _LARGEST:
            raise EndpointError(
                f"Expected an answer of at most {_LARGEST >> 20} MiB, got more. It was left unread."
            )
        if time.monotonic() > deadline:
            raise Passing(_LATE)
    return bytes(raw)


def _code(raw: bytes) -> str:
    """Return the code and the kind by which a server names what is wrong."""
    try:
        said = json.loads(raw)["error"]
        return " ".join(str(said.get(name, "")) for name in ("code", "type", "param"))
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        return ""


def _message(raw: bytes, key: str | None) -> str:
    """Return a server's error message: one line, without the key."""
    text = scrub(raw.decode("utf-8", "replace"), key)
    try:
        said = json.loads(text)
        said = said.get("error", said) if isinstance(said, dict) else said
        said = said.get("message", said.get("detail", said)) if isinstance(said, dict) else said
    except (ValueError, RecursionError):
        said = text
    line = scrub(" ".join(str(said).split()), key)
    return repr(line if len(line) <= _LONGEST_LINE else line[:_LONGEST_LINE] + "...")
