"""The options of ``keraswrap register`` and ``keraswrap models``."""

import argparse

import pytest

from keraswrap.cli._registry_options import add_models, add_register

TO = ["--to", "r.sqlite"]


@pytest.fixture
def read():
    parser = argparse.ArgumentParser(prog="keraswrap")
    commands = parser.add_subparsers()
    add_register(commands)
    add_models(commands)
    return lambda *given: vars(parser.parse_args(given))


def test_a_model_is_registered_as_little_as_said(read):
    found = read("register", "m.kw", "reviews", *TO)
    expected = {"model": "m.kw", "name": "reviews", "to": "r.sqlite", "alias": None, "metric": [],
                "description": "", "again": False, "json": False}  # fmt: skip
    assert expected.items() <= found.items()


def test_metrics_may_be_repeated_and_do_not_stay(read):
    given = ["--metric", "a=1", "--metric", "b=2"]
    assert read("register", "m.kw", "reviews", *TO, *given)["metric"] == ["a=1", "b=2"]
    assert read("register", "m.kw", "reviews", *TO)["metric"] == []


def test_a_name_may_be_left_out_of_a_list(read):
    assert read("models", *TO)["name"] is None
    assert read("models", "reviews", *TO, "--json")["json"]


@pytest.mark.parametrize("given", [["models"], ["register", "m.kw", *TO]])
def test_what_is_needed_is_told(read, given, capsys):
    with pytest.raises(SystemExit, match="2"):
        read(*given)
    assert "required" in capsys.readouterr().err
