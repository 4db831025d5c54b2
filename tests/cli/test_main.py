"""The command: what it prints, and how it ends."""

import os
import signal
import subprocess
import sys
import time

import checkpoints
import pytest
from checkpoints import write_checkpoint, write_reviews
from processes import interruptible

from keraswrap.cli import main

MAIN = "import sys; from keraswrap.cli import main; sys.exit(main(sys.argv[1:]))"


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Options for a small run on one's own reviews, with a tiny checkpoint."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(checkpoints, "POSITIONS", 64)  # as many tokens as the demo reads
    write_reviews(tmp_path / "reviews.csv")
    write_checkpoint(tmp_path / "tiny")
    return ["demo", "--data", "reviews.csv", "--text", "review", "--label", "stars"]


def test_an_option_that_is_none_is_a_usage_error(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["demo", "--flop", "1"])
    assert "unrecognized arguments: --flop" in capsys.readouterr().err


def wait_for(path, process, seconds=300):
    started = time.monotonic()
    while not path.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() - started < seconds
        time.sleep(0.1)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is no signal there")
def test_ctrl_c_leaves_what_was_finished_and_the_run_before(own, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "issues.csv").write_text("of the run before")
    command = [sys.executable, "-c", MAIN, *own, "--encoder", "tiny", "--out", "out"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ),
        preexec_fn=interruptible,
    )  # fmt: skip
    journal = out / "unfinished" / "search.journal"
    wait_for(journal, process)
    process.send_signal(signal.SIGINT)
    printed, errors = process.communicate(timeout=120)
    assert process.returncode == 130
    assert str(journal) in printed
    assert "Traceback" not in printed + errors
    assert (out / "issues.csv").read_text() == "of the run before"
    assert main([*own, "--encoder", "tiny", "--out", "out"]) == 0  # goes on from the journal
    assert not (out / "unfinished").exists()
