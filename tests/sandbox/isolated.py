"""Programs for the sandbox, and the reason where this machine cannot isolate them."""

import pandas as pd
import pytest

from keraswrap._sandbox import find_isolation, find_kinds, make_table, run_program
from keraswrap.exceptions import IsolationError, MissingExtraError

FRAME = pd.DataFrame({"price": [1, 2, None], "color": ["red", "blue", None]})


def why_not():
    try:
        find_isolation()
    except (IsolationError, MissingExtraError) as error:
        return str(error)
    return None


REASON = why_not()
needs_isolation = pytest.mark.skipif(REASON is not None, reason=str(REASON))


def table():
    return make_table(FRAME, find_kinds(FRAME))


def run(body, **options):
    """Run a function of a frame `d`, whose body this is, on three rows."""
    source = "def f(d):\n" + "\n".join(f"    {line}" for line in body.splitlines())
    return run_program({"f": source}, table(), **options)
