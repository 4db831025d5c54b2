"""The command: what it prints, and how it ends."""

import os
import signal
import subprocess
import sys
import time

import pytest
from checkpoints import write_checkpoint, write_reviews
from processes import interruptible

from keraswrap.cli import main

MAIN = "import sys; from keraswrap.cli import main; sys.exit(main(sys.argv[1:]))"


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Options for a small run on one's own reviews, with a tiny checkpoint."""
    monkeypatch.chdir(tmp_path)
    write_reviews(tmp_path / "reviews.csv")
    write_checkpoint(tmp_path / "tiny")
    return ["demo", "--data", "reviews.csv", "--text", "review", "--label", "stars"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--flip", "1.5"], "Expected --flip of at least 0 and less than 1, got 1.5"),
        (["--rows", "1"], "Expected --rows of at least 2, got 1"),
        (["--text", "review"], "Expected data beside text, got none"),
        (["--data", "reviews.csv"], "Add --text and --label"),
        (["--encoder", "nowhere"], "got 'nowhere'"),
    ],
)
def test_what_cannot_be_used_ends_in_one_line_and_2(own, capsys, options, message):
    rest = own[1:] if options[0] == "--encoder" else []
    assert main(["demo", *rest, *options]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert message in error
    assert "Traceback" not in error


def test_an_option_that_is_none_is_a_usage_error(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["demo", "--flop", "1"])
    assert "unrecognized arguments: --flop" in capsys.readouterr().err


def test_nothing_is_written_where_nothing_can_be_done(own, tmp_path, capsys):
    assert main([*own, "--label", "starz", "--out", "new"]) == 2
    assert "got ['review', 'stars']" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_weights_that_cannot_be_loaded_end_it_before_any_training(own, tmp_path, capsys):
    (tmp_path / "tiny" / "model.safetensors").write_bytes(b"broken")
    assert main([*own, "--encoder", "tiny", "--out", "new"]) == 2
    assert "Expected a complete safetensors file" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


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
