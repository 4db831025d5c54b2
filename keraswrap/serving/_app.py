"""The addresses of a server, as an ASGI application."""

from __future__ import annotations

from keraswrap._web import App, Receive, Scope, Send
from keraswrap.serving._access import Door, ServingAccess
from keraswrap.serving._bodies import check_length, read_body
from keraswrap.serving._gate import PATHS, Gate, respond
from keraswrap.serving._holder import Holder
from keraswrap.serving._json_form import dump
from keraswrap.serving._limits import ServingLimits
from keraswrap.serving._log import EventLog
from keraswrap.serving._negotiation import LINES, choose_answer, read_type
from keraswrap.serving._refusals import RequestError
from keraswrap.serving._schema import describe
from keraswrap.serving._service import Service
from keraswrap.serving._source import as_source
from keraswrap.serving._streams import answer_lines

__all__ = ["gated", "make_app"]


def make_app(
    model: object,
    *,
    limits: ServingLimits | None = None,
    access: ServingAccess | None = None,
    trust_pickle: bool = False,
) -> Gate:
    """Return an ASGI application that serves a model, for a server of your own.

    `serve_model` runs one that is complete; this is its application, to be mounted or run
    by another server, which then looks after connections, signals and newer models.

    Parameters
    ----------
    model : str, path-like, estimator or ModelSource
        A file of `save_estimator`, or a fitted estimator. It is loaded and run once.
    limits : ServingLimits, optional
    access : ServingAccess, optional
        By default with the keys in the environment variable ``KERASWRAP_API_KEYS``.
    trust_pickle : bool, default=False
        Whether the file may be a pickle, which runs code.

    Returns
    -------
    ASGI application
        With ``/predict``, ``/health``, ``/ready``, ``/metrics`` and ``/schema``.

    Raises
    ------
    InputError, InputTypeError, SavedFileError
        If the model cannot be served.
    MissingExtraError
        If prometheus-client is not installed (extra ``serve``).

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> app = make_app(LogisticRegression().fit([[0.0], [1.0]], ["no", "yes"]))
    >>> app.service.ready
    True
    """
    limits = limits or ServingLimits()
    log = EventLog()
    holder = Holder(as_source(model, trust_pickle=trust_pickle), limits, log)
    holder.load()
    access = access or ServingAccess.from_environment()
    return gated(Service(holder, limits, log), access, "127.0.0.1")


def gated(service: Service, access: ServingAccess, host: str) -> Gate:
    """Return the application of a service that listens at `host`."""
    pages = Pages(service, keys=bool(access.keys))
    addresses: dict[str, tuple[tuple[str, ...], App]] = {
        path: (("GET", "HEAD"), getattr(pages, path[1:])) for path in PATHS
    }
    addresses["/predict"] = (("POST",), pages.predict)
    return Gate(addresses, service, Door(access, host))


class Pages:
    """What each address answers.

    Parameters
    ----------
    service : Service
    keys : bool
        Whether requests need a key.
    """

    def __init__(self, service: Service, *, keys: bool) -> None:
        self.service, self.keys = service, keys

    async def predict(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer rows."""
        service, headers = self.service, dict(scope["headers"])
        model = service.model()
        given = read_type(headers.get(b"content-type", b"").decode("latin-1"))
        wanted = choose_answer(headers.get(b"accept", b"").decode("latin-1"), given)
        if headers.get(b"content-encoding", b"identity").lower() != b"identity":
            raise RequestError(415, "Expected a body without Content-Encoding. Send it as it is.")
        with service.budget.share() as share:
            if given == LINES:
                if wanted != LINES:
                    raise RequestError(
                        406, f"Expected to answer {LINES} by the same, got another one."
                    )
                await answer_lines(service, receive, send, share)
                return
            check_length(headers.get(b"content-length"), service.limits)
            body = await read_body(receive, service.limits, share)
            block = await service.read(body, given, model)
            del body
            parts = await service.batcher.answer(model, block)
            answer = await service.write(parts, block.n, wanted, model.version)
            del block, parts
            share.hold(len(answer))
            await respond(send, 200, answer, {"x-model-version": model.version}, wanted)

    async def health(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Say that the process lives."""
        await respond(send, 200, dump({"status": "alive"}))

    async def ready(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Say whether requests are welcome."""
        ready = self.service.ready
        status = "ready" if ready else "stopping" if self.service.stopping else "loading"
        await respond(send, 200 if ready else 503, dump({"status": status}))

    async def metrics(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Return what was counted, for Prometheus."""
        text, kind = self.service.metrics.text()
        await respond(send, 200, text, kind=kind)

    async def schema(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Return what the model takes and answers."""
        told = describe(self.service.model(), self.service.limits, keys=self.keys)
        await respond(send, 200, dump(told))
