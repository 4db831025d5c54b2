import json
import os

import pytest

from keraswrap.cli import main
from keraswrap.exceptions import StorageError
from keraswrap.retraining.job import _run as running
from keraswrap.retraining.job._state import exclusive

JOB = """
[job]
name = "parity"
[data]
train = "train.csv"
columns = ["a"]
"""


@pytest.fixture
def job(tmp_path):
    rows = "".join(f"{n},{'odd' if n % 2 else 'even'}\n" for n in range(200))
    (tmp_path / "train.csv").write_text("a,label\n" + rows)
    path = tmp_path / "job.toml"
    path.write_text(JOB)
    return path


def run(capsys, *arguments):
    code = main(["cycle", *map(str, arguments)])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_each_step_is_a_line_of_json(job, capsys):
    code, out, _ = run(capsys, job, "data", "--json")
    (told,) = map(json.loads, out.splitlines())
    assert (code, told["step"], told["status"]) == (0, "data", "done")
    assert told["facts"]["classes"] == {"even": 100, "odd": 100}
    assert all(os.path.isfile(path) for path in told["files"])


def test_people_read_lines(job, capsys):
    code, out, _ = run(capsys, job, "data")
    assert (code, out.splitlines()[1]) == (0, "  rows: 200")
    assert out.startswith("data: done in ")


def test_a_second_run_has_nothing_to_do(job, capsys):
    run(capsys, job, "data")
    code, out, _ = run(capsys, job, "data", "--json")
    assert (code, json.loads(out)["status"]) == (0, "unchanged")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('["a"]', '["c"]', "error in the step data: "),
        ("[data]", "[dat]", r"got \[dat\]. Did you mean 'data'"),
        ("[job]", "[job", "Expected a job file in TOML"),
    ],
)
def test_bad_input_is_code_2(job, capsys, old, new, message):
    job.write_text(JOB.replace(old, new))
    code, out, err = run(capsys, job, "--json")
    told = json.loads(out.splitlines()[-1])
    assert (code, told["status"]) == (2, "bad_input")
    assert message.replace("\\", "") in err
    assert told["error"] in err


def test_another_process_is_code_5(job, capsys):
    with exclusive(job.parent / "state"):
        code, out, err = run(capsys, job, "--json")
    assert (code, json.loads(out)["status"]) == (5, "busy")
    assert "Nothing was done; try again when it has ended." in err


@pytest.mark.parametrize(
    "error", [StorageError("The disk is full."), ZeroDivisionError("The disk")]
)
def test_a_step_that_fails_is_code_3(job, capsys, monkeypatch, error):
    def fail(*_):
        raise error

    monkeypatch.setattr(running, "_do", fail)
    code, out, err = run(capsys, job, "data", "--json")
    assert (code, json.loads(out)["status"]) == (3, "failed")
    assert "error in the step data: The disk" in err


def test_labels_that_are_needed_are_code_4(job, capsys, monkeypatch):
    asked = running.StepResult("retrain", "labels_needed", {"files": ["questions.csv"]})
    monkeypatch.setattr(running, "_do", lambda *_: asked)
    code, out, _ = run(capsys, job, "data")
    assert code == 4
    assert out == "retrain: labels needed in 0.0 s\n  questions.csv\n"
