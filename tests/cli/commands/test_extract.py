"""``keraswrap extract``: a table in, the same with fields out, and nothing asked twice."""

import json
import os
import sys

import pandas as pd
import pytest
from asked_commands import end_half_way, n_asked, n_kept
from model_server import TinyLM, serve, status

from keraswrap._tables import read_table
from keraswrap.cli import main
from keraswrap.cli._commands.extract import read_fields
from keraswrap.exceptions import ParameterError

# It counts its calls in a file, waits before each answer, and invents a lamp for the 7th text.
MODEL = """
import json, time
from keraswrap.llm import FakeLM

def say(prompt):
    time.sleep({wait})
    with open("asked", "a") as file:
        file.write("x")
    n = int(prompt.partition("\\nText:\\n")[2].split()[0])
    item = "lamp" if n == 7 else "tents"
    return json.dumps({{"n": {{"quote": str(n), "value": n}}, "item": item}})

def make():
    model = FakeLM(says=say, prices=(1e6, 1e6), batch_size=1)
    model.fingerprint = "the same in each process"
    return model
"""
FIELDS = ["--field", "n:number", "--field", "item:text"]
COMMAND = ["extract", "r.csv", "--text", "review", *FIELDS, "--model", "own.py:make"]
COMMAND += ["--out", "o.csv"]
N = 40


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    (tmp_path / "own.py").write_text(MODEL.format(wait=0))
    frame = pd.DataFrame({"id": range(N), "review": [f"{n} tents" for n in range(N)]})
    frame.loc[3, "review"] = None
    frame.to_csv("r.csv", index=False)
    return tmp_path


