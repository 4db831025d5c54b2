"""A program's words are shown as one printable line."""

import pytest

from keraswrap._sandbox.outcomes import as_line


@pytest.mark.parametrize(
    ("text", "line"),
    [("a\n\tb", "a b"), ("\x1b]0;x\x07", "]0;x"), ("‮abc", "abc"), ("x" * 11, "x" * 9 + "…")],
)
def test_a_line_is_short_and_printable(text, line):
    assert as_line(text, 10) == line
