"""The options of ``keraswrap serve``: every limit of the library, by its name and default."""

import argparse
from dataclasses import fields

import pytest

from keraswrap.cli._commands.serve import _LIMITS as READ
from keraswrap.cli._serving_options import _LIMITS, add_serve
from keraswrap.serving import ServingLimits


@pytest.fixture
def read():
    parser = argparse.ArgumentParser(prog="keraswrap")
    add_serve(parser.add_subparsers())
    return lambda *given: vars(parser.parse_args(["serve", "m.kw", *given]))


def test_every_limit_is_an_option_that_is_read():
    names = [name.replace("-", "_") for name, _, _ in _LIMITS]
    assert names == list(READ) == [field.name for field in fields(ServingLimits)]


@pytest.mark.parametrize(("name", "said"), [(name, said) for name, _, said in _LIMITS])
def test_the_default_that_is_told_is_that_of_the_library(name, said):
    default = getattr(ServingLimits(), name.replace("-", "_"))
    told = said.rpartition("(")[2].rstrip(")")
    assert told == ("chosen by how many come" if default is None else f"{default:,g}"
                    if isinstance(default, float) else f"{default:,}")  # fmt: skip


def test_what_is_not_said_is_left_to_the_library(read):
    found = read()
    assert {found[name] for name in READ} == {None}
    assert (found["host"], found["port"], found["watch"], found["name"]) == (
        "127.0.0.1",
        8000,
        None,
        [],
    )
    assert not any(found[name] for name in ("expose", "no_keys", "trust_pickle", "any_schema"))


def test_what_is_said_is_read(read):
    found = read("--batch-rows", "8", "--batch-ms", "2.5", "--name", "a", "--name", "b")
    assert (found["batch_rows"], found["batch_ms"], found["name"]) == (8, 2.5, ["a", "b"])


def test_a_number_is_needed(read, capsys):
    with pytest.raises(SystemExit, match="2"):
        read("--max-rows", "many")
    assert "argument --max-rows: invalid int value: 'many'" in capsys.readouterr().err
