"""``keraswrap chat``."""

from __future__ import annotations

import argparse
import os

from keraswrap.cli._output import say
from keraswrap.cli._own_code import load_router


def run(options: argparse.Namespace) -> None:
    """Serve a page to write to a router, until Ctrl-C."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from keraswrap.routing._page._server import serve_chat

    say(f"Running {options.router} ...")
    router = load_router(options.router)
    told = {"title": options.title, "expose": options.expose}
    serve_chat(router, options.port, options.host, **told)
    say("Stopped.")
