"""Options of ``keraswrap serve``."""

from __future__ import annotations

from keraswrap.cli._options import Commands, command

# Name, type, what it limits; the defaults are those of ServingLimits.
_LIMITS = (
    ("max-bytes", int, "bytes of a request's body (10,000,000)"),
    ("max-rows", int, "rows of a request (10,000)"),
    ("max-chars", int, "characters of a text (100,000)"),
    ("max-queue", int, "rows that may wait for the model; more are refused with 503 (4,096)"),
    ("max-pending-bytes", int, "bytes of all bodies at once, at least --max-bytes (67,108,864)"),
    ("max-connections", int, "connections at once (1,000)"),
    ("batch-rows", int, "rows that the model is given at a time, of several requests (1,024)"),
    ("batch-ms", float, "milliseconds that these should take at most (100)"),
    (
        "batch-wait-ms",
        float,
        "milliseconds that an idle model waits for more requests (chosen by how many come)",
    ),
    ("head-seconds", float, "seconds for a client to send the head of a request (10)"),
    ("body-seconds", float, "seconds for the body, or between two parts of a stream (30)"),
    ("answer-seconds", float, "seconds until a request is given up with 504 (30)"),
    ("drain-seconds", float, "seconds to go on after SIGTERM while /ready says no (1)"),
    ("stop-seconds", float, "seconds to answer what was taken before the end (30)"),
)


def add_serve(commands: Commands) -> None:
    """Add the command ``serve``."""
    add = command(
        commands,
        "serve",
        "serve a saved model over HTTP",
        "Serve a saved model over HTTP: /predict takes rows or texts as JSON, JSON lines or Arrow, "
        "and answers labels and probabilities; /schema describes them; /health, /ready and "
        "/metrics are for operation. Keys that requests need are read from the environment "
        "variable KERASWRAP_API_KEYS, separated by commas. SIGTERM and Ctrl-C answer what was "
        "taken and end it; SIGHUP loads the file again.",
    )
    add("model", metavar="MODEL", help="what `keraswrap train`, save_estimator or an estimator's "
        "save wrote; with --registry a model's NAME@ALIAS, NAME:VERSION or NAME")  # fmt: skip
    add("--registry", metavar="WHERE", help="the registry that holds MODEL: its file, or the "
        "address of an MLflow server")  # fmt: skip
    add("--host", default="127.0.0.1", metavar="ADDRESS", help="address to listen on; any but a "
        "loopback address needs --expose and keys (127.0.0.1)")  # fmt: skip
    add("--port", type=int, default=8000, metavar="N", help="port to listen on; 0 picks a free "
        "one (8000)")  # fmt: skip
    add("--expose", action="store_true", help="allow other machines to reach the server, which "
        "does not encrypt: put a proxy with TLS before it")  # fmt: skip
    add("--no-keys", action="store_true", help="allow --expose without keys")
    add("--name", action="append", default=[], metavar="HOST", help="a name under which a proxy "
        "reaches the server without keys; may be repeated")  # fmt: skip
    add("--trust-pickle", action="store_true", help="allow MODEL to be a pickle of joblib, whose "
        "code is run: name only files of your own")  # fmt: skip
    add("--encoder", metavar="NAME", help="where the checkpoint is, if not where it was in "
        "training")  # fmt: skip
    add("--watch", type=float, metavar="SECONDS", help="look for a newer MODEL every so many "
        "seconds, and load it without losing a request")  # fmt: skip
    add("--any-schema", action="store_true", help="allow a newer MODEL to take other rows or give "
        "other answers")  # fmt: skip
    add("--access-log", action="store_true", help="write a line of JSON for each request, without "
        "texts and keys")  # fmt: skip
    add("--metrics-file", metavar="FILE", help="text of further metrics that /metrics adds to its "
        "own, such as those of a report of drift")  # fmt: skip
    for name, kind, said in _LIMITS:
        add(f"--{name}", type=kind, metavar="N", help=said)
