"""What the parsers of several commands share. Loads nothing but argparse."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TypeAlias

Add: TypeAlias = Callable[..., argparse.Action]
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

DATA = "a .csv, .tsv, .json, .jsonl or .parquet file, or hf://owner/name (its train split)"
CODES = "Exit codes: 0 done, 2 something given cannot be used, 130 Ctrl-C, 141 output was closed."


def command(commands: Commands, name: str, short: str, description: str, codes: str = CODES) -> Add:
    """Add a command, and return what adds its options."""
    parser = commands.add_parser(name, help=short, description=description, epilog=codes)
    return parser.add_argument


def add_reading(add: Add) -> None:
    """Add how DATA is read."""
    add("--encoding", default="utf-8", help="of DATA (utf-8)")
    add("--max-size", type=float, default=1.0, metavar="GB", help="refuse larger files; at least "
        "six times as much memory is needed (1)")  # fmt: skip


def add_output(add: Add) -> None:
    """Add what is overwritten, and how the result is printed."""
    add("--overwrite", action="store_true", help="overwrite existing files")
    add("--json", action="store_true", help="print the result as JSON on standard output; "
        "everything else goes to standard error")  # fmt: skip
