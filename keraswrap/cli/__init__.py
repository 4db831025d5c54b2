"""The command ``keraswrap``: parse, call, print.

Nothing but the parser is loaded before it is known what is asked for, so that
``--help`` comes at once.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
import warnings
from collections.abc import Sequence
from functools import partial

from keraswrap._interrupts import hearing_stop
from keraswrap.cli._interrupts import telling_stop
from keraswrap.cli._option_names import in_options
from keraswrap.cli._parser import make_parser
from keraswrap.exceptions import KeraswrapError

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    arguments : list of str, optional
        By default those of the process.

    Returns
    -------
    int
        0 if it is done, or what the command says; 2 if something given cannot be used, or cannot be
        written; 130 after Ctrl-C; 141 if whoever read the output went away.

    Examples
    --------
    >>> main(["demo", "--flip", "2"])
    2
    """
    options = make_parser().parse_args(arguments)
    try:
        with hearing_stop(), warnings.catch_warnings():
            warnings.showwarning = partial(_show_warning, options.command, set())
            with telling_stop(options):
                command = importlib.import_module(f"keraswrap.cli._commands.{options.command}")
            code = command.run(options)
            sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()
        return 141
    except (KeraswrapError, OSError) as error:
        print(f"error: {in_options(str(error), options.command)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return code or 0


def _show_warning(command: str, shown: set[str], message: object, *_: object, **__: object) -> None:
    # Once for a stream, of whose next rows the numbers are others.
    kind = re.sub(r"\d[\d,.]*", "", str(message))
    if kind in shown:
        return
    shown.add(kind)
    print(f"warning: {in_options(str(message), command)}", file=sys.stderr)


def _drop_output() -> None:
    # Python flushes on its way out, and would complain of the pipe again.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
