"""Messages of the library, in the words of a command."""

import ast
import inspect
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import keraswrap
from keraswrap._tables import read_table
from keraswrap.cli import main
from keraswrap.cli._option_names import _options, in_options
from keraswrap.issues import (
    LabelIssueSettings,
    apply_corrections,
    find_label_issues,
    find_row_issues,
)
from keraswrap.text import TextEmbedder, TransformerClassifier

CALLED = [
    *(find_label_issues, LabelIssueSettings, find_row_issues, apply_corrections, read_table),
    *(TextEmbedder, TransformerClassifier),
]
OPTIONS = {*_options("issues"), *_options("train"), *_options("apply"), *_options("predict")}
# Those that are options, and some of which messages say what a command cannot do.
ARGUMENTS = {name for called in CALLED for name in inspect.signature(called).parameters} & OPTIONS
ARGUMENTS |= {"classes", "empty", "data_home", "offline"}
# Of what a command calls; of a room, the modules in which it can fail for what was typed.
REACHED = [
    *(
        "_tables/**/*.py",
        "_targets/labels.py",
        "_download.py",
        "_hub.py",
        "report/_alerts.py",
        "cli/**/*.py",
    ),
    *("issues/_probabilities.py", "issues/corrections/_plan.py"),
    *("issues/corrections/_decisions.py", "issues/corrections/_apply.py"),
    *("text/_codec.py", "text/_fast_tokenizers.py", "text/_token_ids.py", "text/_model_files.py"),
    *("text/_embedder.py", "text/_classifier.py", "model_selection/_journal_keys.py"),
    *("model_selection/_workers.py", "issues/labels/_scores.py"),
]
# What no command can bring about, as it does not pass the argument.
UNREACHED = re.compile("Pass label=|name every class with")


def messages():
    root = Path(keraswrap.__file__).parent
    for path in sorted(path for pattern in REACHED for path in root.glob(pattern)):
        tree = ast.parse(path.read_text())
        raised = (node.exc for node in ast.walk(tree) if isinstance(node, ast.Raise) and node.exc)
        called = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
        for node in dict.fromkeys([*raised, *called]):  # in one order, for all workers
            for part in getattr(node, "args", []):
                text = said(part)
                if " " in text and not UNREACHED.search(text):
                    yield pytest.param(text, id=f"{path.stem}-{part.lineno}")


def test_every_module_that_is_looked_at_is_there():
    root = Path(keraswrap.__file__).parent
    assert [pattern for pattern in REACHED if not any(root.glob(pattern))] == []


def said(part):
    if isinstance(part, ast.Constant):
        return part.value if isinstance(part.value, str) else ""
    values = part.values if isinstance(part, ast.JoinedStr) else []
    return "".join(said(value) if isinstance(value, ast.Constant) else "x" for value in values)


@pytest.mark.parametrize("message", list(messages()))
def test_no_message_that_a_command_may_give_names_an_argument(message):
    found = in_options(message, "issues")
    for command in ("apply", "train", "predict"):
        found = in_options(found, command)
    bare = "|".join(name for name in ARGUMENTS if "_" in name)
    named = re.findall(rf"(?<![\w-])(?:{'|'.join(ARGUMENTS)})=|(?<![\w.-])(?:{bare}|cv)\b", found)
    assert named == [], found


@pytest.mark.parametrize(
    ("message", "command", "expected"),
    [
        ("Take fewer folds (cv=), join them.", "issues", "Take fewer folds (--folds), join them."),
        ("Take fewer folds (cv=), join them.", "train", "Take fewer folds (cv=), join them."),
        ("got text='a' and label=None. Add", "demo", "got --text 'a' and --label None. Add"),
        ("Expected text in utf-8, got 3", "issues", "Expected text in utf-8, got 3"),
        ("Expected flip to be below 1", "demo", "Expected --flip to be below 1"),
        ("in 'n_jobs' of my_label=x", "issues", "in 'n_jobs' of my_label=x"),
    ],
)
def test_only_arguments_that_are_options_change(message, command, expected):
    assert in_options(message, command) == expected


@pytest.fixture
def reviews(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    frame = pd.DataFrame({"text": [f"word{n} good" for n in range(40)], "label": ["a", "b"] * 20})
    frame.to_csv("r.csv", index=False)
    np.save("p.npy", np.eye(2)[np.arange(40) % 2])
    return frame


DATA = ["r.csv", "--text", "text", "--label", "label"]


@pytest.mark.parametrize(
    ("arguments", "said", "unsaid"),
    [
        (["issues", *DATA, "--folds", "30", "--encoder", "tfidf"], "(--folds)", "cv="),
        (["issues", *DATA, "--proba", "p.npy"], "Leave --proba out; if they", "out_of_sample="),
        (["apply", "r.csv", "d.csv", "--out", "r.csv"], "ask for it: --overwrite.", "overwrite="),
        (["issues", *DATA, "--max-size", "1e-7"], "allow it: --max-size; or", "limit="),
    ],
)
def test_what_a_command_says_names_its_options(reviews, capsys, arguments, said, unsaid):
    main(arguments)
    error = capsys.readouterr().err
    assert said in error
    assert unsaid not in error
    page = Path("keraswrap-issues/report.html")
    assert not page.exists() or "out_of_sample=True" not in page.read_text()
