"""``keraswrap features``: a table in, the same with columns of numbers out, nothing asked twice."""

import json
import os
import sys

import pandas as pd
import pytest
from asked_commands import COUNTED, end_half_way, n_asked, n_kept

from keraswrap._tables import read_table
from keraswrap.cli import main
from keraswrap.cli._commands.features import read_questions
from keraswrap.exceptions import ParameterError
from keraswrap.llm import FakeLM, LanguageModelFeatures, sentiment

WORDS = {"positive": ["superb"], "negative": ["broke"], "no": ["broke"], "yes": ["superb"]}
COMMAND = ["features", "r.csv", "--text", "review", "--question", "sentiment"]
COMMAND += ["--model", "own.py:make", "--out", "o.csv"]
N = 40
TEXTS = [f"{n} {'superb' if n % 2 else 'broke'}" for n in range(N)]
OWN = {"name": "works", "text": "Does it work?", "answers": ["no", "yes"], "values": [0, 1]}


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    (tmp_path / "own.py").write_text(COUNTED.format(words=WORDS, wait=0))
    frame = pd.DataFrame({"id": range(N), "review": TEXTS})
    frame.loc[3, "review"] = None
    frame.to_csv("r.csv", index=False)
    return tmp_path


def test_the_table_comes_back_with_the_numbers_of_the_transformer(home, capsys):
    assert main([*COMMAND, "--question", "opinion_of:the delivery", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["answered"] == {"sentiment": 39 / 40, "opinion_of_the_delivery": 39 / 40}
    assert (told["rows"], told["files"], told["answers"]) == (N, ["o.csv"], "o.csv.answers")
    assert told["cost"] > 0
    read = pd.read_csv("o.csv")
    assert list(read) == ["id", "review", "sentiment", "opinion_of_the_delivery"]
    assert read.index[read["sentiment"].isna()].tolist() == [3]
    assert read["sentiment"].gt(0).tolist() == [n % 2 == 1 and n != 3 for n in range(N)]
    # One question at a time, and the model without counting, give the same.
    alone = LanguageModelFeatures([sentiment()], FakeLM(WORDS), chat=True).fit_transform(TEXTS)
    rest = read.index != 3
    assert read["sentiment"][rest].tolist() == pytest.approx(alone[rest, 0].tolist())


def test_calibration_costs_nothing_more(home, capsys):
    assert main([*COMMAND, "--json"]) == 0
    before, n = json.loads(capsys.readouterr().out), n_asked()
    os.remove("o.csv.answers")
    assert main([*COMMAND, "--calibrate", "--overwrite", "--json"]) == 0
    after = json.loads(capsys.readouterr().out)
    assert (after["cost"], n_asked()) == (pytest.approx(before["cost"]), 2 * n)
    alone = LanguageModelFeatures([sentiment()], FakeLM(WORDS), chat=True, calibration="batch")
    texts = [text for row, text in enumerate(TEXTS) if row != 3]
    expected = alone.fit_transform(texts)[:, 0].tolist()
    assert pd.read_csv("o.csv")["sentiment"].dropna().tolist() == pytest.approx(expected)


def test_calibration_needs_several_texts_before_any_is_asked(home, capsys):
    pd.DataFrame({"id": [1, 2], "review": ["superb", "superb"]}).to_csv("r.csv", index=False)
    assert main([*COMMAND, "--calibrate"]) == 2
    assert "Expected several texts with --calibrate, got 1" in capsys.readouterr().err
    assert not os.path.exists("o.csv")


def test_questions_of_ones_own_are_read_and_probabilities_have_a_column_each(home):
    (home / "q.json").write_text(json.dumps([OWN]))
    options = ["--questions", "q.json", "--probabilities", "--out", "o.jsonl"]
    assert main([*COMMAND, *options]) == 0
    added = sentiment().columns("probabilities")
    read = read_table("o.jsonl").drop(index=3)
    assert list(read) == ["id", "review", *added, "works__no", "works__yes"]
    assert read[added].sum(axis=1).to_numpy() == pytest.approx(1)
    assert (read["works__yes"] > 0.5).tolist() == [n % 2 == 1 for n in range(N) if n != 3]


def test_an_estimate_asks_nothing_and_its_cost_is_enough(home, capsys):
    assert main([*COMMAND, "--estimate", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["calls"], n_asked(), os.path.exists("o.csv")) == (N - 1, 0, False)
    assert main([*COMMAND, "--max-cost", str(told["cost"])]) == 0


def test_a_budget_ends_it_with_all_answers_kept(home, capsys):
    assert main([*COMMAND, "--max-cost", "500"]) == 2
    told, done = capsys.readouterr().err, n_asked()
    assert 0 < done < N - 1
    assert f"'{home}/o.csv.answers' holds {done} answers." in told
    assert "call again with a larger --max-cost" in told
    assert not os.path.exists("o.csv")
    assert main(COMMAND) == 0
    assert n_asked() == N - 1


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C and SIGKILL are no signals there")
@pytest.mark.parametrize("ended", ["SIGKILL", "SIGINT"])
def test_after_an_end_half_way_the_same_command_asks_only_the_rest(home, ended):
    (home / "own.py").write_text(COUNTED.format(words=WORDS, wait=0.05))
    end_half_way(COMMAND, ended)
    done, kept = n_asked(), n_kept()
    assert done - 1 <= kept <= done < N - 1  # at most the one that was being written is lost
    (home / "own.py").write_text(COUNTED.format(words=WORDS, wait=0))
    assert main(COMMAND) == 0
    assert n_asked() - done == N - 1 - kept
    assert pd.read_csv("o.csv")["sentiment"].notna().sum() == N - 1


@pytest.mark.parametrize("name", ["mood", "", "opinion_of", "opinion_of:", "sentiment:x"])
def test_what_is_no_question_is_refused(name):
    with pytest.raises(ParameterError, match="Expected --question as sentiment, emotion, urgency"):
        read_questions([name], None)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[", "Expected a JSON file, in UTF-8, as --questions, got 'q.json': Expecting value"),
        ("{}", "Expected a list of objects with name, text, answers and perhaps values"),
        (json.dumps([OWN | {"valeus": [1, 2]}]), "perhaps values, and nothing else, in 'q.json'"),
        (json.dumps([OWN | {"values": [1]}]), "Expected a number for each of the 2 answers"),
        (json.dumps([OWN | {"name": "sentiment"}]), "Expected questions with a name of their own"),
        (json.dumps([OWN | {"name": "id"}]), "Expected no column 'id' in 'r.csv'"),
        (None, "No such file"),
    ],
)
def test_a_file_of_questions_that_cannot_be_used_is_told(home, capsys, content, message):
    if content is not None:
        (home / "q.json").write_text(content)
    assert main([*COMMAND, "--questions", "q.json"]) == 2
    assert message in capsys.readouterr().err
    assert n_asked() == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--question", "sentiment"], "questions with a name of their own, got 'sentiment' twice"),
        (["--text", "revew"], "Did you mean 'review'?"),
        (["--model", "own.py:nothing"], "Expected 'nothing' in 'own.py', which has none"),
        (["--max-cost", "-1"], "Expected --max-cost as a number from 0 on, got -1"),
        (["--prices", "1", "2"], "Expected --server with --prices, got none"),
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


def test_it_asks_at_least_one_question(home, capsys):
    assert main([word for word in COMMAND if word not in ("--question", "sentiment")]) == 2
    assert "--questions FILE, got neither" in capsys.readouterr().err
