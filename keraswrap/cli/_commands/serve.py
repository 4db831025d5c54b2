"""``keraswrap serve``."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from keraswrap.cli._output import say
from keraswrap.exceptions import ParameterError

if TYPE_CHECKING:
    from keraswrap.serving import ModelSource


def run(options: argparse.Namespace) -> None:
    """Serve a model, until SIGTERM or Ctrl-C."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    from keraswrap.serving import ServingAccess, ServingLimits, serve_model

    given = {name: getattr(options, name) for name in _LIMITS}
    limits = ServingLimits(**{name: value for name, value in given.items() if value is not None})
    access = ServingAccess.from_environment(
        expose=options.expose, no_keys=options.no_keys, names=tuple(options.name)
    )
    access.check_host(options.host)
    source = _find(options)
    say(f"Loading {options.model} ...")
    serve_model(
        source,
        options.host,
        options.port,
        limits=limits,
        access=access,
        watch=options.watch,
        any_schema=options.any_schema,
        log_requests=options.access_log,
        metrics_file=options.metrics_file,
    )


def _find(options: argparse.Namespace) -> ModelSource:
    from keraswrap.serving import FileSource, RegistrySource

    params = {} if options.encoder is None else {"encoder": options.encoder}
    if options.registry is None:
        source = FileSource(options.model, trust_pickle=options.trust_pickle, params=params)
        source.check()
        return source
    from keraswrap.tracking import open_registry

    if "://" not in options.registry and not Path(options.registry).is_file():
        raise ParameterError(
            f"Expected the file of a registry, got registry={options.registry!r}, which is not "
            "there."
        )
    return RegistrySource(open_registry(options.registry), options.model, params=params)


_LIMITS = (
    *("max_bytes", "max_rows", "max_chars", "max_queue", "max_pending_bytes"),
    *("max_connections", "batch_rows", "batch_ms", "batch_wait_ms"),
    *("head_seconds", "body_seconds", "answer_seconds", "drain_seconds", "stop_seconds"),
)
