"""Loading TensorFlow without its greetings."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from keraswrap._interrupts import stopping_later
from keraswrap._optional import require


def load_keras() -> None:
    """Import Keras and its backend, letting nothing reach standard error.

    Parts of TensorFlow write there on being loaded, from C++ and before any
    setting of theirs is read.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    with stopping_later(), _silenced(2):
        require("keras_hub", "text")


@contextmanager
def _silenced(descriptor: int) -> Iterator[None]:
    kept = os.dup(descriptor)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    try:
        yield
    finally:
        os.dup2(kept, descriptor)
        os.close(kept)
        os.close(nowhere)
