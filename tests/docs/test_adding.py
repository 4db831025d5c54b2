"""The pages that show how to add something: done word for word, in a copy of the package."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from checkpoints import INNER, POSITIONS, SPECIAL, WIDTH, WORDS, change_tensors, write_checkpoint

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
EMBED = """
from keraswrap.text import TextEmbedder, load_backbone
net = load_backbone("plain")
embedder = TextEmbedder("plain", max_length=8, cache=False)
print(len(net.weights), embedder.fit_transform(["good"]).shape)
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


def test_an_architecture_is_two_files(tmp_path):
    assert len(follow("architecture.md", tmp_path)) == 2
    folder = write_checkpoint(tmp_path / "plain", "distilbert", prefix="")
    config = {"vocab_size": len([*SPECIAL["bert"], *WORDS]), "hidden_size": WIDTH}
    config |= {"num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": INNER}
    config |= {"model_type": "plain-bert", "max_position_embeddings": POSITIONS}
    (folder / "config.json").write_text(json.dumps(config))
    theirs = ("attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin")
    theirs += ("sa_layer_norm", "ffn.lin1", "ffn.lin2", "output_layer_norm")
    ours = ("attn.query", "attn.key", "attn.value", "attn.output", "attn.norm")
    ours += ("mlp.up", "mlp.down", "mlp.norm")

    def rename(tensors):
        for name in [name for name in tensors if name.startswith("transformer.")]:
            part, _, end = name.removeprefix("transformer.layer.0.").rpartition(".")
            mine = ours[theirs.index(part)]
            tensors[f"encoder.layer.0.{mine}.{end}"] = tensors.pop(name)

    change_tensors(folder, rename)
    done = run(tmp_path, EMBED)
    assert done.stdout == f"20 (1, {WIDTH})\n", done.stderr


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
