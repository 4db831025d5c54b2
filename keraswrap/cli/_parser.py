"""What can be typed. Loads nothing but argparse."""

from __future__ import annotations

import argparse
from typing import Any

_DATA = "a .csv, .tsv, .json, .jsonl or .parquet file, or hf://owner/name (its train split)"
_CODES = "Exit codes: 0 done, 2 something given cannot be used, 130 Ctrl-C, 141 output was closed."


def make_parser() -> argparse.ArgumentParser:
    """Make the parser; ``command`` is the module of this package that runs it.

    Examples
    --------
    >>> make_parser().parse_args(["apply", "a.csv", "d.json", "--out", "b.csv"]).command
    'apply'
    """
    parser = argparse.ArgumentParser(
        prog="keraswrap",
        description="Keras build functions as scikit-learn estimators; label issues, found and "
        "worked off.",
        epilog=_CODES,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for add in (_add_issues, _add_apply, _add_train, _add_predict, _add_demo):
        add(commands)
    return parser


def _command(commands: Any, name: str, short: str, description: str) -> Any:
    parser = commands.add_parser(name, help=short, description=description, epilog=_CODES)
    return parser.add_argument


def _add_issues(commands: Any) -> None:
    add = _command(
        commands,
        "issues",
        "find labels that are likely to be wrong, and write a report to work in",
        "Find labels that are likely to be wrong, by probabilities of fits that had not seen the "
        "row. Writes report.html, which needs no server and exports decisions for `keraswrap "
        "apply`; report.txt; issues.csv, all rows, the most suspicious first; rows.csv, what is "
        "wrong with rows beside their labels; and cleaned.*, DATA without the suspected rows.",
    )
    _add_table(add)
    add("--encoder", metavar="NAME", help="what turns texts into numbers: a checkpoint's "
        "folder, hf://owner/name, or tfidf, which is quick (all-MiniLM-L6-v2)")  # fmt: skip
    add("--proba", metavar="FILE", help="out-of-sample probabilities instead of fits: .npy with a "
        "column for each class in ascending order, or .csv with columns named so")  # fmt: skip
    _add_length(add)
    add("--labels-only", action="store_true", help="do not look for duplicates, outliers and "
        "broken texts")  # fmt: skip
    add("--out-of-sample", action="store_true", help="say that no fit behind --proba had seen "
        "its row; else the report warns of it")  # fmt: skip
    add("--group", metavar="COLUMN", help="column of what rows belong to, a person or a document: "
        "no group is split among folds")  # fmt: skip
    add("--split-copies", action="store_true", help="let folds split texts that are the same or "
        "nearly, which hides the errors in them; by default they are kept together")  # fmt: skip
    add("--folds", type=int, default=5, metavar="N", help="folds of the cross-validation (5)")
    add("--seed", type=int, default=0, metavar="N", help="decides the folds (0)")
    add("--n-jobs", type=int, metavar="N", help="worker processes (1)")
    add("--journal", metavar="FILE", help="record each fit; broken off, the same command goes on")
    add("--score", metavar="NAME", help="what ranks the rows: posterior, self_confidence, ...")
    add("--out", default="keraswrap-issues", metavar="DIR", help="where to write "
        "(keraswrap-issues)")  # fmt: skip
    _add_output(add)


def _add_apply(commands: Any) -> None:
    add = _command(
        commands,
        "apply",
        "carry out decisions that a report exported",
        "Carry decisions out on the data they were made on: accepted and changed labels are put "
        "in, dropped and ambiguous rows are left out. Writes the corrected data and a log of what "
        "was done to which row. Decisions on other data are refused.",
    )
    add("data", metavar="DATA", help=_DATA)
    add("decisions", metavar="DECISIONS", nargs="+", help="exports of one or several reviewers")
    add("--text", metavar="COLUMN", help="column of the texts (the one the decisions fit)")
    add("--label", metavar="COLUMN", help="column of the labels (the one the decisions fit)")
    _add_annotators(add)
    _add_merging(add)
    _add_reading(add)
    add("--ambiguous", choices=("drop", "keep"), default="drop", help="what becomes of ambiguous "
        "rows (drop)")  # fmt: skip
    add("--new-class", action="append", default=[], metavar="LABEL", help="a label that decisions "
        "may give though no row has it yet; may be repeated")  # fmt: skip
    add("--out", required=True, metavar="FILE", help="corrected data; the log goes beside it, "
        "as FILE's name with .log.csv")  # fmt: skip
    _add_output(add)


def _add_train(commands: Any) -> None:
    add = _command(
        commands,
        "train",
        "train a text classifier, and save it",
        "Train a text classifier on a checkpoint, and save it to one file for `keraswrap predict`.",
    )
    _add_table(add)
    add("--encoder", metavar="NAME", help="a checkpoint's folder, or hf://owner/name "
        "(all-MiniLM-L6-v2)")  # fmt: skip
    add("--trainable", default="head", metavar="WHAT", help="what of the encoder is trained: "
        "head (nothing of it, in seconds), lora:8, last:2 or all (head)")  # fmt: skip
    _add_length(add)
    add("--epochs", type=int, metavar="N", help="passes over the rows (chosen by their number)")
    add("--learning-rate", type=float, metavar="X", help="the highest that is reached (chosen by "
        "what is trained)")  # fmt: skip
    add("--seed", type=int, default=0, metavar="N", help="makes it reproducible (0)")
    add("--out", required=True, metavar="MODEL", help="the file to write")
    _add_output(add)


def _add_predict(commands: Any) -> None:
    add = _command(
        commands,
        "predict",
        "predict labels of rows in a file or from a pipe, as they come",
        "Predict the label of each row. Rows go out as they come in, with the columns "
        "predicted_label and confidence.",
    )
    add("model", metavar="MODEL", help="what `keraswrap train` wrote")
    add("data", metavar="DATA", help=f"{_DATA}; or - for rows on standard input")
    add("--text", required=True, metavar="COLUMN", help="column of the texts")
    add("--format", choices=("csv", "tsv", "jsonl"), help="of standard input (JSON lines if it "
        "begins with a brace, else CSV)")  # fmt: skip
    add("--encoding", default="utf-8", help="of DATA (utf-8)")
    add(
        "--encoder", metavar="NAME", help="where the checkpoint lies, if elsewhere than in training"
    )
    add("--proba", action="store_true", help="add a column proba_LABEL for each label")
    add("--out", metavar="FILE", help="a .csv, .tsv or .jsonl file (standard output, in the form "
        "of DATA)")  # fmt: skip
    _add_output(add)


def _add_demo(commands: Any) -> None:
    demo = commands.add_parser(
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


def _add_table(add: Any) -> None:
    add("data", metavar="DATA", help=f"{_DATA}; or what Prodigy, Label Studio or Argilla exported, "
        "whose columns are known")  # fmt: skip
    add("--text", metavar="COLUMN", help="column of the texts")
    add("--label", metavar="COLUMN", help="column of the labels")
    _add_annotators(add)
    _add_merging(add)
    _add_reading(add)


def _add_annotators(add: Any) -> None:
    add("--id", metavar="COLUMN", help="column by which you know the rows; it and all others are "
        "kept beside them in whatever is written")  # fmt: skip
    add("--annotator", metavar="COLUMN", help="who gave a label, where there is a row for each "
        "label; those with one --id (or one text) are brought together")  # fmt: skip


def _add_merging(add: Any) -> None:
    add("--merge-labels", action="store_true", help="write labels alike that differ in case, "
        "blanks or Unicode's form alone, before all else")  # fmt: skip


def _add_reading(add: Any) -> None:
    add("--encoding", default="utf-8", help="of DATA (utf-8)")
    add("--max-size", type=float, default=1.0, metavar="GB", help="the largest file that is read; "
        "at least six times as much memory is taken (1)")  # fmt: skip


def _add_length(add: Any) -> None:
    add("--max-length", type=int, default=128, metavar="N", help="tokens of a text that are read "
        "(128)")  # fmt: skip


def _add_output(add: Any) -> None:
    add("--overwrite", action="store_true", help="write over files that are there")
    add("--json", action="store_true", help="print the result as JSON on standard output; all "
        "else goes to standard error")  # fmt: skip
