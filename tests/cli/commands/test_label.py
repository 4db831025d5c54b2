"""``keraswrap label``: labels where people's random rows allow it, and nothing asked twice."""

import json
import os
import sys

import numpy as np
import pandas as pd
import pytest
from asked_commands import COUNTED, end_half_way, n_asked, n_kept

from keraswrap._tables import read_table
from keraswrap.cli import main
from keraswrap.issues import write_decisions
from keraswrap.labeling import Questions, label_texts
from keraswrap.labeling._ask import NO_LABEL
from keraswrap.llm import FakeLM, ZeroShotClassifier

WORDS = {"good": ["superb"], "bad": ["broke"]}
COMMAND = ["label", "r.csv", "--text", "review", "--labels", "good,bad"]
COMMAND += ["--model", "own.py:make", "--out", "o.csv"]
ADDED = ["label", "source", "why", "suggested", "probability", "model"]
N, LABELED = 160, 80
TRUTH = np.array(["good", "bad"] * (N // 2), dtype=object)
# The model has no idea of one in eight texts, of which people label some.
TEXTS = [
    f"{n} {'so so' if n % 16 > 13 else 'superb' if label == 'good' else 'broke'}"
    for n, label in enumerate(TRUTH)
]


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    (tmp_path / "own.py").write_text(COUNTED.format(words=WORDS, wait=0))
    frame = pd.DataFrame({"id": range(N), "review": TEXTS, "ann": TRUTH})
    frame.loc[LABELED:, "ann"] = None
    frame.loc[3, "review"] = None
    frame.to_csv("r.csv", index=False)
    return tmp_path


def test_labels_are_accepted_as_by_label_texts(home, capsys):
    assert main([*COMMAND, "--people", "ann", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    read = pd.read_csv("o.csv").astype(object).where(lambda frame: frame.notna(), None)
    assert list(read) == ["id", "review", "ann", *ADDED]
    alone = ZeroShotClassifier(model=FakeLM(WORDS), chat=True).fit(None, ["good", "bad"])
    table = label_texts(read["review"].tolist(), {"model": alone}, read["ann"].tolist())
    for name in ("label", "source", "why", "suggested"):
        assert read[name].tolist() == getattr(table, name).tolist()
    assert read["probability"].astype(float).tolist() == pytest.approx(table.proba, nan_ok=True)
    assert (told["people"], told["rows"]) == (LABELED, N)
    assert told["machine"] == (read["source"] == "machine").sum() > 50
    assert told["open"] == {"not sure enough": 10}
    assert told["acceptance"]["error_bound"] <= 0.05
    assert told["annotators"]["model"]["n_judged"] > 60
    assert (told["files"], told["answers"]) == (["o.csv"], "o.csv.answers")
    assert told["cost"] > 0
    machine = read["source"] == "machine"
    assert (read["label"][machine] == TRUTH[machine]).all()
    assert n_asked() == N - 1


def test_without_people_there_are_suggestions_and_what_to_do(home, capsys):
    assert main(COMMAND) == 0
    told = capsys.readouterr().out
    assert "No label is accepted. People have labeled no random rows" in told
    assert "Have people label random rows: 45 if the model is right in all of them" in told
    read = pd.read_csv("o.csv")
    assert read["label"].isna().all()
    sure = read["review"].str.contains("superb|broke", na=False)
    assert (read["suggested"][sure] == TRUTH[sure]).all()
    assert read["why"].value_counts().to_dict() == {"not measured": N - 1, "no text": 1}
    assert main([*COMMAND, "--people", "ann", "--overwrite", "--json"]) == 0
    assert n_asked() == N - 1  # people's labels cost no answer
    assert json.loads(capsys.readouterr().out)["cost"] == 0


def test_each_prompt_and_a_classifier_of_words_vote(home, capsys):
    (home / "short.txt").write_text("{labels}?\nText:\n{text}\n")
    (home / "long.txt").write_text("One of {labels}, please.\nText:\n{text}\n")
    options = ["--prompt", "short.txt", "--prompt", "long.txt", "--words", "--people", "ann"]
    assert main([*COMMAND, *options, "--about", "good=is praised", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert list(told["annotators"]) == ["short", "long", "words"]
    assert all(one["n_answers"] == N - 1 for one in told["annotators"].values())
    assert list(pd.read_csv("o.csv"))[-3:] == ["short", "long", "words"]
    assert n_asked() == 2 * (N - 1)


def test_people_label_on_a_page_and_their_decisions_come_back(home, capsys, monkeypatch):
    kept = []
    save = Questions.save
    monkeypatch.setattr(
        Questions, "save", lambda self, *args: kept.append(self) or save(self, *args)
    )
    asking = [*COMMAND, "--ask", "80"]
    assert main([*asking, "--format", "prodigy"]) == 0
    assert "run the same command with --overwrite --decisions FILE" in capsys.readouterr().out
    rows = read_table("o.questions.csv")
    assert rows["random"].tolist() == ["True"] * 80
    places = rows["row"].astype(int)
    assert rows["text"].tolist() == [TEXTS[n] for n in places]
    tasks = [json.loads(line) for line in (home / "o.prodigy.jsonl").read_text().splitlines()]
    assert {task["text"] for task in tasks} == set(rows["text"])
    assert not any("accept" in task for task in tasks)  # no suggestion is shown
    assert "superb" in (home / "o.questions.html").read_text()
    decided = pd.DataFrame({"row_id": places, "given_label": NO_LABEL, "action": "relabel"})
    decided = decided.assign(new_label=TRUTH[places], reviewer="bob")
    decided["data_hash"] = kept[0].report.issues.provenance["data_hash"]
    write_decisions(decided, "bob.json")
    assert main([*asking, "--decisions", "bob.json", "--overwrite", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["people"], told["files"], n_asked()) == (80, ["o.csv"], N - 1)
    read = pd.read_csv("o.csv")
    assert told["machine"] == (read["source"] == "machine").sum() > 50
    assert read["random"].sum() == read["people: bob"].notna().sum() == 80
    # Of another draw they are refused.
    assert main([*COMMAND, "--ask", "70", "--decisions", "bob.json", "--overwrite"]) == 2


def test_rows_that_people_chose_do_not_measure(home, capsys):
    frame = pd.read_csv("r.csv").assign(random=[n % 2 == 0 and n < LABELED for n in range(N)])
    frame.to_csv("r.csv", index=False)
    assert main([*COMMAND, "--people", "ann", "--audit", "random", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["acceptance"]["n_audit"] == LABELED // 2
    assert main([*COMMAND, "--people", "ann", "--audit", "review", "--overwrite"]) == 2
    assert "Expected true or false in the column 'review'" in capsys.readouterr().err


def test_an_estimate_asks_nothing(home, capsys):
    assert main([*COMMAND, "--estimate", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["calls"], n_asked(), os.path.exists("o.csv")) == (N - 1, 0, False)
    assert main([*COMMAND, "--max-cost", str(told["cost"])]) == 0


def test_a_budget_ends_it_with_all_answers_kept_or_written(home, capsys):
    assert main([*COMMAND, "--max-cost", "2000"]) == 2
    told, done = capsys.readouterr().err, n_asked()
    assert 0 < done < N - 1
    assert f"'{home}/o.csv.answers' holds {done} answers." in told
    assert "call again with a larger --max-cost" in told
    assert not os.path.exists("o.csv")
    assert main([*COMMAND, "--max-cost", "0", "--partial"]) == 0
    read = pd.read_csv("o.csv")
    assert read["suggested"].notna().sum() == done == n_asked()
    assert (read["why"] == "budget").sum() == N - 1 - done


def test_calibration_asks_nothing_twice_and_stays_within_the_budget(home, capsys):
    assert main([*COMMAND, "--calibrate", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert n_asked() == N - 1
    read = pd.read_csv("o.csv")
    alone = ZeroShotClassifier(model=FakeLM(WORDS), chat=True, calibration="batch")
    texts = [text for n, text in enumerate(TEXTS) if n != 3]
    proba = alone.fit(texts, TRUTH[: len(texts)]).predict_proba(texts).max(axis=1)
    assert read["probability"].dropna().tolist() == pytest.approx(proba.tolist())
    os.remove("o.csv.answers")
    assert main([*COMMAND, "--calibrate", "--overwrite", "--max-cost", str(told["cost"] / 2)]) == 2
    said = capsys.readouterr().err
    assert "call again with a larger --max-cost" in said
    assert n_asked() < 1.5 * N


def test_calibration_needs_several_texts(home, capsys):
    pd.DataFrame({"review": ["superb"]}).to_csv("r.csv", index=False)
    assert main([*COMMAND, "--calibrate"]) == 2
    assert "Expected several texts with --calibrate, got 1" in capsys.readouterr().err


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
    assert pd.read_csv("o.csv")["suggested"].notna().sum() == N - 1


def test_a_model_that_fails_is_told_and_its_answers_are_kept(home, capsys):
    failing = COUNTED.format(words=WORDS, wait=0).replace("batch_size=1", "fail_after=100")
    (home / "own.py").write_text(failing.replace("fail_after", "batch_size=1, fail_after"))
    assert main(COMMAND) == 2
    told = capsys.readouterr().err
    assert "Annotator 'model' failed: EndpointError" in told
    assert f"holds {n_asked()} answers" in told
    assert not os.path.exists("o.csv")
    assert main(COMMAND) == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--labels", "good"], "Expected two or more labels that differ as --labels, got 'good'"),
        (["--labels", "good,fair", "--people", "ann"], "Expected people's labels to be among"),
        (["--text", "revew"], "Did you mean 'review'?"),
        (["--people", "anne"], "Did you mean 'ann'?"),
        (["--audit", "ann"], "Expected --people with --audit, got none"),
        (["--words"], "Expected --people or --decisions with --words"),
        (["--decisions", "d.json"], "Expected --ask with --decisions"),
        (["--ask", "0"], "Expected --ask as a whole number ≥ 1, got 0"),
        (["--about", "fair=just"], "Expected descriptions of the labels"),
        (["--prompt", "gone.txt"], "Expected a text in UTF-8 as --prompt, got 'gone.txt'"),
        (["--prompt", "own.py"], "{text}"),
        (["--prompt", "x/p.txt", "--prompt", "y/p.txt"], "names that differ, got 'p' twice"),
        (["--target-error", "0"], "Expected --target-error to be a number between 0 and 1"),
        (["--confidence", "1"], "Expected --confidence to be a number between 0 and 1"),
        (["--seed", "-1"], "Expected --seed as a whole number ≥ 0"),
        (["--max-cost", "-1"], "Expected --max-cost as a number from 0 on, got -1"),
        (["--model", "own.py:nothing"], "Expected 'nothing' in 'own.py', which has none"),
        (["--out", "r.csv"], "got 'r.csv', which exists. Name another, or ask for it: --overwrite"),
        (["--out", "o.txt"], "Expected a file that ends in .csv"),
        (["--cache", "own.py"], "Expected a cache of answers at"),
    ],
)
def test_what_cannot_be_used_is_told_in_options_before_any_work(home, capsys, options, message):
    for folder in ("x", "y"):
        (home / folder).mkdir()
        (home / folder / "p.txt").write_text("Text:\n{text}\n")
    assert main([*COMMAND, *options]) == 2
    assert message in capsys.readouterr().err
    assert n_asked() == 0
    assert not os.path.exists("o.csv")


def test_a_column_that_is_there_already_is_not_replaced(home, capsys):
    pd.read_csv("r.csv").rename(columns={"ann": "label"}).to_csv("r.csv", index=False)
    assert main([*COMMAND, "--people", "label"]) == 2
    assert "Expected no column 'label' in 'r.csv'" in capsys.readouterr().err
