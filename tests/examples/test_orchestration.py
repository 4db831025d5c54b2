"""The example of an orchestrator, run for real, in an environment of its own."""

import fcntl
import json
import os
import shlex
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest
from jobs import answer, write_job, write_new

from keraswrap.retraining import read_job
from keraswrap.tracking import open_registry

EXAMPLE = Path(__file__).parents[2] / "examples" / "orchestration"
DAGSTER = "dagster>=1.13,<1.14"
CODE = "import sys; from keraswrap.cli import main; sys.exit(main(sys.argv[1:]))"
MAKING = ("data", "issues", "search", "register", "monitor", "serve")


@pytest.fixture(scope="module")
def python(pytestconfig):
    """An interpreter with Dagster, which sees the packages of this one, but not the reverse."""
    if os.environ.get("KERASWRAP_OFFLINE"):
        pytest.skip("Expected a package registry for Dagster, but KERASWRAP_OFFLINE is set")
    folder = pytestconfig.cache.mkdir("dagster")
    # Workers of pytest share the folder: the second waits for the first.
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "made").exists():
            install(folder / "venv")
            (folder / "made").touch()
    return folder / "venv" / "bin" / "python"


def install(folder):
    venv.create(folder, with_pip=True, clear=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "parent.pth").write_text(sysconfig.get_path("purelib"))
    command = [folder / "bin" / "python", "-m", "pip", "install", "-qq", DAGSTER]
    subprocess.run([*command, "--disable-pip-version-check"], check=True)


def run(python, job):
    told = {**os.environ, "KERASWRAP": shlex.join([sys.executable, "-c", CODE])}
    command = [python, EXAMPLE / "dagster_cycle.py", job]
    done = subprocess.run(command, env=told, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
@pytest.mark.network
def test_dagster_takes_a_model_from_its_first_rows_to_its_successor(python, tmp_path):
    job = write_job(tmp_path)
    first = dict.fromkeys(MAKING, "done") | {"watch": "nothing", "retrain": "nothing"}
    assert run(python, job) == first
    new = write_new(tmp_path)
    asked = run(python, job)
    assert (asked["watch"], asked["retrain"]) == ("done", "labels_needed")
    (questions,) = (tmp_path / "state" / "retrain").glob("questions-*.csv")
    answer(tmp_path, questions, new)
    assert run(python, job)["retrain"] == "done"
    registry = open_registry(tmp_path / "registry.sqlite")
    assert registry.get("signs", "champion").version == 2
    assert registry.get("signs", "previous").version == 1


@pytest.mark.slow
@pytest.mark.network
def test_a_step_that_fails_fails_the_run(python, tmp_path):
    job = write_job(tmp_path)
    (tmp_path / "train.csv").unlink()
    told = {**os.environ, "KERASWRAP": shlex.join([sys.executable, "-c", CODE])}
    command = [python, EXAMPLE / "dagster_cycle.py", job]
    done = subprocess.run(command, env=told, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "train.csv' , which is not there" in done.stderr.replace("',", "' ,")
    assert done.stdout.splitlines()[-1] == "{}"


def test_the_job_file_is_one():
    assert read_job(EXAMPLE / "reviews.toml").model.kind == "words"
