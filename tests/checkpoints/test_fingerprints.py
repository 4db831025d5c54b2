"""What a checkpoint hashes to."""

import hashlib
import os
import shutil

import pytest
from checkpoints import write_checkpoint

from keraswrap._checkpoints.fingerprints import fingerprint, hash_parts
from keraswrap.exceptions import InputError


@pytest.fixture
def folder(tmp_path):
    return write_checkpoint(tmp_path / "tiny")


def test_parts_hash_as_the_whole():
    parts = [b"config", memoryview(b" and weights")]
    assert hash_parts(parts) == hashlib.sha256(b"config and weights").hexdigest()


def test_a_fingerprint_is_of_contents_not_of_places(folder, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "copy")
    (copy / "README.md").write_text("no part of what is computed")
    assert fingerprint(copy) == fingerprint(str(folder))


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_fingerprint_follows_every_file(folder, name):
    before = fingerprint(folder)
    raw = (folder / name).read_bytes()
    (folder / name).write_bytes(raw[:-1] + b" ")
    os.utime(folder / name, ns=(1, 1))
    assert fingerprint(folder) != before


def test_a_fingerprint_of_nothing_is_refused(tmp_path):
    with pytest.raises(InputError, match="Expected the directory of a checkpoint"):
        fingerprint(tmp_path / "none")