def test_the_table_comes_back_with_fields_evidence_and_problems(home, capsys):
    assert main([*COMMAND, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["found"] == {"n": N - 1, "item": N - 2}
    assert told["problems"] == {"missing": 1, "not in the text": 1}
    assert told["cost"] > 0
    assert (told["files"], told["answers"]) == (["o.csv"], "o.csv.answers")
    read = pd.read_csv("o.csv")
    added = ["n", "n_evidence", "item", "item_evidence", "problem"]
    assert list(read) == ["id", "review", *added]
    assert read.loc[5, added].tolist()[:4] == [5, 5, "tents", "tents"]
    assert read["problem"].dropna().tolist() == [
        "missing: there is no text",
        "item: not in the text: 'lamp'",
    ]
    assert n_asked() == N - 1


@pytest.mark.parametrize("out", ["o.jsonl", "o.parquet", "o.tsv"])
def test_it_writes_each_format_and_asks_nothing_again(home, out, capsys):
    assert main([*COMMAND, "--cache", "c"]) == 0
    assert main([*COMMAND[:-1], out, "--cache", "c"]) == 0
    assert n_asked() == N - 1
    read = read_table(out)
    assert [float(each) for each in read["n"][4:7]] == [4, 5, 6]
    assert f"0 prompts to ask, {N - 1} known" in capsys.readouterr().err


def test_an_estimate_asks_nothing(home, capsys):
    assert main([*COMMAND, "--estimate", "--json"]) == 0
    printed = capsys.readouterr()
    told = json.loads(printed.out)
    assert (told["calls"], n_asked(), os.path.exists("o.csv")) == (N - 1, 0, False)
    assert f"{N - 1} prompts to ask, 0 known; at most" in printed.err
    assert main([*COMMAND, "--max-cost", str(told["cost"])]) == 0


def test_a_budget_ends_it_with_all_answers_kept_or_written(home, capsys):
    assert main([*COMMAND, "--max-cost", "900", "--max-tokens", "99"]) == 2
    told, done = capsys.readouterr().err, n_asked()
    assert 0 < done < N - 1
    assert f"'{home}/o.csv.answers' holds {done} answers." in told
    assert "at most --max-cost 900, got" in told
    assert "call again with a larger --max-cost" in told
    assert not os.path.exists("o.csv")
    assert main([*COMMAND, "--max-cost", "0", "--max-tokens", "99", "--partial"]) == 0
    read = pd.read_csv("o.csv")
    assert read["n"].notna().sum() == done
    assert read["problem"].str.startswith("budget: ").sum() == N - 1 - done
    assert n_asked() == done


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C and SIGKILL are no signals there")
@pytest.mark.parametrize("ended", ["SIGKILL", "SIGINT"])
def test_after_an_end_half_way_the_same_command_asks_only_the_rest(home, capsys, ended):
    (home / "own.py").write_text(MODEL.format(wait=0.05))
    end_half_way(COMMAND, ended)
    done, kept = n_asked(), n_kept()
    assert done - 1 <= kept <= done < N - 1  # at most the one that was being written is lost
    (home / "own.py").write_text(MODEL.format(wait=0))
    assert main(COMMAND) == 0
    assert n_asked() - done == N - 1 - kept
    assert pd.read_csv("o.csv")["n"].notna().sum() == N - 1


def test_fields_are_typed_as_they_are_named(home):
    given = ["a:text", "b:number", "c:date", "d:one_of[x, y z]", "e f:pattern[[A-Z]:[0-9]{2,}]"]
    fields = read_fields(given)
    assert list(fields) == ["a", "b", "c", "d", "e f"]
    assert fields["d"] == ["x", "y z"]
    assert fields["e f"].pattern == "[A-Z]:[0-9]{2,}"


@pytest.mark.parametrize("field", ["a", "a:", ":text", "a:one_of", "a:text[x]", "a:number[1", ""])
def test_what_is_no_field_is_refused(field):
    with pytest.raises(ParameterError, match="Expected --field as NAME:text, NAME:number"):
        read_fields([field])
    with pytest.raises(ParameterError, match="each --field once, got 'b' twice"):
        read_fields(["b:text", "b:date"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--field", "x:float"], "type of field 'x' as 'text', 'number', 'date'"),
        (["--field", "x:one_of[]"], "Field 'x': Expected texts as a list of texts, none empty"),
        (["--field", "x:pattern[a^b]"], "Field 'x': Expected a pattern of a whole value"),
        (["--field", "problem:text"], "Expected another name for the field 'problem'"),
        (["--field", "id:text"], "Expected no column 'id' in 'r.csv'"),
        (["--about", "n"], "Expected --about as NAME=TEXT, got 'n'"),
        (["--about", "x=the sum"], "Expected descriptions of the fields ['n', 'item'], got one of"),
        (["--text", "revew"], "Did you mean 'review'?"),
        (["--model", "own.py:nothing"], "Expected 'nothing' in 'own.py', which has none"),
        (["--model", "own.py:json"], "Expected a LanguageModel, or a function"),
        (["--model", "gone.py:model"], "Expected a Python file, got 'gone.py'"),
        (["--key-env", "KEY"], "Expected --server with --key-env, got none"),
        (["--prices", "1", "2"], "Expected --server with --prices, got none"),
        (["--server", "http://far.example", "--key-env", "KEY"], "Expected https for a key that"),
        (["--max-cost", "-1"], "Expected --max-cost as a number from 0 on, got -1"),
        (["--part-words", "0"], "Expected --part-words as a whole number of at least 1"),
        (["--temperature", "-1"], "temperature as a number from 0 on"),
        (["--seed", "-1"], "Expected --seed as a whole number of at least 0"),
        (["--out", "r.csv"], "got 'r.csv', which exists. Name another, or ask for it: --overwrite"),
        (["--out", "o.txt"], "Expected a file that ends in .csv"),
        (["--cache", "own.py"], "Expected a cache of answers at"),
    ],
)
def test_what_cannot_be_used_is_told_in_options_before_any_work(home, capsys, options, message):
    assert main([*COMMAND, *options]) == 2
    assert message in capsys.readouterr().err
    assert n_asked() == 0
    assert not os.path.exists("o.csv")


SERVER = ["--server", "URL", "--key-env", "KW_KEY", "--concurrency", "1", "--model", "m"]


@pytest.fixture
def served(home, monkeypatch):
    """The options for a server, and the server."""
    with serve(TinyLM()) as (url, state):
        monkeypatch.setenv("KW_KEY", "sk-secret-1")
        state.key = "sk-secret-1"
        state.says = '{"n": null, "item": "tents"}'
        yield [url if option == "URL" else option for option in SERVER], state


def test_a_server_that_refuses_a_row_costs_no_other(home, served, capsys):
    options, state = served
    state.faults = [None, status(400, '{"error": {"message": "flagged as sk-secret-1"}}')]
    assert main([*COMMAND, *options, "--prices", "1", "2", "--json"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["problems"] == {"missing": 1, "refused": 1}
    read = pd.read_csv("o.csv")
    assert read["item"].notna().sum() == N - 2
    assert "refused: status 400" in " ".join(read["problem"].dropna())
    body = state.seen[0][2]
    assert (body["model"], body["temperature"]) == ("m", 0)
    assert "secret" not in told.out + told.err + (home / "o.csv").read_text()


def test_a_key_is_never_shown(home, served, capsys, monkeypatch):
    options, _ = served
    monkeypatch.setenv("KW_KEY", "sk-secret-2")
    assert main([*COMMAND, *options]) == 2
    told = capsys.readouterr()
    assert "401" in told.err
    assert "secret" not in told.out + told.err
    assert b"secret" not in (home / "o.csv.answers").read_bytes()
