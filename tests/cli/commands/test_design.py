"""``keraswrap design``: a table in; code, a leaderboard and a model out, nothing paid for lost."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from asked_commands import MAIN, n_asked
from isolated import needs_isolation
from processes import interruptible

from keraswrap.cli import main

SPECIFICATION = {
    "drop": [],
    "numbers": {"scale": "none", "multiply_pairs": False},
    "categories": {"encode": "ordinal", "max_categories": 5},
    "estimator": {"name": "GaussianNB", "var_smoothing": 1e-09},
}
FUNCTION = {
    "name": "vowels",
    "about": "Counts.",
    "columns": ["c2"],
    "code": "def vowels(frame):\n    return frame['word'].str.count('[aeiou]')\n",
}
# A model that writes these, counts its answers in a file, and waits before each.
OWN = """
import json, time
from keraswrap.llm import FakeLM

def say(prompt):
    time.sleep({wait})
    with open("asked", "a") as file:
        file.write("x")
    return json.dumps({function} if "new column" in prompt else {specification})

def make():
    model = FakeLM(says=say, prices=(1e6, 1e6))
    model.fingerprint = "own"  # the same model, however long it waits
    return model
"""
COMMAND = ["design", "t.csv", "--target", "buys", "--drop", "id", "--model", "own.py:make"]
COMMAND += ["--candidates", "2", "--folds", "3", "--out", "d"]
N = 240
FILES = ["leaderboard.csv", "model.joblib", "pipeline.py"]


def write_own(wait=0):
    with open("own.py", "w") as file:
        file.write(OWN.format(wait=wait, function=FUNCTION, specification=SPECIFICATION))


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    write_own()
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"id": range(N), "age": rng.normal(40, 9, N), "size": rng.normal(0, 1, N)})
    X["word"] = ["".join(rng.choice(list("aeioubcdfg"), 12)) + f"z{k}" for k in range(N)]
    X["buys"] = np.where(X["word"].str.count("[aeiou]") > 6, "yes", "no")
    X.to_csv("t.csv", index=False)
    yield X
    sys.modules.pop("own", None)  # the next test has one of its own


def test_the_folder_has_code_a_leaderboard_and_a_model(home, capsys):
    assert main([*COMMAND, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert sorted(os.listdir("d")) == FILES
    assert told["files"] == [f"d/{name}" for name in ("pipeline.py", "leaderboard.csv",
                                                      "model.joblib")]  # fmt: skip
    assert (told["rows"], told["task"], told["answers"]) == (N, "classification", "d.answers")
    assert told["cost"] > 0
    board = pd.read_csv("d/leaderboard.csv")
    assert board["source"].tolist().count("random search") == 2
    assert told["score"] == pytest.approx(board["score"].iloc[0])
    scope, X = {}, home[["age", "size", "word"]]
    exec(Path("d/pipeline.py").read_text(), scope)
    fitted = scope["pipeline"].fit(X, home["buys"])
    assert np.array_equal(fitted.predict(X), joblib.load("d/model.joblib").predict(X))


def test_what_is_printed_says_whether_it_helped_and_what_a_pickle_is(home, capsys):
    assert main(COMMAND) == 0
    told = capsys.readouterr().out
    assert "5 candidates, of which" in told
    assert "The language model added nothing" in told or "No gain by the language model" in told
    assert "model.joblib is a pickle, which runs code when it is loaded" in told


@pytest.mark.thorough
@needs_isolation
@pytest.mark.slow
def test_functions_are_written_and_kept_where_they_gain(home, capsys):
    assert main([*COMMAND, "--features", "code", "--functions", "1", "--time-limit", "600"]) == 0
    assert "1 function was asked for, kept: vowels +" in capsys.readouterr().out
    table = pd.read_csv("d/functions.csv")
    assert table.loc[0, ["name", "columns", "kept"]].tolist() == ["vowels", "word", True]
    assert "CodeFeatures" in Path("d/pipeline.py").read_text()
    X = home[["age", "size", "word"]]
    assert joblib.load("d/model.joblib").score(X, home["buys"]) == 1.0


def test_functions_without_isolation_are_refused_before_any_answer(home, capsys, monkeypatch):
    monkeypatch.setattr("keraswrap._sandbox.isolation.sys.platform", "darwin")
    assert main([*COMMAND, "--features", "code"]) == 2
    assert "Expected Linux, whose kernel isolates" in capsys.readouterr().err
    assert n_asked() == 0
    assert not os.path.exists("d")


def test_an_estimate_asks_nothing_and_writes_nothing(home, capsys):
    assert main([*COMMAND, "--estimate", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["calls"], n_asked(), os.path.exists("d")) == (2, 0, False)
    assert main([*COMMAND, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["cost"] <= told["cost"]


def test_a_second_run_asks_nothing_and_gives_the_same(home, capsys):
    assert main(COMMAND) == 0
    first, done = Path("d/pipeline.py").read_text(), n_asked()
    assert main(COMMAND) == 2
    assert "which exists. Name another, or ask for it: --overwrite" in capsys.readouterr().err
    assert main([*COMMAND, "--overwrite"]) == 0
    assert (Path("d/pipeline.py").read_text(), n_asked()) == (first, done)


def wait_for(n, process):
    for _ in range(6000):
        if n_asked() >= n:
            return
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    raise AssertionError("no answers within a minute")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C and SIGKILL are no signals there")
@pytest.mark.parametrize("ended", [pytest.param("SIGKILL", marks=pytest.mark.thorough), "SIGINT"])
def test_after_an_end_half_way_the_same_command_asks_only_the_rest(home, ended):
    write_own(wait=0.5)
    command = [*COMMAND, "--candidates", "4"]
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        [sys.executable, "-c", MAIN, *command],
        stdout=pipe, stderr=pipe, text=True, preexec_fn=interruptible,
    )  # fmt: skip
    wait_for(2, process)
    process.send_signal(getattr(signal, ended))
    _, told = process.communicate(timeout=60)
    assert not os.path.exists("d/pipeline.py")
    if ended == "SIGINT":
        assert process.returncode == 130
        assert "Traceback" not in told
        assert "Cost so far: " in told
        assert "asks only the rest, as 'd.answers' holds the answers so far." in told
    done = n_asked()
    write_own()
    assert main(command) == 0
    assert 4 <= n_asked() <= 5  # at most the one that was being written is lost
    assert done < 4


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--target", "bys"], "Did you mean 'buys'?"),
        (["--candidates", "0"], "Expected --candidates as a whole number of at least 1, got 0"),
        (["--functions", "0"], "Expected --functions as a whole number of at least 1, got 0"),
        (["--folds", "1"], "Expected --folds of at least 2 folds, got 1"),
        (["--scoring", "best"], "Expected --scoring as the name of a scorer"),
        (["--seed", "-1"], "Expected --seed as a whole number ≥ 0, got -1"),
        (["--max-cost", "-1"], "Expected --max-cost as a number from 0 on, got -1"),
        (["--holdout", "1"], "Expected --holdout as a number from 0 on and below 1, got 1"),
        (["--time-limit", "-1"], "Expected --time-limit as seconds above 0, got -1"),
        (["--out", "t.csv"], "Expected a folder for --out"),
    ],
)
def test_what_cannot_be_used_is_told_in_options_before_any_answer(home, capsys, options, message):
    assert main([*COMMAND, *options]) == 2
    assert message in capsys.readouterr().err
    assert n_asked() == 0
