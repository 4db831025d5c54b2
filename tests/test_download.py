"""What goes wrong on the way: pip, the archives and the processes here are real."""

import os
import signal
import socket
import subprocess
import sys
import time
import zipfile

import pytest
from processes import interruptible

from keraswrap import datasets
from keraswrap._checkpoints import pinned
from keraswrap._download import _tail, cache_home, is_offline
from keraswrap.exceptions import DownloadError

each_fetcher = pytest.mark.parametrize("name", ["fetch_rated_sentences", "fetch_minilm"])


# Where it is kept


@pytest.mark.parametrize(
    ("given", "env", "expected"),
    [
        ("/a", {"KERASWRAP_HOME": "/b"}, "/a"),
        (None, {"KERASWRAP_HOME": "/b", "XDG_CACHE_HOME": "/c"}, "/b"),
        (None, {"XDG_CACHE_HOME": "/c", "HOME": "/d"}, "/c/keraswrap"),
        (None, {"HOME": "/d"}, "/d/.cache/keraswrap"),
        ("~/a", {"HOME": "/d"}, "/d/a"),
    ],
)
def test_cache_home(monkeypatch, given, env, expected):
    for name in ("KERASWRAP_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert str(cache_home(given)) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [("", False), ("0", False), ("False", False), ("1", True)]
)
def test_offline_from_the_environment(monkeypatch, value, expected):
    monkeypatch.setenv("KERASWRAP_OFFLINE", value)
    assert is_offline(None) is expected
    assert is_offline(False) is False


# What goes wrong


@each_fetcher
def test_no_network_and_no_cache(no_network, tmp_path, name):
    with pytest.raises(DownloadError, match="exit status 1") as caught:
        getattr(datasets, name)(tmp_path / "home")
    message = str(caught.value)
    assert str(tmp_path / "home") in message
    assert "sha256" in message
    assert "me:" not in message
    assert "secret" not in message
    assert os.listdir(tmp_path / "home") == []


@each_fetcher
def test_offline_and_no_cache(tmp_path, name):
    with pytest.raises(DownloadError, match=r"offline=True.*put .* at .*home"):
        getattr(datasets, name)(tmp_path / "home", offline=True)


@each_fetcher
def test_another_file_of_that_name_is_not_kept(shelf, tmp_path, name):
    for file in shelf.iterdir():
        file.write_bytes(file.read_bytes() + b"!")
    with pytest.raises(DownloadError, match="DO NOT MATCH THE HASHES"):
        getattr(datasets, name)(tmp_path / "home")
    assert os.listdir(tmp_path / "home") == []


def test_a_source_archive_with_another_checksum_is_not_run(shelf, tmp_path):
    ran = tmp_path / "ran"
    with zipfile.ZipFile(shelf / datasets._SENTENCES.filename, "a") as archive:
        archive.writestr("vaderSentiment-0.5/backend/__init__.py", f"open({str(ran)!r}, 'w')")
    with pytest.raises(DownloadError, match="DO NOT MATCH THE HASHES"):
        datasets.fetch_rated_sentences(tmp_path / "home")
    assert not ran.exists()


def test_a_spoilt_cache_is_told_and_replaced(shelf, tmp_path):
    home = tmp_path / "home"
    datasets.fetch_rated_sentences(home)
    (home / datasets._SENTENCES.filename).write_bytes(b"half")
    with pytest.warns(UserWarning, match="expected sha256"):
        assert len(datasets.fetch_rated_sentences(home)) == 2


def test_a_cache_folder_that_cannot_be_written(no_network, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(DownloadError, match=r"writable cache folder.*KERASWRAP_HOME"):
        datasets.fetch_rated_sentences(tmp_path / "file" / "home")


def test_credentials_are_masked_and_only_the_end_is_told():
    told = _tail("first\n" * 20 + "ERROR: https://me:p@ss@host/simple refused\n")
    assert told.splitlines() == ["first"] * 7 + ["ERROR: https://****@host/simple refused"]


FETCH = """
import dataclasses, sys
from importlib import import_module
module, name, constant, sha256, home = sys.argv[1:]
module = import_module(module)
setattr(module, constant, dataclasses.replace(getattr(module, constant), sha256=sha256))
print(len(getattr(module, name)(home)))
"""


def start(module, name, constant, home):
    sha256 = getattr(module, constant).sha256
    command = [sys.executable, "-c", FETCH, module.__name__, name, constant, sha256, str(home)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, preexec_fn=interruptible, **pipes)


@pytest.mark.parametrize(
    ("module", "name", "constant"),
    [(datasets, "fetch_rated_sentences", "_SENTENCES"), (pinned, "fetch_minilm", "_MINILM")],
)
def test_two_processes_fetching_at_once_both_succeed(shelf, tmp_path, module, name, constant):
    both = [start(module, name, constant, tmp_path / "home") for _ in range(2)]
    for process in both:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    assert len(os.listdir(tmp_path / "home")) == 1


def test_an_interrupted_download_leaves_nothing(no_network, tmp_path, monkeypatch):
    home = tmp_path / "home"
    with socket.create_server(("127.0.0.1", 0)) as registry:  # it takes calls and never answers
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{registry.getsockname()[1]}/simple")
        process = start(datasets, "fetch_rated_sentences", "_SENTENCES", home)
        registry.settimeout(60)
        call, _ = registry.accept()
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        call.close()
    assert "KeyboardInterrupt" in errors
    assert os.listdir(home) == []
