"""A program's words are shown as one printable line."""

import pytest

from keraswrap._sandbox.outcomes import Failure, as_line


@pytest.mark.parametrize(
    ("text", "line"),
    [("a\n\tb", "a b"), ("\x1b]0;x\x07", "]0;x"), ("‮abc", "abc"), ("x" * 11, "x" * 9 + "…")],
)
def test_a_line_is_short_and_printable(text, line):
    assert as_line(text, 10) == line


@pytest.mark.parametrize(
    ("failure", "brief"),
    [
        (Failure("error", "KeyError: 'secret'"), "It raised an error."),
        (Failure("shape", "got Series: 'secret'"), "It does not return one number for each row."),
        (Failure("ended", "Exit code 1: secret"), "Its process ended without an answer."),
        (Failure("time", "It took longer than 1 seconds."), "It took longer than 1 seconds."),
    ],
)
def test_in_brief_there_is_no_value(failure, brief):
    assert failure.brief == brief
