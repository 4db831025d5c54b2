"""Ctrl-C: what is kept, and how to resume. Loads nothing."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def telling_stop(options: argparse.Namespace) -> Iterator[None]:
    """Print one line, after an interruption, about what is left."""
    try:
        yield
    except KeyboardInterrupt:
        print(describe_stop(options), file=sys.stderr, flush=True)
        raise


def describe_stop(options: argparse.Namespace) -> str:
    """Return a line on what an interrupted command leaves.

    Examples
    --------
    >>> describe_stop(argparse.Namespace(command="train", out="model.kw"))
    "Interrupted. Nothing was written to 'model.kw'; the same command starts over."
    """
    if options.command == "cycle":
        return "Interrupted. The same command goes on after the last step that was done."
    if getattr(options, "out", None) is None:
        return "Broken off."
    return f"Interrupted. Nothing was written to {options.out!r}; {_way_on(options)}."


def _way_on(options: argparse.Namespace) -> str:
    if (cache := getattr(options, "cache", None)) is not None and os.path.exists(cache):
        return f"the same command asks only the rest, as {cache!r} holds the answers so far"
    if options.command != "issues" or options.proba is not None:
        return "the same command starts over"
    if options.journal is None:
        return "the same command starts over. With --journal FILE it would resume"
    if os.path.exists(options.journal):
        return f"the same command resumes from {options.journal!r}"
    return "the same command starts over, as no fit was finished"


@contextmanager
def unstopped() -> Iterator[None]:
    """Ignore Ctrl-C during a short step that must not be left half done."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before or signal.SIG_DFL)
