"""The options of ``keraswrap cycle``."""

import argparse

import pytest

from keraswrap.cli._cycle_options import _STEPS, BUSY, FAILED, LABELS_NEEDED, add_cycle
from keraswrap.retraining.job._run import STEPS


@pytest.fixture
def parser():
    made = argparse.ArgumentParser(prog="keraswrap")
    add_cycle(made.add_subparsers())
    return made


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], ([], False, None)),
        (["watch", "retrain", "--json"], (["watch", "retrain"], True, None)),
        (["--wait-ready", "http://a"], ([], False, "http://a")),
    ],
)
def test_steps_may_be_named(parser, given, expected):
    read = parser.parse_args(["cycle", "job.toml", *given])
    assert (read.job, (read.steps, read.json, read.wait_ready)) == ("job.toml", expected)


def test_a_job_is_needed(parser, capsys):
    with pytest.raises(SystemExit, match="2"):
        parser.parse_args(["cycle"])
    assert "JOB" in capsys.readouterr().err


def test_its_help_names_the_steps_that_there_are_and_all_exit_codes(parser, capsys):
    assert _STEPS.split(", ") == [step.name for step in STEPS]
    with pytest.raises(SystemExit, match="0"):
        parser.parse_args(["cycle", "--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert (FAILED, LABELS_NEEDED, BUSY) == (3, 4, 5)
    for said in ("3 a step failed", "4 people's labels are needed", "5 another process"):
        assert said in told
