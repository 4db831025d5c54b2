"""Nothing runs where nothing isolates: that is checked on every machine."""

import sys

import pytest
from isolated import run, table

from keraswrap._sandbox import Ended, find_isolation, isolation, run_program
from keraswrap._sandbox.probe import check_denied
from keraswrap.exceptions import IsolationError, MissingExtraError


class Unkept:
    """Pretends to isolate: the file was opened."""

    name = "unkept 1.0"

    def __init__(self, answer=b""):
        self.answer, self.commands = answer, []

    def run(self, command, given, readable, limits):
        self.commands.append(command)
        return Ended("exited", 0, self.answer, b"first\nlast")


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_other_systems_are_refused(monkeypatch, system):
    monkeypatch.setattr(sys, "platform", system)
    with pytest.raises(IsolationError, match=f"Expected Linux.*got '{system}'"):
        find_isolation()


def test_nothing_runs_without_isolation(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(IsolationError, match="Expected Linux"):
        run(f"open({str(tmp_path / 'ran')!r}, 'w')")
    assert not (tmp_path / "ran").exists()


def test_nothing_runs_without_the_package(monkeypatch):
    isolation._find_on_linux.cache_clear()
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setitem(sys.modules, "sandlock", None)
    with pytest.raises(MissingExtraError, match=r"keraswrap\[codegen\]"):
        run_program({"f": "def f(d): return d['price']"}, table())
    isolation._find_on_linux.cache_clear()


def test_what_lets_a_file_be_opened_is_refused():
    with pytest.raises(IsolationError, match=r"(?s)unkept 1.0 to keep a process from a file.*last"):
        check_denied(Unkept())


def test_what_denies_a_file_is_taken():
    kept = Unkept(b"no")
    check_denied(kept)
    assert len(kept.commands) == 1
