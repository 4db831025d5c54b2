"""The bar of a search: shown where it is asked for, or somebody watches."""

import io
import sys

import pytest

from keraswrap.model_selection._progress_bar import Bar, inside_a_fit, is_watched


@pytest.mark.parametrize(("asked", "shown"), [(True, True), (False, False), (None, False)])
def test_a_bar_is_shown_where_it_is_asked_for(capsys, asked, shown):
    with Bar(4, asked, " epochs") as bar:
        bar.add(4)
    assert ("4/4" in capsys.readouterr().err) == shown


def test_a_terminal_is_watched(monkeypatch):
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", terminal)
    assert is_watched()
    with inside_a_fit():
        assert not is_watched()
