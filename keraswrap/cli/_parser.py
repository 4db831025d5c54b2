"""The commands and their options. Loads nothing but argparse."""

from __future__ import annotations

import argparse

from keraswrap.cli._asking_options import add_design, add_extract, add_features, add_label
from keraswrap.cli._cycle_options import add_cycle
from keraswrap.cli._options import CODES, DATA, Add, Commands, add_output, add_reading, command
from keraswrap.cli._registry_options import add_models, add_register
from keraswrap.cli._serving_options import add_serve


def _add_issues(commands: Commands) -> None:
    add = command(
        commands,
        "issues",
        "find labels that are likely to be wrong, and write a report to review them in",
        "Find labels that are likely to be wrong, from out-of-fold probabilities. Writes "
        "report.html, which needs no server and exports decisions for `keraswrap apply`; "
        "report.txt; issues.csv, all rows with the most suspicious first; rows.csv, what is wrong "
        "with rows besides their labels; and cleaned.*, DATA without the rows to be fixed: those "
        "that --decisions call wrong, and those more than 90% likely to be, if that is known.",
    )
    _add_table(add)
    add("--encoder", metavar="NAME", help="what turns texts into numbers: a checkpoint's "
        "folder, hf://owner/name, static (or static:NAME) for its vectors of single tokens, or "
        "tfidf, of which the last two are quick (all-MiniLM-L6-v2)")  # fmt: skip
    add("--views", choices=("fast", "auto", "thorough", "one"), help="what judges each text: fast "
        "(words and characters, takes seconds), auto (also the encoder's vectors and their "
        "neighbors), thorough (also a fine-tuned encoder and a small language model, takes long), "
        "or one classifier, as --encoder says (auto)")  # fmt: skip
    add("--proba", metavar="FILE", help="out-of-sample probabilities to use instead of fitting: "
        ".npy with a column for each class in ascending order, or .csv with the classes as column "
        "names")  # fmt: skip
    _add_length(add)
    add("--labels-only", action="store_true", help="look at labels alone, not for duplicates, "
        "outliers and broken texts")  # fmt: skip
    add("--out-of-sample", action="store_true", help="confirm that no row of --proba was "
        "predicted by a fit that had seen it; otherwise the report warns")  # fmt: skip
    add("--group", metavar="COLUMN", help="column that says which rows belong together, such as a "
        "person or document: folds keep each group together")  # fmt: skip
    add("--split-copies", action="store_true", help="let folds split texts that are the same or "
        "nearly the same, which hides their errors; by default they are kept together")  # fmt: skip
    add("--folds", type=int, default=5, metavar="N", help="folds of the cross-validation (5)")
    add("--seed", type=int, default=0, metavar="N", help="random seed of the folds (0)")
    add("--n-jobs", type=int, metavar="N", help="worker processes (1)")
    add(
        "--journal",
        metavar="FILE",
        help="record each fit here, so that the same command resumes after an interruption",
    )
    add("--score", metavar="NAME", help="what ranks the rows: posterior, self_confidence, ...")
    add("--decisions", metavar="FILE", nargs="+", help="exports of an earlier report on DATA, with "
        "the same --seed: they tell how many labels are wrong")  # fmt: skip
    add("--out", default="keraswrap-issues", metavar="DIR", help="folder to write to "
        "(keraswrap-issues)")  # fmt: skip
    add_output(add)


def _add_apply(commands: Commands) -> None:
    add = command(
        commands,
        "apply",
        "apply the decisions that a report exported",
        "Apply decisions to the data they were made on: labels are changed where that was decided, "
        "dropped and ambiguous rows are left out. Writes the corrected data and a log of what was "
        "done to each row. Decisions on other data are refused.",
    )
    add("data", metavar="DATA", help=DATA)
    add("decisions", metavar="DECISIONS", nargs="+", help="exports of one or more reviewers")
    add("--text", metavar="COLUMN", help="column of the texts (found by the decisions)")
    add("--label", metavar="COLUMN", help="column of the labels (found by the decisions)")
    _add_annotators(add)
    _add_merging(add)
    add_reading(add)
    add("--ambiguous", choices=("drop", "keep"), default="drop", help="what to do with ambiguous "
        "rows (drop)")  # fmt: skip
    add("--new-class", action="append", default=[], metavar="LABEL", help="allow decisions to use "
        "this label though no row has it yet; may be repeated")  # fmt: skip
    add("--lost-class", action="append", default=[], metavar="LABEL", help="allow decisions to "
        "leave no row with this label; may be repeated")  # fmt: skip
    add("--out", required=True, metavar="FILE", help="where to write the corrected data; the "
        "log is written beside it, with the extension .log.csv")  # fmt: skip
    add_output(add)


