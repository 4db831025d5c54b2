"""The command that runs the whole workflow: what it refuses, and what it leaves."""

import pytest
from checkpoints import write_checkpoint, write_reviews

from keraswrap.cli import main


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


def test_nothing_is_written_where_nothing_can_be_done(own, tmp_path, capsys):
    assert main([*own, "--label", "starz", "--out", "new"]) == 2
    assert "got ['review', 'stars']" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_weights_that_cannot_be_loaded_end_it_before_any_training(own, tmp_path, capsys):
    (tmp_path / "tiny" / "model.safetensors").write_bytes(b"broken")
    assert main([*own, "--encoder", "tiny", "--out", "new"]) == 2
    assert "Expected a complete safetensors file" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()
