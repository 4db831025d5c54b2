"""What the parsers of several commands share."""

import argparse

import pytest

from keraswrap.cli._options import CODES, add_output, add_reading, command


@pytest.fixture
def parser():
    return argparse.ArgumentParser(prog="keraswrap")


def test_a_command_is_listed_described_and_tells_its_exit_codes(parser, capsys):
    command(parser.add_subparsers(), "sort", "sort a table", "Sort the rows of a table.")
    assert "sort a table" in parser.format_help()
    with pytest.raises(SystemExit) as ended:
        parser.parse_args(["sort", "--help"])
    assert ended.value.code == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "Sort the rows of a table." in told
    assert told.endswith(CODES)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], ("utf-8", 1.0, False, False)),
        (
            ["--encoding", "latin-1", "--max-size", "0.5", "--overwrite", "--json"],
            ("latin-1", 0.5, True, True),
        ),
    ],
)
def test_a_table_is_read_and_written_as_is_said(parser, given, expected):
    add_reading(parser.add_argument)
    add_output(parser.add_argument)
    read = parser.parse_args(given)
    assert (read.encoding, read.max_size, read.overwrite, read.json) == expected