def _add_merge(commands: Commands) -> None:
    add = command(
        commands,
        "merge",
        "merge the decisions of two reviewers, and say how far they agree",
        "Merge the decisions of two reviewers on the same data. Writes those on which they do not "
        "differ, for `keraswrap apply`, and the rows to settle beside them. Prints the share on "
        "which they agree and Cohen's kappa, with 95% intervals.",
    )
    add("first", metavar="FIRST", help="what the report exported for one reviewer")
    add("second", metavar="SECOND", help="the same for the other")
    add("--out", required=True, metavar="FILE", help="the merged decisions, .csv or .json; rows "
        "to settle are written beside it, with the extension .settle.csv")  # fmt: skip
    add_output(add)


def _add_train(commands: Commands) -> None:
    add = command(
        commands,
        "train",
        "train a text classifier, and save it",
        "Train a text classifier on top of a checkpoint, and save it to one file for `keraswrap "
        "predict`.",
    )
    _add_table(add)
    add("--encoder", metavar="NAME", help="a checkpoint's folder, or hf://owner/name "
        "(all-MiniLM-L6-v2)")  # fmt: skip
    add("--trainable", default="head", metavar="WHAT", help="which part of the encoder to train: "
        "head (none of it, which takes seconds), lora:8, last:2 or all (head)")  # fmt: skip
    _add_length(add)
    add(
        "--epochs",
        type=int,
        metavar="N",
        help="passes over the rows (chosen by the number of rows)",
    )
    add("--learning-rate", type=float, metavar="X", help="peak learning rate (chosen by what is "
        "trained)")  # fmt: skip
    add("--ordered", action="store_true", help="the labels have an order, such as ratings: being "
        "off by one counts less than by two; numbers are in theirs")  # fmt: skip
    add("--order", metavar="LABELS", help="the labels from the lowest to the highest, separated by "
        "commas, where they are no numbers; implies --ordered")  # fmt: skip
    add("--seed", type=int, default=0, metavar="N", help="random seed (0)")
    add("--out", required=True, metavar="MODEL", help="the file to write")
    add_output(add)


def _add_predict(commands: Commands) -> None:
    add = command(
        commands,
        "predict",
        "predict the labels of rows from a file or a pipe",
        "Predict the label of each row. Each row is written as soon as it is read, with the added "
        "columns predicted_label and confidence.",
    )
    add("model", metavar="MODEL", help="what `keraswrap train` wrote, or joblib.dump of a "
        "classifier of texts: a pipeline with TF-IDF, for instance")  # fmt: skip
    add("data", metavar="DATA", help=f"{DATA}; or what Prodigy, Label Studio or Argilla exported; "
        "or - for rows on standard input")  # fmt: skip
    add("--trust-pickle", action="store_true", help="allow MODEL to be a pickle of a classifier "
        "of texts, which runs whatever code is in it")  # fmt: skip
    add("--text", metavar="COLUMN", help="column of the texts (known in exports)")
    add("--format", choices=("csv", "tsv", "jsonl"), help="of standard input (JSON lines if it "
        "begins with a brace, otherwise CSV)")  # fmt: skip
    add("--encoding", default="utf-8", help="of DATA (utf-8)")
    add(
        "--encoder", metavar="NAME", help="where the checkpoint is, if not where it was in training"
    )
    add("--proba", action="store_true", help="add a column proba_LABEL for each label")
    add("--out", metavar="FILE", help="a .csv, .tsv or .jsonl file (standard output, in the form "
        "of DATA)")  # fmt: skip
    add_output(add)


def _add_demo(commands: Commands) -> None:
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
    add("--flip", type=float, metavar="SHARE", help="share of the labels to flip (0)")
    add("--rows", type=int, metavar="N", help="rows to train on")
    add("--seed", type=int, metavar="N", help="random seed of rows, folds and fits (0)")
    add("--out", metavar="FOLDER", help="folder to write to (keraswrap-demo)")


