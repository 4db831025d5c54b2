"""A look whether an isolated process is denied a file, before anything relies on it."""

from __future__ import annotations

import os
import sys
import tempfile

from keraswrap._sandbox.isolation import Isolation
from keraswrap._sandbox.limits import Limits
from keraswrap._sandbox.readable import flags, python_paths
from keraswrap.exceptions import IsolationError

# What the process tries: a file that was made for this.
_TRY = "import sys\ntry:\n    open({path!r})\nexcept PermissionError:\n    sys.stdout.write('no')\n"


def check_denied(isolation: Isolation) -> None:
    """Raise IsolationError if an isolated process can open a file of this process, or not start.

    Parameters
    ----------
    isolation : Isolation
    """
    with tempfile.NamedTemporaryFile(prefix="keraswrap-probe-") as file:
        command = [sys.executable, *flags(), "-c", _TRY.format(path=os.path.realpath(file.name))]
        ended = isolation.run(command, b"", python_paths(), Limits(seconds=60))
    if ended.answer != b"no":
        told = ended.printed.decode(errors="replace").strip()[-200:]
        raise IsolationError(
            f"Expected {isolation.name} to keep a process from a file, but it ended with "
            f"{ended.how} {ended.code} and {ended.answer!r:.40}: {told or 'it printed nothing'}. "
            "Nothing is run without isolation; a container may have to allow Landlock and seccomp."
        )
