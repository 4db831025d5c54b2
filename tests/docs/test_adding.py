"""The pages that show how to add something: done word for word, in a copy of the package."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCKS = re.compile(
    r"^```(python|diff)\n# (keraswrap/\S+\.py)\n(.*?)^```", re.MULTILINE | re.DOTALL
)
FIND = """
from keraswrap.issues import find_row_issues
found = find_row_issues(["I WANT MY MONEY BACK", "fine, thanks", "OK"])
print(found.rows("capitals").tolist(), found.badges(), [a["message"] for a in found.alerts()])
print(find_row_issues(["Not So Good At ALL"], capitals=0.4).rows("capitals").tolist())
"""
COUNT = "import sys; from keraswrap.cli import main; sys.exit(main(sys.argv[1:]))"


def follow(page, folder):
    """Make the files of a page, and its changes to others; give the paths of both."""
    shutil.copytree(ROOT / "keraswrap", folder / "keraswrap")
    blocks = BLOCKS.findall((ROOT / "docs" / "contributing" / page).read_text("utf-8"))
    for kind, path, text in blocks:
        target = folder / path
        assert target.exists() == (kind == "diff")
        target.write_text(change(target.read_text("utf-8"), text) if kind == "diff" else text)
    return [path for _, path, _ in blocks]


def change(source, diff):
    for hunk in diff.split("@@\n"):
        lines = hunk.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if not line.startswith("+"))
        assert source.count(before) == 1, f"{before!r} is there {source.count(before)} times"
        source = source.replace(before, "".join(line[1:] or line for line in lines))
    return source


def run(folder, code, *arguments):
    command = [sys.executable, "-c", code, *arguments]
    there = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(command, cwd=folder, env=there, capture_output=True, text=True)


def test_a_kind_of_row_issue_is_two_files(tmp_path):
    assert len(follow("issue_kind.md", tmp_path)) == 2
    done = run(tmp_path, FIND)
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "[0] {0: ['capitals']} ['Texts in capital letters: 1.']",
        "[0]",
    ]


@pytest.mark.parametrize("as_json", [False, True])
def test_a_command_is_two_files(tmp_path, as_json):
    assert len(follow("command.md", tmp_path)) == 2
    (tmp_path / "a.csv").write_text("text,label\nx,good\ny,bad\nz,good\n")
    asked = ["labels", "a.csv", "--label", "label", *["--json"] * as_json]
    done = run(tmp_path, COUNT, *asked)
    assert (done.returncode, done.stderr) == (0, "")
    counts = {"bad": 1, "good": 2}
    assert done.stdout == (json.dumps(counts) if as_json else "bad: 1\ngood: 2") + "\n"
    assert "count the labels of a table" in run(tmp_path, COUNT, "--help").stdout
    refused = run(tmp_path, COUNT, "labels", "a.csv", "--label", "lable")
    assert refused.returncode == 2
    assert "Did you mean 'label'?" in refused.stderr