def _add_drift(commands: Commands) -> None:
    add = command(
        commands,
        "drift",
        "tell whether new rows, or what a model makes of them, are as they were",
        "Compare new rows with rows that MODEL was not trained on: have inputs or the shares of "
        "the classes moved, does the model fail. Says what cannot be told without labels; if NEW "
        "has the column of the labels, rows that have one are judged by it, and must have been "
        "drawn at random.",
        "Exit codes: 0 no statement says yes, 3 one does, 2 something given cannot be used, 130 "
        "Ctrl-C, 141 output was closed.",
    )
    add("model", metavar="MODEL", help="a model that `keraswrap train` or keraswrap wrote")
    add(
        "reference", metavar="REFERENCE", help=f"labeled rows that MODEL was not trained on: {DATA}"
    )
    add("new", metavar="NEW", help="new rows, in a file of any of these formats")
    add("--text", metavar="COLUMN", help="column of the texts (all columns but the label, as a "
        "table)")  # fmt: skip
    add("--label", required=True, metavar="COLUMN", help="column of the labels")
    add("--encoder", default="words", metavar="NAME", help="what new texts are told from old ones "
        "by: words, or a checkpoint (words)")  # fmt: skip
    add("--alpha", type=float, default=0.05, metavar="P", help="probability of any false alarm, "
        "over all checks (0.05)")  # fmt: skip
    add("--checks", type=int, default=1, metavar="N", help="checks that will be made against this "
        "reference, which share --alpha (1)")  # fmt: skip
    add("--max-rows", type=int, default=5000, metavar="N", help="rows of each file to compare, at "
        "most (5000)")  # fmt: skip
    add("--seed", type=int, default=0, metavar="N", help="random seed (0)")
    add("--trust-pickle", action="store_true", help="allow MODEL to be a pickle, which runs "
        "whatever code is in it")  # fmt: skip
    add_reading(add)
    add("--out", metavar="FILE", help="write the report as a page (.html)")
    add("--metrics", metavar="FILE", help="write the figures in Prometheus's text format")
    add_output(add)


def _add_chat(commands: Commands) -> None:
    add = command(
        commands,
        "chat",
        "serve a page to write to a message router and see what it does, and why",
        "Serve a page to write to a router as its customers would. It shows each reply with its "
        "route, confidence, stage, cost and trace. ROUTER is your own code and is run: name only "
        "files that you would run with python. The page is for this machine alone, needs no "
        "network, and keeps no messages. Ctrl-C stops it.",
    )
    add("router", metavar="ROUTER", help="a Python file or a module, and the name of a fitted "
        "MessageRouter in it or of a function without arguments that returns one, as in "
        "shop.py:router")  # fmt: skip
    add("--port", type=int, default=8000, metavar="N", help="port to listen on; 0 picks a free "
        "one (8000)")  # fmt: skip
    add("--title", default="Message router", metavar="TEXT", help="heading of the page "
        "(Message router)")  # fmt: skip
    add("--host", default="127.0.0.1", metavar="ADDRESS", help="address to listen on; any but a "
        "loopback address needs --expose (127.0.0.1)")  # fmt: skip
    add("--expose", action="store_true", help="allow other machines to reach the page, which has "
        "no password and is not encrypted")  # fmt: skip


def _add_table(add: Add) -> None:
    add("data", metavar="DATA", help=f"{DATA}; or what Prodigy, Label Studio or Argilla exported, "
        "whose columns are known")  # fmt: skip
    add("--text", metavar="COLUMN", help="column of the texts")
    add("--label", metavar="COLUMN", help="column of the labels")
    _add_annotators(add)
    _add_merging(add)
    add_reading(add)


def _add_annotators(add: Add) -> None:
    add("--id", metavar="COLUMN", help="column that identifies the rows; it and all other columns "
        "are kept in whatever is written")  # fmt: skip
    add("--annotator", metavar="COLUMN", help="column of who gave the label, where there is a "
        "row for each label; labels with the same --id (or text) are combined")  # fmt: skip


def _add_merging(add: Add) -> None:
    add("--merge-labels", action="store_true", help="first merge labels that differ only in "
        "case, blanks or Unicode form")  # fmt: skip


def _add_length(add: Add) -> None:
    add("--max-length", type=int, default=128, metavar="N", help="tokens of each text to read "
        "(128)")  # fmt: skip


def make_parser() -> argparse.ArgumentParser:
    """Make the parser; ``command`` is the module of ``_commands`` that runs it.

    Examples
    --------
    >>> make_parser().parse_args(["apply", "a.csv", "d.json", "--out", "b.csv"]).command
    'apply'
    """
    parser = argparse.ArgumentParser(
        prog="keraswrap",
        description="Keras build functions as scikit-learn estimators; label issues, found, "
        "reviewed and corrected; and what language models find in texts.",
        epilog=CODES,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    # In the order of the help.
    for add in (
        _add_issues,
        _add_apply,
        _add_merge,
        _add_train,
        _add_predict,
        add_serve,
        add_register,
        add_models,
        add_cycle,
        add_extract,
        add_features,
        add_label,
        add_design,
        _add_drift,
        _add_chat,
        _add_demo,
    ):
        add(commands)
    return parser
