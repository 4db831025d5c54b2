"""Drafts: gone with their process, and never another's that lives."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from keraswrap._download import scratch
from keraswrap._drafts import draft_file, draft_folder
from keraswrap._saving import write_whole
from keraswrap._tables import write_table
from keraswrap.cli._output import new_folder

WAITING = """
import sys, time
from pathlib import Path
{imports}
with {call} as draft:
    print(draft, flush=True)
    time.sleep(60)
"""
FRAME = pd.DataFrame({"text": ["a"]})
# How a process holds a draft, and what writes to the same target next.
KINDS = {
    "table": ("from keraswrap._tables import new_file", "new_file(sys.argv[1] + '/t.csv')"),
    "folder": ("from keraswrap.cli._output import new_folder", "new_folder(sys.argv[1], [], True)"),
    "download": ("from keraswrap._download import scratch", "scratch(Path(sys.argv[1]))"),
}


def write_again(kind, home):
    if kind == "table":
        write_table(FRAME, home / "t.csv", overwrite=True)
        write_whole(home / "t.csv", b"text")
    elif kind == "folder":
        with new_folder(str(home), [], True):
            pass
    else:
        with scratch(home):
            pass


@pytest.fixture(params=KINDS)
def holder(request, tmp_path):
    """A process in the midst of writing."""
    imports, call = KINDS[request.param]
    script = WAITING.format(imports=imports, call=call)
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    draft = Path(process.stdout.readline().strip())
    yield request.param, process, draft
    process.kill()
    process.communicate()


def test_what_a_killed_process_left_goes_with_the_next_write_and_no_sooner(holder, tmp_path):
    kind, process, draft = holder
    write_again(kind, tmp_path)
    assert draft.exists()  # of one that lives
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert draft.exists()
    write_again(kind, tmp_path)
    assert set(os.listdir(tmp_path)) <= {"t.csv"}


def test_other_files_that_look_like_it_are_left_alone(tmp_path):
    others = [".t.csv.0123456789abcdef.tmp", ".u.csv.0123456789abcdef.draft", ".t.csv.x.draft"]
    for name in others:
        (tmp_path / name).touch()
    (tmp_path / "away").touch()
    (tmp_path / ".t.csv.0123456789abcdea.draft").symlink_to(tmp_path / "away")
    write_table(FRAME, tmp_path / "t.csv")
    assert {*others, "away", "t.csv"} <= set(os.listdir(tmp_path))


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_an_error_leaves_nothing(tmp_path, error):
    for draft_of in (lambda: draft_file(tmp_path / "a"), lambda: draft_folder(tmp_path, ".b-")):
        with pytest.raises(error, match="broken"), draft_of():
            raise error("broken")
    assert os.listdir(tmp_path) == []


def test_a_draft_keeps_what_is_there_until_it_is_moved(tmp_path):
    path = tmp_path / "a.npy"
    path.write_bytes(b"old")
    with draft_file(path) as draft:
        draft.write_bytes(b"new")
        assert path.read_bytes() == b"old"
        draft.replace(path)
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["a.npy"]
