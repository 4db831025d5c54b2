"""The command ``keraswrap``: parse, call, print."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import fields

from keraswrap.exceptions import KeraswrapError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    arguments : list of str, optional
        By default those of the process.

    Returns
    -------
    int
        0 if it is done, 2 if something given cannot be used, 130 after Ctrl-C.

    Examples
    --------
    >>> main(["demo", "--flip", "2"])
    2
    """
    options = _parser().parse_args(arguments)
    try:
        _demo(options)
    except KeraswrapError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


def _demo(options: argparse.Namespace) -> None:
    from keraswrap.demo import DemoSettings, format_report, run_demo
    from keraswrap.demo.quiet import load_keras

    known = {field.name for field in fields(DemoSettings)}
    settings = DemoSettings(**{k: v for k, v in vars(options).items() if k in known})
    load_keras()
    print("\n" + format_report(run_demo(settings)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="keraswrap", description="Keras build functions as scikit-learn estimators."
    )
    demo = parser.add_subparsers(dest="command", required=True).add_parser(
        "demo",
        help="tune a text classifier, find label issues, train it again without them",
        description="Tune a text classifier with GridSearchCV, find label issues with cleanlab, "
        "and train it again without them. By default on sentences of product reviews that 20 "
        "people rated, with the encoder all-MiniLM-L6-v2, in less than ten minutes on 2 cores.",
        argument_default=argparse.SUPPRESS,  # the settings know the defaults
    )
    add = demo.add_argument
    add("--data", metavar="PATH", help="a CSV file, or hf://owner/name (its train split)")
    add("--text", metavar="COLUMN", help="column of the texts")
    add("--label", metavar="COLUMN", help="column of the labels")
    add("--encoder", metavar="NAME", help="a checkpoint's folder, or hf://owner/name")
    add("--flip", type=float, metavar="SHARE", help="turn this share of labels round (0)")
    add("--rows", type=int, metavar="N", help="rows to train on")
    add("--seed", type=int, metavar="N", help="decides rows, folds and fits (0)")
    add("--out", metavar="FOLDER", help="where to write (keraswrap-demo)")
    return parser
